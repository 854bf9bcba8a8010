"""The terms in force: what an operator may change without a restart."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from itertools import pairwise
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy import URL, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock, db, hearing, replica, shared
from backend.kit.looking import one_row
from backend.programme.auctions import AuctionTerms
from backend.programme.draw_terms import DrawTerms
from backend.programme.expiry import ExpiryException, ExpiryPolicy, Extension, months_later, statement
from backend.programme.facts import TermsPublished
from backend.programme.models import PublishedTerms
from backend.programme.plant_terms import PlantTerms
from backend.programme.text import Text

DAYS_MAX = 4_096
"""Days whose beginnings are kept: an import goes through years of them again and again."""
OWN = "terms"
"""Marks a session that has published terms, which nobody else sees before it commits."""


class Strict(BaseModel):
    """Frozen, and a misspelt setting is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Tier(Strict):
    """A rung of the programme. Multipliers are basis points: 12000 is 1.2."""

    code: str
    name: Text
    rank: int = Field(ge=0)
    earn_multiplier_bp: int = Field(ge=10000, le=100000)
    qualifying_spend_minor: int = Field(ge=0)
    expiry_extension_months: int = Field(default=0, ge=0, le=120)
    """So many months longer live the points of who stands here when they near their expiry; once for each lot."""

    def extension_sentence(self) -> Text:
        """What its members' points get by themselves, in words."""
        months = self.expiry_extension_months
        return Text(
            zh_cn=f"{self.name.zh_cn}的积分临近到期时自动延长 {months} 个月，每笔一次。",
            en=f"{self.name.en}: points get {months} more months by themselves before they expire, once each.",
        )


class PickUpPoint(Strict):
    """Where rewards can be fetched."""

    id: str
    name: Text
    address: Text


class TaskTerms(Strict):
    """A task: reach `goal` in the period, get `points` once."""

    code: str
    kind: Literal["ORDERS", "SPEND", "CHECK_INS", "REDEEM"]
    title: Text
    hint: Text
    goal: int = Field(gt=0)
    points: int = Field(gt=0)
    period: Literal["WEEK", "MONTH", "ONCE"]


class ReturnException(Strict):
    """What one kind of earning, named by its rule's code, is pending for; 0: not at all."""

    earning: str
    days: int = Field(ge=0, le=400)


class BadgeTerms(Strict):
    """What a badge is called; which act earns it, the verb that awards `code` says."""

    code: str = Field(pattern="^[A-Z][A-Z0-9_]{0,39}$")
    name: Text
    description: Text


DONOR_BADGE = BadgeTerms(
    code="DONOR",
    name=Text(zh_cn="捐赠者", en="Donor"),
    description=Text(zh_cn="把积分捐给了公益项目。", en="Gave points to a good cause."),
)


class Terms(Strict):
    """One version of everything the programme has decided.

    A key of what is worked out of it and kept, by being itself: there are few, and nobody compares their contents.
    """

    name: Text
    zone: str
    currency: str = Field(pattern="^[A-Z]{3}$")
    points_per_yuan: int = Field(gt=0)
    expiry: ExpiryPolicy
    expiry_exceptions: list[ExpiryException]
    """Kinds of earning that live longer or shorter than the others."""
    warning_days: list[Annotated[int, Field(gt=0)]]
    notice_inbox_days: int = Field(default=30, gt=0)
    """So long a warning must have been in the inbox of a member who could not be reached to count as delivered."""
    notice_extension_days: int = Field(default=30, gt=0)
    """So much longer live points of whose expiry no notice was delivered."""
    notice_look_ahead_hours: int = Field(default=6, gt=0)
    """So long before their last moment points are looked at whose notice was not delivered."""
    extension: Extension | None = None
    """What a member may ask for; null: nothing."""
    terms_version: str
    tier_window_months: int = Field(gt=0)
    check_in_points: list[int] = Field(min_length=7, max_length=7)
    check_in_repairs_per_month: int = Field(ge=0)
    late_news_hours: int = Field(ge=0)
    """An imported event older than this is history: it counts, but no phone rings. One sent over HTTP always rings."""
    hot_days: int = Field(gt=0)
    """Redemptions of so many days make a reward hot."""
    hot_max: int = Field(gt=0)
    """How many rewards are hot at most: a shelf on which everything is hot says nothing."""
    leaving_soon_days: int = Field(gt=0)
    return_days: int = Field(default=0, ge=0, le=400)
    """What an order earns is pending for so many days after it was paid; 0: instant credit."""
    return_exceptions: list[ReturnException] = []
    """Kinds of earning that are pending for longer or shorter than the others."""
    transfer_minimum: int = Field(default=1, gt=0)
    transfer_daily_cap: int = Field(default=10_000, ge=0)
    """Points one member may send in one day of the programme; 0: nobody sends any."""
    transfer_fee_bp: int = Field(default=0, ge=0, le=10_000)
    """Burned from the sender on top of what is sent, in basis points of it, rounded down."""
    transfer_cooling_off_minutes: int = Field(default=10, ge=0, le=60 * 24 * 30)
    """So long the sender may take a transfer back, and the receiver cannot use it."""
    adjust_alone_max: int = Field(default=1_000, ge=0)
    """An operator adjusts up to so many points alone; beyond, another person decides."""
    settle_beyond_spend: int | None = Field(default=None, ge=1)
    """Points worth more than so many times what was spent may become wallet credit; null: none ever do."""
    auctions: AuctionTerms = AuctionTerms()
    stakes_at_once_max: int = Field(default=5_000, ge=0)
    """The most points one member may have staked on running challenges."""
    plant: PlantTerms = PlantTerms()
    donation_minimum: int = Field(default=1, gt=0)
    donors_shown_from: int = Field(default=5, ge=5)
    """A charity's desk hides how many gave where they were fewer."""
    badges: list[BadgeTerms] = [DONOR_BADGE]
    draws: DrawTerms = DrawTerms()
    tiers: list[Tier] = Field(min_length=1)
    pick_up_points: list[PickUpPoint]
    tasks: list[TaskTerms]

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"{zone!r} is no IANA zone, such as Asia/Shanghai") from error
        return zone

    @field_validator("tiers")
    @classmethod
    def _tiers_are_a_ladder(cls, tiers: list[Tier]) -> list[Tier]:
        ladder = sorted(tiers, key=lambda tier: (tier.rank, tier.qualifying_spend_minor))
        if len({tier.code for tier in ladder}) < len(ladder):
            raise ValueError("two tiers have the same code")
        if ladder[0].qualifying_spend_minor != 0:
            raise ValueError("the lowest tier is everybody's: its qualifying spend is 0")
        for lower, higher in pairwise(ladder):
            if lower.rank == higher.rank:
                raise ValueError(f"{lower.code} and {higher.code} have the same rank")
            if lower.qualifying_spend_minor >= higher.qualifying_spend_minor:
                raise ValueError(f"{higher.code} ranks above {lower.code}, so its qualifying spend must be higher")
        return tiers

    __hash__ = object.__hash__

    @property
    def tz(self) -> ZoneInfo:
        """The programme's zone: its days and months begin there."""
        return _zone(self.zone)

    def day_of(self, moment: datetime) -> date:
        """The programme's calendar day at `moment`."""
        return moment.astimezone(self.tz).date()

    def today(self) -> date:
        """The programme's calendar day now."""
        return self.day_of(clock.now())

    def start_of(self, day: date) -> datetime:
        """The instant at which `day` begins, in UTC."""
        return _start_of(self.zone, day)

    def month_after(self, day: date, months: int) -> date:
        """The first of the month `months` (may be negative) after the one `day` is in."""
        return months_later(day.replace(day=1), months)

    def expires_at(self, moment: datetime, earning: str) -> datetime | None:
        """The first instant at which points earned at `moment` are gone; None: never.

        `earning` says how: a rule's code, CHECK_IN or TASK.
        """
        policy = next((other.policy for other in self.expiry_exceptions if other.earning == earning), self.expiry)
        gone_on = policy.gone_on(self.day_of(moment))
        return None if gone_on is None else self.start_of(gone_on)

    def release_at(self, moment: datetime, earning: str) -> datetime | None:
        """When points earned at `moment` become available; None: at once."""
        exceptions = {exception.earning: exception.days for exception in self.return_exceptions}
        days = exceptions.get(earning, self.return_days)
        return moment + timedelta(days=days) if days else None

    def expiry_statement(self) -> Text:
        """How long points live, as stated at enrolment."""
        more = [
            Text(
                zh_cn=f"提醒未送达的积分不会过期，会顺延 {self.notice_extension_days} 天。",
                en="Points of whose expiry no reminder reached you do not expire: "
                f"they get {self.notice_extension_days} more days.",
            )
        ]
        if self.extension is not None:
            more.append(self.extension.sentence())
        more += [tier.extension_sentence() for tier in self.tiers if tier.expiry_extension_months]
        return statement(self.expiry, self.expiry_exceptions, self.warning_days, *more)

    def later(self, moment: datetime, *, months: int = 0, days: int = 0) -> datetime:
        """The same time of the programme's clock, so many months and days after `moment`."""
        local = moment.astimezone(self.tz)
        day = months_later(local.date(), months) + timedelta(days=days)
        return datetime.combine(day, local.time(), self.tz).astimezone(UTC)

    def badge(self, code: str) -> BadgeTerms | None:
        """What the badge with this code is called; None when the programme has none."""
        return next((badge for badge in self.badges if badge.code == code), None)

    def tier(self, code: str) -> Tier:
        """The tier with this code. Raises KeyError."""
        return {tier.code: tier for tier in self.tiers}[code]


_zone = cache(ZoneInfo)


@lru_cache(DAYS_MAX)
def _start_of(zone: str, day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=_zone(zone)).astimezone(UTC)


@dataclass(frozen=True)
class Timeline:
    """Every version of the terms; `at` finds the one in force."""

    versions: Sequence[tuple[datetime, Terms]]

    def at(self, moment: datetime) -> Terms:
        """The terms in force at `moment`; before the first version, the first."""
        found = self.versions[0][1]
        for effective_from, terms in self.versions:
            if effective_from <= moment:
                found = terms
        return found


@dataclass(frozen=True)
class _Read:
    timeline: Timeline
    newest: int
    place: URL
    at: float

    def is_of(self, place: URL) -> bool:
        return self.place is place or self.place == place

    def age(self) -> float:
        return time.monotonic() - self.at


NEWEST = select(func.coalesce(func.max(PublishedTerms.version), 0))
_read: _Read | None = None
_published = 0
"""How often terms were published while this process was there."""


async def timeline(session: AsyncSession) -> Timeline:
    """All versions, oldest first; looked at again after shared.FRESH_SECONDS."""
    if OWN in session.sync_session.info:
        return (await _versions(session, None)).timeline
    # The address rather than the engine: SQLite's reader and writer are two engines of one database.
    known = _read
    if known is not None and known.is_of(_place(session)) and known.age() <= shared.FRESH_SECONDS:
        return known.timeline
    return await (_looked_at.afresh() if replica.wanted() is not None else _read_in(session))


async def now() -> Terms:
    """The terms in force now, for whoever reads nothing else."""
    known = _read
    if known is None or not known.is_of(db.place().sync_engine.url):
        found = await _looked_at.afresh()
    elif (age := known.age()) > shared.FRESH_SECONDS:
        found = await _looked_at.now()
    else:
        found = known.timeline
        if age > shared.FRESH_SECONDS / 2:
            _looked_at.soon()
    return found.at(clock.now())


async def _read_in(session: AsyncSession) -> Timeline:
    global _read
    published, known = _published, _read
    same_place = known is not None and known.is_of(_place(session))
    found = await _versions(session, known if same_place else None)
    if published == _published:
        _read = found
    return found.timeline


def _place(session: AsyncSession) -> URL:
    bind = session.sync_session.bind
    assert bind is not None
    return bind.engine.url


async def _versions(session: AsyncSession, known: _Read | None) -> _Read:
    at, place = time.monotonic(), _place(session)
    (newest,) = (await (await session.connection()).execute(NEWEST)).one()
    if known is not None and known.newest == newest:
        return _Read(known.timeline, newest, place, at)
    order = col(PublishedTerms.effective_from), col(PublishedTerms.version)
    rows = await session.exec(select(PublishedTerms).order_by(*order))
    versions = [(row.effective_from, Terms.model_validate(row.body)) for row in rows]
    return _Read(Timeline(versions), newest, place, at)


async def _look(_before: Timeline | None) -> Timeline:
    global _read
    published, known, at = _published, _read, time.monotonic()
    if known is not None and known.is_of(db.place().sync_engine.url):
        # Nearly always nothing has changed, which is quick to see.
        (newest,) = await one_row(NEWEST)
        if newest == known.newest and published == _published:
            _read = replace(known, at=at)
            return known.timeline
    async with db.read() as session:
        return await _read_in(session)


_looked_at = shared.Shared(_look)


async def in_force(session: AsyncSession) -> Terms:
    """The terms in force now."""
    return (await timeline(session)).at(clock.now())


async def at(session: AsyncSession, moment: datetime) -> Terms:
    """The terms in force at `moment`."""
    return (await timeline(session)).at(moment)


def forget(_body: object = None) -> None:
    """Read the terms afresh the next time: another version has just been published."""
    global _read, _published
    _read = None
    _published += 1


hearing.on(TermsPublished.__name__, forget)


def days_left(expires_at: datetime, moment: datetime) -> int:
    """Whole days until points are gone, rounded up: on the last day it is 1, not 0."""
    return max(0, -((moment - expires_at) // timedelta(days=1)))
