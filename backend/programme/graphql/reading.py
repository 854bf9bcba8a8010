"""The programme on the wire: what anyone may know before she signs up."""

from collections.abc import Sequence

import strawberry

from backend.kit.graphql import Locale, Money, Points, say
from backend.kit.settings import settings
from backend.programme.terms import PickUpPoint as PickUpPointTerms, Terms, Tier as TierTerms
from backend.programme.text import Text


@strawberry.type(description="A rung of the programme.")
class Tier:
    code: str = strawberry.field(description="For programs: BRONZE, SILVER, GOLD …")
    rank: int = strawberry.field(description="0 is the lowest rung.")
    earn_multiplier: float = strawberry.field(description="What purchases earn is multiplied by this.")
    qualifying_spend: Money = strawberry.field(description="Paid orders in the rolling window that reach this rung.")
    words: strawberry.Private[Text]

    @strawberry.field(description="Its name for people.")
    def name(self, locale: Locale) -> str:
        return say(self.words, locale)


@strawberry.type(description="Where rewards can be fetched.")
class PickUpPoint:
    id: strawberry.ID = strawberry.field(description="Names it in saveDelivery.")
    called: strawberry.Private[Text]
    stands: strawberry.Private[Text]

    @strawberry.field(description="Its name for people.")
    def name(self, locale: Locale) -> str:
        return say(self.called, locale)

    @strawberry.field(description="Where it is.")
    def address(self, locale: Locale) -> str:
        return say(self.stands, locale)


@strawberry.type(description="What sending points to another member is bound to.")
class TransferRules:
    minimum: Points = strawberry.field(description="The least that can be sent.")
    daily_cap: Points = strawberry.field(description="The most one member may send in a day; 0: nobody sends any.")
    fee_bp: int = strawberry.field(
        description="Burned from the sender on top, in basis points of what is sent (100 is 1 %), rounded down."
    )
    cooling_off_minutes: int = strawberry.field(description="So long it can be taken back and is not the receiver's.")


@strawberry.type(description="The programme's terms in force now.")
class ProgrammeFragment:
    terms: strawberry.Private[Terms]

    @strawberry.field(description="What the programme is called.")
    def name(self, locale: Locale) -> str:
        return say(self.terms.name, locale)

    @strawberry.field(description="ISO 4217 code of its money.")
    def currency(self) -> str:
        return self.terms.currency

    @strawberry.field(description="The least that can be given to a charity's project at once, in points.")
    def donation_minimum(self) -> int:
        return self.terms.donation_minimum

    @strawberry.field(description="IANA zone in which its days and months begin.")
    def zone(self) -> str:
        return self.terms.zone

    @strawberry.field(description="So many points are worth 1 yuan.")
    def points_per_yuan(self) -> int:
        return self.terms.points_per_yuan

    @strawberry.field(description="Months that points live, to the month's end; null where another policy holds.")
    def expiry_months(self) -> int | None:
        return self.terms.expiry.months if self.terms.expiry.kind == "ROLLING" else None

    @strawberry.field(description="How long points live, in words, as stated at enrolment.")
    def expiry_policy(self, locale: Locale) -> str:
        return say(self.terms.expiry_statement(), locale)

    @strawberry.field(description="Days before expiry at which a member is warned, once per lot and step.")
    def warning_days(self) -> list[int]:
        return self.terms.warning_days

    @strawberry.field(description="What sending points to another member is bound to.")
    def transfers(self) -> TransferRules:
        return TransferRules(
            minimum=self.terms.transfer_minimum,
            daily_cap=self.terms.transfer_daily_cap,
            fee_bp=self.terms.transfer_fee_bp,
            cooling_off_minutes=self.terms.transfer_cooling_off_minutes,
        )

    @strawberry.field(description="Days for which what an order earns is pending; 0: credited at once.")
    def return_days(self) -> int:
        return self.terms.return_days

    @strawberry.field(description="Send this to enrol: it names what was agreed to.")
    def terms_version(self) -> str:
        return self.terms.terms_version

    @strawberry.field(description="Points for the 1st to the 7th day in a row; then it begins again.")
    def check_in_points(self) -> list[Points]:
        return [Points(points) for points in self.terms.check_in_points]

    @strawberry.field(description="The rungs, lowest first.")
    def tiers(self) -> list[Tier]:
        return [tier_view(tier, self.terms) for tier in sorted(self.terms.tiers, key=lambda tier: tier.rank)]

    @strawberry.field(description="Where rewards can be fetched.")
    def pick_up_points(self) -> list[PickUpPoint]:
        return [pick_up_view(point) for point in self.terms.pick_up_points]

    @strawberry.field(description="True: one-time codes are shown on the screen instead of sent.")
    def demo(self) -> bool:
        return settings().demo


def tier_view(tier: TierTerms, programme: Terms) -> Tier:
    """A tier of the terms as the wire shows it."""
    spend = Money(minor=tier.qualifying_spend_minor, currency=programme.currency)
    return Tier(
        code=tier.code,
        rank=tier.rank,
        earn_multiplier=tier.earn_multiplier_bp / 10000,
        qualifying_spend=spend,
        words=tier.name,
    )


def pick_up_view(point: PickUpPointTerms) -> PickUpPoint:
    """A pick-up point of the terms as the wire shows it."""
    return PickUpPoint(id=strawberry.ID(point.id), called=point.name, stands=point.address)


def pick_up_views(points: Sequence[PickUpPointTerms], point_id: str) -> PickUpPoint | None:
    """The pick-up point with this id, if the programme still has it."""
    return next((pick_up_view(point) for point in points if point.id == point_id), None)
