"""The replay of recorded auctions: what agrees, what does not and why, and rows that say nothing."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.bench.auctions import auctions_command
from tests.bench.recorded_auctions import NoRecordedAuctions, read

AUCTIONS = """auction_id,item,duration_days,open_bid,final_price,n_bids,n_bidders,end_date,seller
a1,watch,3,1.0,11.5,3,2,,
a2,watch,3,5.0,5.0,1,1,,
a3,watch,3,5.0,90.0,2,2,,
a4,watch,,5.0,9.0,0,0,,
"""
BIDS: Sequence[str] = (
    "a1,0.5,b1,,11.0",
    "a1,0.7,b2,3,2.0",
    "a1,0.9,b2,3,1.5",
    "a1,3.0,b3,7,11.5",
    "a2,1.0,?,,5.0",
    "a3,0.1,b1,,20.0",
    "a3,0.2,b2,,90.0",
    "a3,0.3,b2,,nan",
    "a9,0.3,b2,,4.0",
    "a1,soon,b2,,4.0",
)


def recorded(folder: Path) -> Path:
    """The two files, as the recorder wrote them."""
    header = "auction_id,t_days,bidder_id,bidder_rating,bid"
    for name, text in (("auctions", AUCTIONS), ("bids", "\n".join((header, *BIDS)))):
        with gzip.open(folder / f"{name}.csv.gz", "wt", encoding="utf-8") as file:
            file.write(text)
    return folder


async def test_prices_that_agree_are_told_from_those_that_do_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await auctions_command(data=recorded(tmp_path), postgresql=False, as_json=True) == 0
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (said["name"], said["auctions"], said["taken"], said["sound"]) == ("auctions", 3, 6, True)
    assert said["ratios"] == {"exact": 0.667, "within a step": 0.0, "outside": 0.333}
    assert said["refused"] == {"BID_TOO_LOW": 1}
    assert sum(said["odd"].values()) == 4
    assert [why.partition(": ")[2] for why in said["reasons"]] == [
        "recorded above the second maximum and a step: a reserve, or a bid taken back"
    ]


def test_bids_are_read_in_time_order_in_cents(tmp_path: Path) -> None:
    auctions, _ = read(recorded(tmp_path))
    assert [bid.cents for bid in auctions["a1"].bids] == [1100, 200, 150, 1150]
    assert (auctions["a1"].highest(), auctions["a2"].nameless) == ([1150, 1100, 200], True)


def test_a_folder_without_them_is_said_to_have_none(tmp_path: Path) -> None:
    with pytest.raises(NoRecordedAuctions):
        read(tmp_path)
