"""Stakes as anybody would tell them: pure, knowing no books, no locks and no database."""

from dataclasses import dataclass, field

GOAL = 2
DAYS = 1
GRACE_HOURS = 12
TIMES = 2
CLOSES_HOUR = 24 * 6
BUDGET = 150
AT_ONCE_MAX = 700
HELD_BEYOND_HOURS = 24 * 30
When = tuple[int, int]
"""Hours since the first midnight, and which step it was."""


@dataclass
class PlainStake:
    """One stake and what became of it."""

    stake: int
    bonus: int
    since: When
    until: int
    settle: int
    state: str = "RUNNING"
    taken_back: bool = False


@dataclass
class PlainMember:
    """What she did: stakes, orders as (when, given back), and whether her account is frozen."""

    stakes: list[PlainStake] = field(default_factory=list)
    orders: list[tuple[When, bool]] = field(default_factory=list)
    frozen: bool = False

    def counted(self, stake: PlainStake) -> int:
        """Orders of the stake's time that were not given back."""
        return sum(stake.since <= at and at[0] < stake.until and not back for at, back in self.orders)

    def net(self) -> int:
        """What challenges brought her, less what they took."""
        won = sum(one.bonus for one in self.stakes if one.state == "WON" and not one.taken_back)
        return won - sum(one.stake for one in self.stakes if one.state == "LOST")

    def held(self) -> int:
        """What is held of her points."""
        return sum(one.stake for one in self.stakes if one.state == "RUNNING")


@dataclass
class PlainStakes:
    """One challenge for some members."""

    members: list[PlainMember]
    hour: int = 0
    step: int = 0
    cancelled: bool = False

    def promised(self) -> int:
        """Bonuses that may still be claimed, or were."""
        return sum(one.bonus for who in self.members for one in who.stakes if one.state in ("RUNNING", "WON"))

    def accept(self, who: int, stake: int) -> str | None:
        """The refusal's name; None when the stake is held."""
        member, bonus = self.members[who], min(80, stake // 5)
        for refusal, no in (
            ("AccountFrozen", member.frozen),
            ("ChallengeNotOpen", self.cancelled or self.hour >= CLOSES_HOUR),
            ("AlreadyTakenUp", len(member.stakes) >= TIMES or member.held() > 0),
            ("StakeOutOfRange", not 100 <= stake <= 500),
            ("ChallengeFull", self.promised() + bonus > BUDGET),
        ):
            if no:
                return refusal
        until = (self.hour // 24 + DAYS + 1) * 24
        member.stakes.append(PlainStake(stake, bonus, (self.hour, self.step), until, until + GRACE_HOURS))
        return None

    def order(self, who: int) -> int:
        """A paid order; returns its number."""
        self.members[who].orders.append(((self.hour, self.step), False))
        return len(self.members[who].orders) - 1

    def refund(self, who: int) -> int | None:
        """Her oldest order that was not given back is; returns its number."""
        for number, (at, back) in enumerate(self.members[who].orders):
            if not back:
                self.members[who].orders[number] = (at, True)
                return number
        return None

    def look(self, who: int) -> None:
        """Win at once what is reached; take back what was won by orders that are given back."""
        member = self.members[who]
        if member.frozen:
            return
        for stake in member.stakes:
            if stake.state == "RUNNING" and member.counted(stake) >= GOAL:
                stake.state = "WON"
            if stake.state == "WON" and member.counted(stake) < GOAL:
                stake.taken_back = True

    def settle(self) -> None:
        """Settle all that is due."""
        for member in self.members:
            for stake in member.stakes:
                due = self.hour >= stake.settle or self.cancelled
                if stake.state == "RUNNING" and due and not member.frozen:
                    stake.state = self._outcome(member, stake)

    def _outcome(self, member: PlainMember, stake: PlainStake) -> str:
        if member.counted(stake) >= GOAL:
            return "WON"
        lapsed = self.hour >= stake.settle + HELD_BEYOND_HOURS
        return "CANCELLED" if self.cancelled or lapsed else "LOST"
