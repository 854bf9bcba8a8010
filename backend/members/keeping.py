"""What members' rows keep sealed, so that it can be sealed again under another key."""

from collections.abc import Sequence

from backend.kit.columns import table_of
from backend.kit.resealing import Sealed
from backend.members import delivery, phones, recognising
from backend.members.models import DeliveryDefault, Member

SEALED: Sequence[Sealed] = (
    Sealed(
        table_of(Member),
        "phone_sealed",
        about=lambda row: recognising.about_phone(row.id),
        indexed=lambda _row, phone: {"phone_index": phones.index(phone.decode())},
    ),
    Sealed(table_of(DeliveryDefault), "sealed", about=lambda row: delivery.about(row.member_id)),
)
