"""Becoming a member: opened at first sight, enrolled by consent."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock, crypto, db, ids
from backend.kit.columns import table_of
from backend.kit.errors import InvalidInput, Refused
from backend.members import families, nicknames, phones
from backend.members.models import Consent, Member
from backend.members.recognising import BATCH_MAX, about_phone, checked, known, locked
from backend.programme import terms

MEMBERS = UUID("6f1a3c52-5d0e-5c53-9a57-2f1d6f9b6c11")
"""The namespace in which a reference names its member (UUIDv5)."""
MEMBER = table_of(Member)
LIVES_MAX = 100
"""So often one reference may be erased and come back."""


class NotEnrolled(Refused):
    """Agree to the programme's terms first."""


class PhoneTaken(Refused):
    """That phone number belongs to another member."""


async def first_sight(session: AsyncSession, references: Collection[str]) -> dict[str, UUID]:
    """Whose account each of `references` means; members not seen before are opened. A second sight changes nothing.

    A reference is the mall's own name for a member (the same one has the same id on every installation), a
    phone in E.164 starting with "+", or the id of a member already open. Raises InvalidInput.
    """
    named = await named_by(session, references)
    whose = await families.survivors(session, set(named.values()))
    return {reference: whose[member_id] for reference, member_id in named.items()}


async def named_by(session: AsyncSession, references: Collection[str]) -> dict[str, UUID]:
    """As `first_sight`, but whom each names, even if her account is part of another one."""
    wanted = {reference: checked(reference) for reference in references}
    found = await known(session, wanted)
    if unseen := {reference: kept for reference, kept in wanted.items() if reference not in found}:
        await _open(session, sorted(set(unseen.values())))
        found |= await known(session, unseen)
    return {reference: found[reference] for reference in wanted}


async def register(
    session: AsyncSession, *, reference: str, nickname: str | None = None, phone: str | None = None
) -> Member:
    """Open the member the mall calls `reference`, with what the mall knows of her; a second call updates only that.

    Raises InvalidInput, PhoneTaken.
    """
    member = await locked(session, (await named_by(session, [reference]))[reference])
    if nickname is not None:
        member.nickname = nicknames.tidy(nickname)
    if phone is not None:
        await _give_phone(session, member, phones.normal(phone))
    return member


async def enrol(session: AsyncSession, *, member_id: UUID, terms_version: str, nickname: str | None = None) -> Member:
    """Record that the member agrees to the terms in force; the same version again changes only the nickname.

    Raises NotFound, and InvalidInput when `terms_version` is not in force: nobody agrees to what she was not shown.
    """
    member = await locked(session, member_id)
    if terms_version != (await terms.in_force(session)).terms_version:
        raise InvalidInput("termsVersion", "The terms have changed; please read them again.")
    if nickname is not None:
        member.nickname = nicknames.tidy(nickname)
    if await session.get(Consent, (member_id, terms_version)) is None:
        moment = clock.now()
        session.add(Consent(member_id=member_id, terms_version=terms_version, given_at=moment))
        member.enrolled_at, member.terms_version = member.enrolled_at or moment, terms_version
    return member


async def must_be_enrolled(session: AsyncSession, member_id: UUID) -> None:
    """Nothing, if she agreed to the programme's terms. Raises NotEnrolled."""
    query = select(MEMBER.c.enrolled_at).where(MEMBER.c.id == member_id)
    await session.flush()
    if (await (await session.connection()).execute(query)).scalar() is None:
        raise NotEnrolled


async def _open(session: AsyncSession, spellings: list[str]) -> None:
    # In one order everywhere, and without complaint when another verb opens the same member first: on
    # PostgreSQL this waits for that verb, and sees its member once it is done.
    insert = (sqlite if db.dialect() == "sqlite" else postgresql).insert(MEMBER).on_conflict_do_nothing()
    connection = await session.connection()
    for start in range(0, len(spellings), BATCH_MAX):
        batch = await _with_ids(session, spellings[start : start + BATCH_MAX])
        await connection.execute(insert, [_row(kept, member_id) for kept, member_id in batch.items()])


async def _with_ids(session: AsyncSession, spellings: list[str]) -> dict[str, UUID]:
    # A phone changes hands, so it must not decide the id for ever; a reference never does. Only when she whom it
    # named was erased does it mean somebody new: the next id it derives.
    found = {kept: ids.new() if kept.startswith("+") else ids.derived(MEMBERS, kept) for kept in spellings}
    for life in range(2, LIVES_MAX):
        query = select(MEMBER.c.id).where(MEMBER.c.id.in_(list(found.values())), MEMBER.c.erased_at.is_not(None))
        gone = set((await (await session.connection()).execute(query)).scalars())
        if not gone:
            break
        found |= {kept: ids.derived(MEMBERS, f"{kept}\n{life}") for kept, taken in found.items() if taken in gone}
    return found


def _row(kept: str, member_id: UUID) -> dict[str, Any]:
    by_phone = kept.startswith("+")
    return {
        "id": member_id,
        "reference": None if by_phone else kept,
        "nickname": nicknames.first(member_id),
        "phone_index": phones.index(kept) if by_phone else None,
        "phone_sealed": _sealed(member_id, kept) if by_phone else None,
        "created_at": clock.now(),
    }


async def _give_phone(session: AsyncSession, member: Member, phone: str) -> None:
    if (await known(session, {phone: phone})).get(phone, member.id) != member.id:
        raise PhoneTaken
    member.phone_index, member.phone_sealed = phones.index(phone), _sealed(member.id, phone)


def _sealed(member_id: UUID, phone: str) -> bytes:
    return crypto.seal(phone.encode(), about_phone(member_id))
