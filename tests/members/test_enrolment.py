"""Consent: to the terms she was shown, on record."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlmodel import select

from backend.kit import clock, db
from backend.kit.errors import InvalidInput, NotFound
from backend.members import enrolment, profile
from backend.members.enrolment import NotEnrolled
from backend.members.models import Consent, Member
from tests.members.signing_in import change_the_terms, somebody_enrolled, somebody_signed_in, the_terms


async def consents() -> list[str]:
    async with db.read() as session:
        return [row.terms_version for row in await session.exec(select(Consent).order_by(Consent.given_at))]  # type: ignore[arg-type]


async def test_agreeing_enrols_and_is_on_record(database: str) -> None:
    member = await somebody_enrolled()
    assert member.enrolled_at is not None
    assert await consents() == [member.terms_version]
    await db.transact(enrolment.must_be_enrolled, member.id)


async def test_agreeing_again_changes_nothing(database: str) -> None:
    first = await somebody_enrolled()
    clock.turn(timedelta(days=3))
    assert first.terms_version is not None
    again = await db.transact(enrolment.enrol, member_id=first.id, terms_version=first.terms_version)
    assert again.enrolled_at == first.enrolled_at
    assert len(await consents()) == 1


async def test_nobody_agrees_to_terms_she_was_not_shown(database: str) -> None:
    await the_terms()
    member_id = (await somebody_signed_in()).member_id
    with pytest.raises(InvalidInput) as refused:
        await db.transact(enrolment.enrol, member_id=member_id, terms_version="some others")
    assert refused.value.field == "termsVersion"
    with pytest.raises(NotEnrolled):
        await db.transact(enrolment.must_be_enrolled, member_id)


async def test_new_terms_are_agreed_to_anew(database: str) -> None:
    member = await somebody_enrolled()
    await change_the_terms(terms_version="the next")
    with pytest.raises(InvalidInput):
        await db.transact(enrolment.enrol, member_id=member.id, terms_version=str(member.terms_version))
    again = await db.transact(enrolment.enrol, member_id=member.id, terms_version="the next")
    assert (again.terms_version, again.enrolled_at) == ("the next", member.enrolled_at)
    assert await consents() == [member.terms_version, "the next"]


async def test_someone_just_seen_is_not_enrolled(database: str) -> None:
    member_id = (await somebody_signed_in()).member_id
    for somebody in (member_id, uuid4()):
        with pytest.raises(NotEnrolled):
            await db.transact(enrolment.must_be_enrolled, somebody)


async def test_consent_counts_within_the_same_transaction(database: str) -> None:
    version = (await the_terms()).terms_version
    member_id = (await somebody_signed_in()).member_id

    async def both(session: object) -> None:
        await enrolment.enrol(session, member_id=member_id, terms_version=version)  # type: ignore[arg-type]
        await enrolment.must_be_enrolled(session, member_id)  # type: ignore[arg-type]

    await db.transact(both)


async def test_nobody_enrols_who_was_never_seen(database: str) -> None:
    with pytest.raises(NotFound):
        await db.transact(enrolment.enrol, member_id=uuid4(), terms_version=(await the_terms()).terms_version)


async def test_a_nickname_is_kept_tidy(database: str) -> None:
    member_id = (await somebody_signed_in()).member_id
    await db.transact(profile.update_profile, member_id=member_id, nickname="  小安 ")
    with pytest.raises(InvalidInput):
        await db.transact(profile.update_profile, member_id=member_id, nickname="   ")
    async with db.read() as session:
        member = await session.get(Member, member_id)
    assert member is not None and member.nickname == "小安"
