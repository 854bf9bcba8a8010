"""Auctions recorded elsewhere, read from two files: dollars become cents, odd rows are counted."""

import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from backend.kit.errors import Refused

DAYS_MAX = 30
CENTS_MAX = 1_000_000_000
NAMELESS = {"?", "Private", ""}
"""Several people under one name, or none."""


class NoRecordedAuctions(Refused):
    """That folder has no auctions.csv.gz and bids.csv.gz."""


@dataclass(frozen=True)
class RecordedBid:
    """`at_days` since its auction opened; `cents`: her maximum, but for the winner's, which was never told."""

    at_days: float
    bidder: str
    cents: int


@dataclass
class RecordedAuction:
    """One auction and its bids in time order."""

    name: str
    days: float
    opening_cents: int
    final_cents: int
    bids: list[RecordedBid] = field(default_factory=list)

    @property
    def nameless(self) -> bool:
        """Whether bids of people without a name of their own took part."""
        return any(bid.bidder in NAMELESS for bid in self.bids)

    def highest(self) -> list[int]:
        """Each bidder's highest recorded bid, the highest first."""
        best: defaultdict[str, int] = defaultdict(int)
        for bid in self.bids:
            best[bid.bidder] = max(best[bid.bidder], bid.cents)
        return sorted(best.values(), reverse=True)

    def of_the_highest(self) -> set[int]:
        """What the bidder of the highest recorded bid had bid."""
        highest = max(self.bids, key=lambda bid: bid.cents)
        return {bid.cents for bid in self.bids if bid.bidder == highest.bidder}


def read(folder: Path) -> tuple[dict[str, RecordedAuction], Counter[str]]:
    """Every auction with its bids, and how many rows could not be used, by why."""
    if not all((folder / name).is_file() for name in ("auctions.csv.gz", "bids.csv.gz")):
        raise NoRecordedAuctions
    odd: Counter[str] = Counter()
    auctions: dict[str, RecordedAuction] = {}
    for row in _rows(folder / "auctions.csv.gz"):
        if (auction := _auction(row)) is None or auction.name in auctions:
            odd["an auction without a price, a duration or a name of its own"] += 1
        else:
            auctions[auction.name] = auction
    for row in _rows(folder / "bids.csv.gz"):
        auction, bid = auctions.get(row.get("auction_id") or ""), _bid(row)
        if auction is None or bid is None:
            odd["a bid without an amount, a time or an auction"] += 1
        else:
            auction.bids.append(bid)
    for auction in auctions.values():
        auction.bids.sort(key=lambda bid: bid.at_days)
    return auctions, odd


def in_time_order(auctions: Mapping[str, RecordedAuction]) -> Iterator[tuple[RecordedAuction, RecordedBid]]:
    """All bids as if all auctions had opened at one moment, the earliest first."""
    everything = ((auction, bid) for auction in auctions.values() for bid in auction.bids)
    yield from sorted(everything, key=lambda pair: (pair[1].at_days, pair[0].name))


def _rows(path: Path) -> Iterator[Mapping[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _auction(row: Mapping[str, str]) -> RecordedAuction | None:
    days, opening, final = _days(row.get("duration_days")), _cents(row.get("open_bid")), _cents(row.get("final_price"))
    name = row.get("auction_id") or ""
    if not name or not days or opening is None or not final:
        return None
    return RecordedAuction(name, days, opening, final)


def _bid(row: Mapping[str, str]) -> RecordedBid | None:
    at_days, cents = _days(row.get("t_days")), _cents(row.get("bid"))
    if at_days is None or not cents:
        return None
    return RecordedBid(at_days, (row.get("bidder_id") or "").strip(), cents)


def _days(text: str | None) -> float | None:
    number = _number(text)
    return number if number is not None and number <= DAYS_MAX else None


def _cents(text: str | None) -> int | None:
    number = _number(text)
    return None if number is None or number * 100 > CENTS_MAX else round(number * 100)


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    # Not a number is neither above nor below anything.
    return number if number >= 0 else None
