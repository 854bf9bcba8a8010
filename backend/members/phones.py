"""Phone numbers: one form to keep (E.164), one to find, one to show."""

import phonenumbers

from backend.kit import crypto
from backend.kit.errors import InvalidInput

HOME_REGION = "CN"
TYPED_MAX = 32


def normal(typed: str) -> str:
    """`typed` in E.164 (+8613800000001); without a country code it is Chinese. Raises InvalidInput."""
    try:
        number = phonenumbers.parse(typed[: TYPED_MAX + 1], HOME_REGION)
    except phonenumbers.NumberParseException as error:
        raise InvalidInput("phone", "That is not a phone number.") from error
    # "Possible" rather than "valid": new ranges open faster than tables learn of them, and the code proves the rest.
    if len(typed) > TYPED_MAX or number.extension or not phonenumbers.is_possible_number(number):
        raise InvalidInput("phone", "That is not a phone number.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def index(phone: str) -> bytes:
    """Under what a normal phone is found without being read."""
    return crypto.blind_index(phone, "phone")


def indexes(phone: str) -> list[bytes]:
    """Under what else a normal phone may be kept while keys change; the first is `index`."""
    return crypto.blind_indexes(phone, "phone")


def masked(phone: str) -> str:
    """A normal phone as it may be shown and logged: 138****0001, +1 41****23."""
    number = phonenumbers.parse(phone, None)
    national = str(number.national_number)
    if number.country_code == 86 and len(national) == 11:
        return f"{national[:3]}****{national[-4:]}"
    return f"+{number.country_code} {national[:2]}****{national[-2:]}"
