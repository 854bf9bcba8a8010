"""Auctions over GraphQL: what a phone and an operator's tool really send and get."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from backend.auctions.graphql import watching
from backend.kit import clock, db, live
from backend.kit.graphql import Context, global_id
from backend.members import sessions
from backend.members.roles import Identity
from backend.schema import schema
from tests.auctions.builders import an_auction, bids, buys, cancels, time_passes, two
from tests.builders import a_member
from tests.console.operating import asks
from tests.rewards.builders import a_reward, frozen

pytestmark = pytest.mark.usefixtures("database")
STANDING = "version state price leaderAlias bidCount minimumBid step endsAt extensions reserveMet opensAt watching"
BID = f"""mutation($input: PlaceBidInput!) {{ placeBid(input: $input) {{
  replayed bid {{ alias price leads mine at }} standing {{ {STANDING} }}
  mine {{ maximum held leading outcome redemptionId }}
  refusal {{ code ... on BidTooLow {{ minimum }} ... on BidOverCap {{ cap }} ... on InsufficientPoints {{ missing }}
    ... on AuctionNotOpen {{ opensAt }} }}
}} }}"""
AUCTION = f"""query($id: ID!) {{ auction(id: $id) {{
  id number title(locale: EN) story(locale: ZH_CN) hasReserve reservePoints maximumPerMember buyNowPoints opensAt reason
  reward {{ sku }} standing {{ auctionId {STANDING} }}
  bids(first: 10) {{ alias price leads mine }} mine {{ maximum held leading outcome redemptionId }}
}} }}"""


async def places(who: UUID | None, auction: UUID, maximum: int, key: UUID | None = None) -> dict[str, Any]:
    asked = {"idempotencyKey": str(key or uuid4()), "auctionId": global_id("Auction", auction), "maximum": maximum}
    answer: dict[str, Any] = (await asks(who, BID, input=asked))["placeBid"]
    return answer


async def sees(who: UUID | str | None, auction: UUID) -> dict[str, Any]:
    seen: dict[str, Any] = (await asks(who, AUCTION, id=global_id("Auction", auction)))["auction"]
    return seen


async def test_a_bid_answers_with_the_standing_and_what_is_hers() -> None:
    (ann, ben), auction = await two(), await an_auction()
    first = await places(ann, auction, 40)
    assert (first["refusal"], first["replayed"]) == (None, False)
    assert first["mine"] == {"maximum": 40, "held": 40, "leading": True, "outcome": "LEADING", "redemptionId": None}
    assert (first["bid"]["price"], first["bid"]["leads"], first["bid"]["mine"]) == (10, True, True)
    second = await places(ben, auction, 30)
    assert (second["standing"]["price"], second["standing"]["leaderAlias"]) == (40, "A**")
    assert (second["mine"]["outcome"], second["mine"]["held"], second["bid"]["leads"]) == ("OUTBID", 0, False)


async def test_no_maximum_of_another_is_ever_shown() -> None:
    (ann, ben), auction = await two(9000), await an_auction(reserve_points=8003)
    await bids(ann, auction, 7531)
    await bids(ben, auction, 5557)
    for who in (ben, None, "olga"):
        seen = await sees(who, auction)
        assert "7531" not in str(seen)
        assert ("8003" in str(seen)) == (who == "olga")
    assert (await sees(ann, auction))["mine"]["maximum"] == 7531


async def test_the_ladder_is_newest_first_and_says_whose_and_which_leads() -> None:
    (ann, ben), auction = await two(), await an_auction()
    await bids(ann, auction, 50)
    await bids(ben, auction, 30)
    assert (await sees(ben, auction))["bids"] == [
        {"alias": "B**", "price": 40, "leads": False, "mine": True},
        {"alias": "A**", "price": 10, "leads": True, "mine": False},
    ]


@pytest.mark.parametrize(
    ("maximum", "refusal"),
    [
        (5, {"code": "BID_TOO_LOW", "minimum": 10}),
        (200, {"code": "BID_OVER_CAP", "cap": 150}),
        (120, {"code": "INSUFFICIENT_POINTS", "missing": 20}),
    ],
)
async def test_a_refused_bid_says_what_the_screen_needs(maximum: int, refusal: dict[str, Any]) -> None:
    ann, auction = await a_member("Ann", points=100), await an_auction(maximum_per_member=150)
    answer = await places(ann, auction, maximum)
    assert (answer["refusal"], answer["bid"], answer["mine"]) == (refusal, None, None)
    assert answer["standing"]["price"] == 0


async def test_other_refusals_have_their_codes() -> None:
    (ann, ben), auction, once = await two(), await an_auction(), uuid4()
    later = await an_auction(opens_in=timedelta(hours=1))
    assert (await places(ann, later, 40))["refusal"]["code"] == "AUCTION_NOT_OPEN"
    await places(ann, auction, 40, once)
    assert (await places(ann, auction, 50, once))["refusal"]["code"] == "KEY_REUSED"
    assert (await places(ann, auction, 40, once))["replayed"]
    assert (await places(ann, UUID(int=3), 40))["refusal"]["code"] == "NOT_FOUND"
    await frozen(ben)
    assert (await places(ben, auction, 90))["refusal"]["code"] == "ACCOUNT_FROZEN"
    await cancels(auction)
    assert (await places(ann, auction, 90))["refusal"]["code"] == "AUCTION_OVER"


async def test_buying_at_once_over_the_wire() -> None:
    ann, auction = await a_member("Ann", points=100), await an_auction(buy_now_points=70)
    document = """mutation($input: BuyNowInput!) { buyNow(input: $input) {
      refusal { code ... on PriceChanged { points } } standing { state price } mine { outcome redemptionId }
      bid { price } } }"""
    asked = {"idempotencyKey": str(uuid4()), "auctionId": global_id("Auction", auction), "expectedPoints": 60}
    refused = (await asks(ann, document, input=asked))["buyNow"]
    assert refused["refusal"] == {"code": "PRICE_CHANGED", "points": 70}
    done = (await asks(ann, document, input=asked | {"expectedPoints": 70}))["buyNow"]
    assert (done["refusal"], done["standing"], done["mine"]["outcome"]) == (
        None,
        {"state": "CLOSED", "price": 70},
        "WON",
    )
    found = await asks(ann, "query($id: ID!) { node(id: $id) { id __typename } }", id=done["mine"]["redemptionId"])
    assert found["node"]["__typename"] == "Redemption"


async def test_lists_show_what_runs_and_what_ran() -> None:
    ann = await a_member("Ann", points=100)
    soon, late, cancelled = [await an_auction(ends_in=timedelta(hours=hours)) for hours in (1, 2, 3)]
    await cancels(cancelled)
    document = """query($state: AuctionState, $first: Int, $after: String) {
      auctions(state: $state, first: $first, after: $after) { edges { node { id } } pageInfo { endCursor } } }"""

    async def listed(**asked: Any) -> list[str]:
        return [edge["node"]["id"] for edge in (await asks(None, document, **asked))["auctions"]["edges"]]

    assert await listed() == [global_id("Auction", one) for one in (soon, late)]
    assert await listed(state="CANCELLED") == [global_id("Auction", cancelled)]
    cursor = (await asks(None, document, first=1))["auctions"]["pageInfo"]["endCursor"]
    assert await listed(first=1, after=cursor) == [global_id("Auction", late)]
    await bids(ann, late, 40)
    mine = await asks(ann, "{ viewer { auctions(first: 5) { edges { node { id mine { leading } } } } } }")
    assert mine["viewer"]["auctions"]["edges"] == [
        {"node": {"id": global_id("Auction", late), "mine": {"leading": True}}}
    ]


async def test_an_operator_puts_up_and_cancels() -> None:
    reward = await a_reward("VASE", stock=1)
    create = """mutation($input: CreateAuctionInput!) { createAuction(input: $input) {
      refusal { code ... on InvalidInput { field } } replayed
      auction { id number standing { state step minimumBid } } } }"""
    words = {"zhCn": "花瓶", "en": "Vase"}
    asked: dict[str, Any] = {
        "idempotencyKey": str(uuid4()),
        "rewardId": global_id("Reward", reward.id),
        "title": words,
        "story": words,
        "endsAt": (clock.now() + timedelta(hours=1)).isoformat(),
        "steps": [{"below": 100, "points": 7}, {"points": 20}],
    }
    refused = (await asks("olga", create, input=asked | {"extensionsMax": 500}))["createAuction"]
    assert refused["refusal"] == {"code": "INVALID_INPUT", "field": "extensionsMax"}
    made = (await asks("olga", create, input=asked))["createAuction"]
    assert made["auction"]["standing"] == {"state": "OPEN", "step": 7, "minimumBid": 7}
    assert (await asks("olga", create, input=asked))["createAuction"]["replayed"]
    cancel = """mutation($input: CancelAuctionInput!) { cancelAuction(input: $input) {
      refusal { code } auction { reason standing { state } } } }"""
    ended = {"idempotencyKey": str(uuid4()), "id": made["auction"]["id"], "reason": "it broke"}
    done = (await asks("olga", cancel, input=ended))["cancelAuction"]
    assert done["auction"] == {"reason": "it broke", "standing": {"state": "CANCELLED"}}
    shown = await asks("olga", "{ operator { auctions(state: CANCELLED) { edges { node { number } } } } }")
    assert shown["operator"]["auctions"]["edges"] == [{"node": {"number": made["auction"]["number"]}}]


async def test_watching_begins_with_the_standing_and_hears_every_change() -> None:
    (ann, ben), auction = await two(), await an_auction()
    feed: Any = await schema.subscribe(
        "subscription($id: ID!) { auctionStanding(id: $id) { version price state leaderAlias watching } }",
        variable_values={"id": global_id("Auction", auction)},
        context_value=Context(identity=Identity(member_id=None, operator=None)),
    )

    async def next_one() -> dict[str, Any]:
        async with asyncio.timeout(30):
            heard: dict[str, Any] = (await anext(feed)).data["auctionStanding"]
            return heard

    assert await next_one() == {"version": 0, "price": 0, "state": "OPEN", "leaderAlias": None, "watching": 1}
    await bids(ann, auction, 40)
    await bids(ben, auction, 60)
    assert [(await next_one())["price"] for _ in range(2)] == [10, 50]
    await time_passes(timedelta(hours=1))
    assert (await next_one())["state"] == "CLOSED"
    await feed.aclose()


async def test_what_was_missed_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "LOOK_AGAIN_SECONDS", 0.05)
    ann, auction = await a_member("Ann", points=100), await an_auction()
    feed: Any = watching._follow(auction)
    assert (await anext(feed)).version == 0
    queues = live._listeners.pop(f"auction:{auction}")
    await bids(ann, auction, 40)
    live._listeners[f"auction:{auction}"] = queues
    assert (await anext(feed)).price == 10
    await feed.aclose()


async def test_those_concerned_are_told() -> None:
    (ann, ben), auction = await two(), await an_auction(reserve_points=500, buy_now_points=600)
    cora = await a_member("Cora", points=900)
    await bids(ann, auction, 40)
    await bids(ben, auction, 60)
    await buys(cora, auction)
    document = """subscription { memberEvents(after: 0) { __typename available
      ... on Outbid { auctionId title(locale: EN) price minimumBid released }
      ... on AuctionWon { title(locale: ZH_CN) price redemptionId } ... on BidReleased { state released } } }"""

    async def news_of(who: UUID, kind: str) -> dict[str, Any]:
        opened = await db.transact(sessions.open_session, member_id=who)
        context = Context(identity=await sessions.identify(opened.cookie, None), cookie=opened.cookie)
        feed: Any = await schema.stream(document, context_value=context)
        async with asyncio.timeout(30):
            async for told in feed:
                if told.data["memberEvents"]["__typename"] == kind:
                    await feed.aclose()
                    return dict(told.data["memberEvents"])
        raise AssertionError

    outbid = await news_of(ann, "Outbid")
    assert (outbid["price"], outbid["minimumBid"], outbid["released"], outbid["available"]) == (50, 60, 40, 100)
    assert (outbid["title"], outbid["auctionId"]) == ("Celadon plate", global_id("Auction", auction))
    released = await news_of(ben, "BidReleased")
    assert (released["state"], released["released"], released["available"]) == ("CLOSED", 60, 100)
    won = await news_of(cora, "AuctionWon")
    assert (won["title"], won["price"], won["available"]) == ("青瓷盘", 600, 300)
