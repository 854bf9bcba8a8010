"""An auction as simple as it can be written: one dictionary of maxima, and everything else worked out from it."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Step:
    """What somebody does, or the time that passes."""

    act: str
    who: int = 0
    points: int = 0


@dataclass
class PlainAuction:
    """Points, minutes and people are numbers. A refusal is its code."""

    opening: int
    steps: list[tuple[int | None, int]]
    reserve: int | None
    buy_now: int | None
    cap: int | None
    soft_close: int
    extensions_max: int
    ends: int
    purses: list[int]
    now: int = 0
    state: str = "OPEN"
    maxima: dict[int, int] = field(default_factory=dict)
    leader: int | None = None
    price: int = 0
    bids: int = 0
    extensions: int = 0

    def __post_init__(self) -> None:
        self.price = self.opening

    def do(self, step: Step) -> str:
        """What comes of it: done, or a refusal's code."""
        if step.act == "wait":
            self.now += step.points
            return "done"
        if step.act == "worker":
            return self.settle()
        if step.act == "cancel":
            return self.cancel()
        if self.state != "OPEN" or self.now >= self.ends:
            return "AUCTION_OVER"
        return self.bid(step.who, step.points) if step.act == "bid" else self.buy(step.who)

    def settle(self) -> str:
        """A worker comes by."""
        if self.state == "OPEN" and self.now >= self.ends:
            sold = self.leader is not None and self.met()
            self.state = "CLOSED" if sold else "UNSOLD"
            if sold:
                self.pay(self.price)
        return "done"

    def cancel(self) -> str:
        """An operator ends it."""
        if self.state != "OPEN":
            return "AUCTION_OVER"
        self.state = "CANCELLED"
        return "done"

    def buy(self, who: int) -> str:
        """Somebody pays its price at once."""
        if self.buy_now is None or (self.leader is not None and (self.reserve is None or self.met())):
            return "BUY_NOW_GONE"
        if self.purses[who] < self.buy_now:
            return "INSUFFICIENT_POINTS"
        self.leader, self.price, self.state, self.bids = who, self.buy_now, "CLOSED", self.bids + 1
        self.pay(self.buy_now)
        return "done"

    def bid(self, who: int, points: int) -> str:
        """Somebody bids up to so much."""
        least = self.maxima[who] + 1 if who == self.leader else self.least()
        if self.cap is not None and points > self.cap:
            return "BID_OVER_CAP"
        if points < least:
            return "BID_TOO_LOW"
        if points > self.purses[who]:
            return "INSUFFICIENT_POINTS"
        before = self.price, self.leader
        self.count(who, points)
        late = (self.ends - self.now) * 10 <= self.soft_close * 9
        if late and (self.price, self.leader) != before and self.extensions < self.extensions_max:
            self.ends, self.extensions = self.now + self.soft_close, self.extensions + 1
        return "done"

    def count(self, who: int, points: int) -> None:
        """A bid that is taken: who leads then, and for how much."""
        self.bids += 1
        if self.leader is None:
            self.leader, self.price = who, self.opening or self.step(0)
        elif who != self.leader:
            second, first = sorted((points, self.maxima[self.leader]))
            self.price = max(self.price, min(first, second + self.step(second)))
            self.leader = who if points > self.maxima[self.leader] else self.leader
        self.maxima[who] = max(points, self.maxima.get(who, 0))
        if self.reserve is not None and self.met():
            self.price = max(self.price, self.reserve)

    def met(self) -> bool:
        """Whether the leader's maximum reaches the reserve."""
        return self.reserve is None or (self.leader is not None and self.maxima[self.leader] >= self.reserve)

    def least(self) -> int:
        """What the next bid of another must be."""
        return (self.opening or self.step(0)) if self.leader is None else self.price + self.step(self.price)

    def step(self, price: int) -> int:
        """The step at a price."""
        return next(points for below, points in self.steps if below is None or price < below)

    def pay(self, points: int) -> None:
        """The leader's purse is lighter."""
        assert self.leader is not None
        self.purses[self.leader] -= points

    def balances(self) -> list[tuple[int, int]]:
        """What each has available and held."""
        held = {self.leader: self.maxima[self.leader]} if self.state == "OPEN" and self.leader is not None else {}
        return [(purse - held.get(who, 0), held.get(who, 0)) for who, purse in enumerate(self.purses)]
