"""Donating: points leave for a project, at once and for good."""

import re
from dataclasses import dataclass
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.charity import donations, matching, projects
from backend.charity.facts import DonationMade
from backend.charity.models import CharityProject, Donation, ProjectState
from backend.kit import clock
from backend.kit.done import Done
from backend.kit.errors import InvalidInput, Refused
from backend.kit.outbox import announce
from backend.ledger import posting
from backend.ledger.states import EntryState
from backend.members import enrolment
from backend.programme import terms
from backend.programme.terms import Terms
from backend.tiers import badges
from backend.tiers.models import MemberBadge

CAMPAIGN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
POINTS_MAX = 1_000_000_000


class ProjectClosed(Refused):
    """This project takes no donations any more."""


class DonationTooSmall(Refused):
    """That is less than can be given."""

    def __init__(self, minimum: int) -> None:
        super().__init__()
        self.minimum = minimum


@dataclass(frozen=True)
class Given:
    """A donation, and the badge it earned, if it did."""

    donation: Donation
    badge: MemberBadge | None


async def donate_points(
    session: AsyncSession, *, key: UUID, member_id: UUID, project_id: UUID, points: int, campaign: str | None = None
) -> Done[Given]:
    """Burn `points` for a project; whoever gives for the first time gets the donors' badge in the same transaction.

    The project is read, not locked, so that nobody waits for anybody else's donation: counting and match follow. What
    was being given while the project closed still counts. The same key returns the first donation.
    Raises KeyReused, NotFound, NotEnrolled, ProjectClosed, DonationTooSmall, InvalidInput, InsufficientPoints,
    AccountFrozen.
    """
    name = f"donate:{key}"
    request = {"project": str(project_id), "points": points, "campaign": campaign}
    book = await posting.open_book(session, member_id, name)
    if (entry := book.already(name, request)) is not None:
        badge = await badges.earned_by(session, member_id, entry.entry_id)
        return Done(Given(await donations.one(session, member_id, entry.entry_id), badge), replayed=True)
    project, in_force = await projects.find(session, project_id), await terms.in_force(session)
    await enrolment.must_be_enrolled(session, member_id)
    _check(project, in_force, points, campaign)
    posting.expire(book, moment=clock.now())
    entry = posting.burn(
        book,
        key=name,
        points=points,
        actor="member",
        why={"code": "DONATION", "project": str(project_id), "name": dict(project.title)},
        reference=str(book.entry_id(name)),
        request=request,
    )
    donation = _donation(entry, project, in_force, campaign)
    session.add(donation)
    badge = await badges.award(session, book, badges.DONOR, donation.id)
    await posting.write(session, [book])
    announce(session, DonationMade(member_id=member_id, project_id=project_id))
    return Done(Given(donation, badge))


def _check(project: CharityProject, in_force: Terms, points: int, campaign: str | None) -> None:
    if project.state != ProjectState.OPEN:
        raise ProjectClosed
    if points < in_force.donation_minimum:
        raise DonationTooSmall(in_force.donation_minimum)
    if points > POINTS_MAX:
        raise InvalidInput("points", f"At most {POINTS_MAX} at a time.")
    if campaign is not None and not CAMPAIGN.fullmatch(campaign):
        raise InvalidInput("campaign", "1 to 40 of letters, digits, hyphens and underscores.")


def _donation(entry: EntryState, project: CharityProject, in_force: Terms, campaign: str | None) -> Donation:
    return Donation(
        member_id=entry.member_id,
        id=entry.entry_id,
        project_id=project.id,
        points=-entry.points,
        value_minor=matching.worth(-entry.points, in_force.points_per_yuan),
        campaign=campaign,
        day=in_force.day_of(entry.created_at),
        donated_at=entry.created_at,
    )
