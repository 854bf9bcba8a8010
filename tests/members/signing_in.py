"""What tests about members begin with: a programme with terms, a phone, somebody signed in."""

import itertools
import random
from datetime import timedelta
from typing import Any

from backend.kit import clock, db
from backend.members import enrolment, sessions, sign_in
from backend.members.models import Member
from backend.programme import publishing, terms
from backend.programme.terms import Terms

_numbers = itertools.count(random.randrange(10_000_000))
HERE = "127.0.0.1"


def a_phone() -> str:
    """A phone no other test has used: limits are counted for the whole process."""
    return f"+86138{next(_numbers) % 100_000_000:08}"


def an_address() -> str:
    """A network address no other test has used."""
    number = next(_numbers)
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


async def the_terms() -> Terms:
    """The terms in force; the first ones, where there were none."""
    first = Terms.model_validate(publishing.first_terms())
    await db.transact(publishing.publish_terms, changed=first, effective_from=clock.now(), published_by="test")
    terms.forget()
    async with db.read() as session:
        return await terms.in_force(session)


async def change_the_terms(**changed: Any) -> None:
    """Publish terms changed like this, and wait until they are in force."""
    new = (await the_terms()).model_copy(update=changed)
    soon = clock.now() + timedelta(seconds=1)
    await db.transact(publishing.publish_terms, changed=new, effective_from=soon, published_by="test")
    terms.forget()
    clock.turn(timedelta(seconds=2))


async def a_code(phone: str) -> str:
    """The code just sent to `phone`."""
    sent = await sign_in.request_code(phone=phone, address=an_address())
    assert sent.demo_code is not None
    return sent.demo_code


async def somebody_signed_in(phone: str | None = None, user_agent: str | None = None) -> sign_in.SignedIn:
    """A phone's member on a new device."""
    phone = phone or a_phone()
    code = await a_code(phone)
    return await sign_in.sign_in(phone=phone, code=code, address=an_address(), user_agent=user_agent)


async def somebody_enrolled() -> Member:
    """Somebody who agreed to the terms in force."""
    version = (await the_terms()).terms_version
    member_id = (await somebody_signed_in()).member_id
    return await db.transact(enrolment.enrol, member_id=member_id, terms_version=version)


async def cookie_of(member: Member) -> str:
    """The cookie of one more of her devices."""
    return (await db.transact(sessions.open_session, member_id=member.id)).cookie


def another(code: str) -> str:
    """A code that is not `code`."""
    return f"{(int(code) + 1) % 1_000_000:06}"
