"""What is counted is what happened: nothing twice, nothing that was undone, nobody by name."""

import asyncio
import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from backend import worker
from backend.kit import clock, db, ids
from backend.kit.outbox import ATTEMPTS_MAX
from backend.ledger import posting
from backend.members import operators, tokens
from backend.schema import schema
from tests.auctions.builders import an_auction, bids
from tests.builders import a_gift, a_member
from tests.edge.listeners import a_listener, next_data, next_text, subscribe
from tests.edge.open_door import a_session, connected, say
from tests.observing.reading import OPERATOR, Read, as_operator, metrics
from tests.rewards.builders import a_reward
from tests.worker.test_worker import Rang, ring

ZONE = "query Zone { programme { zone } }"
NEWS = "subscription News { memberEvents { available } }"
STANDING = "subscription Standing($id: ID!) { auctionStanding(id: $id) { price } }"
OUTCOMES = ("done", "put_off", "given_up")
WISH = "mutation($input: RedeemRewardInput!) { redeemReward(input: $input) { refusal { code } } }"


@pytest.fixture(autouse=True)
async def an_operator(database: str) -> None:
    await db.transact(operators.issue_token, name=OPERATOR)


def id_of(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


@pytest.fixture
def trusted(address: str) -> Any:
    schema.documents.trust({id_of(text): text for text in (ZONE, NEWS, STANDING)})
    yield
    schema.documents.trust({})


async def test_metrics_are_for_operators_and_for_who_knows_the_token(
    watcher: httpx2.AsyncClient, a_setting: pytest.MonkeyPatch
) -> None:
    ann = await a_member("Ann")
    a_setting.setenv("MALL_METRICS_TOKEN", "sixteen letters!")
    shown = {
        "nothing": {},
        "her cookie": {"cookie": await a_session(ann)},
        "her token": {"authorization": f"Bearer {tokens.for_member(ann)}"},
        "a wrong token": {"authorization": "Bearer sixteen letters?"},
        "the token": {"authorization": "Bearer sixteen letters!"},
        "an operator's": as_operator(),
    }
    found = {what: (await watcher.get("/metrics", headers=headers)).status_code for what, headers in shown.items()}
    assert [what for what, status in found.items() if status == 200] == ["the token", "an operator's"]
    assert {found["nothing"], found["her cookie"], found["her token"], found["a wrong token"]} == {401}


@pytest.mark.usefixtures("trusted")
async def test_an_operation_is_called_by_its_name_only_if_the_phone_made_it_up(watcher: httpx2.AsyncClient) -> None:
    before = await metrics(watcher)
    await watcher.post("/graphql", json={"documentId": id_of(ZONE)})
    await watcher.post("/graphql", json={"query": "query Anything { programme { zone } }"})
    await watcher.post("/graphql", json={"query": ZONE})
    after = await metrics(watcher)
    name = "mall_operations_total"
    assert after.since(before, name, operation="Zone", outcome="ok") == 1
    assert after.since(before, name, operation="other", outcome="ok") == 2
    assert "Anything" not in after.labels(name, "operation")
    assert after.since(before, "mall_operation_seconds_count", operation="Zone") == 1
    assert 0 < after.since(before, "mall_operation_seconds_sum", operation="Zone") < 10


async def test_an_operation_that_fails_is_told_from_one_that_was_asked_wrong(
    watcher: httpx2.AsyncClient, database: str
) -> None:
    before = await metrics(watcher)
    await watcher.post("/graphql", json={"query": "{ nothing }"})
    await watcher.post("/graphql", json=[])
    await watcher.put("/graphql")
    await db.disconnect()
    await watcher.post("/graphql", json={"query": "{ programme { zone } }"})
    db.connect(database)
    after = await metrics(watcher)

    def more(operation: str, outcome: str) -> float:
        return after.since(before, "mall_operations_total", operation=operation, outcome=outcome)

    assert (more("other", "errors"), more("none", "turned_away"), more("other", "failed")) == (1, 2, 1)


async def test_a_made_up_path_is_no_label(watcher: httpx2.AsyncClient) -> None:
    before = await metrics(watcher)
    await watcher.get("/made/up")
    await watcher.get("/graphql-made-up")
    after = await metrics(watcher)
    assert after.labels("mall_requests_total", "door") <= {
        *("graphql", "events", "export", "checkpoints", "draws", "statements", "desk", "phone"),
        *("healthz", "livez", "readyz", "metrics"),
    }
    told = sum(after.since(before, "mall_requests_total", door="phone", status=s) for s in ("2xx", "4xx"))
    assert told == 2


async def test_points_count_once_they_are_committed_and_never_when_they_are_not(watcher: httpx2.AsyncClient) -> None:
    ann = await a_member("Ann")
    before = await metrics(watcher)

    async def give_and_fall(session: AsyncSession) -> None:
        book = await posting.open_book(session, ann)
        said: Any = {"actor": "test", "why": {"code": "GIFT"}, "expires_at": None, "occurred_at": clock.now()}
        posting.earn(book, key="undone", points=500, **said)
        await posting.write(session, [book])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await db.transact(give_and_fall)
    await a_gift(ann, 70)
    await a_gift(ann, 30)
    after = await metrics(watcher)
    assert after.since(before, "mall_points_in_total", kind="EARN") == 100


async def test_points_out_and_refusals_are_counted_by_what_they_are(watcher: httpx2.AsyncClient) -> None:
    ann = await a_member("Ann", points=150)
    reward = await a_reward(points=100, stock=5)
    headers = {"authorization": f"Bearer {tokens.for_member(ann)}"}
    before = await metrics(watcher)
    for _ in range(2):
        given = {"rewardId": schema_id(reward.id), "idempotencyKey": str(ids.new())}
        answer = await watcher.post("/graphql", json={"query": WISH, "variables": {"input": given}}, headers=headers)
        assert "errors" not in answer.json()
    after = await metrics(watcher)
    assert after.since(before, "mall_points_out_total", kind="BURN") == 100
    assert after.since(before, "mall_refusals_total", code="INSUFFICIENT_POINTS") == 1


def schema_id(its: Any, type_name: str = "Reward") -> str:
    from backend.kit.graphql import global_id

    return str(global_id(type_name, its))


async def test_the_queue_is_told_with_the_age_of_its_oldest(
    watcher: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "REACTIONS", {Rang.__name__: (heard,)})
    ann = await a_member("Ann")
    while await worker.react_to_waiting():
        pass
    empty = await metrics(watcher)
    await db.transact(ring, member_id=ann, times=3)
    clock.turn(timedelta(seconds=90))
    waiting = await metrics(watcher)
    assert waiting.value("mall_queue_facts") == 3
    assert 90 <= waiting.value("mall_queue_oldest_seconds") < 150
    await worker.react_to_waiting()
    after = await metrics(watcher)
    for read in (empty, after):
        assert (read.value("mall_queue_facts"), read.value("mall_queue_oldest_seconds")) == (0, 0)
    assert after.since(waiting, "mall_facts_total", fact="Rang", outcome="done") == 3
    assert after.since(waiting, "mall_fact_lag_seconds_count") == 3
    assert after.since(waiting, "mall_fact_lag_seconds_sum") >= 3 * 90


async def test_a_fact_that_keeps_failing_is_told_when_it_is_given_up(
    watcher: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "REACTIONS", {Rang.__name__: (failed,)})
    await db.transact(ring, member_id=await a_member("Ann"))
    before = await metrics(watcher)
    for hours in range(1, 1 + ATTEMPTS_MAX):
        await worker.react_to_waiting()
        clock.turn(timedelta(hours=hours))
    after = await metrics(watcher)
    told = {what: after.since(before, "mall_facts_total", fact="Rang", outcome=what) for what in OUTCOMES}
    assert told == {"done": 0, "put_off": ATTEMPTS_MAX - 1, "given_up": 1}


async def heard(_session: AsyncSession, _fact: Mapping[str, Any]) -> None:
    """Nothing else happens."""


async def failed(_session: AsyncSession, _fact: Mapping[str, Any]) -> None:
    raise RuntimeError


async def test_sockets_connections_and_plans_are_told(watcher: httpx2.AsyncClient, address: str) -> None:
    before = await metrics(watcher)
    async with connected(address) as socket:
        await say(socket, type="connection_init")
        await socket.recv()
        assert (await metrics(watcher)).value("mall_sockets") == before.value("mall_sockets") + 1
    after = await metrics(watcher)
    assert after.value("mall_sockets") == before.value("mall_sockets")
    assert after.value("mall_database_up") == 1
    pools = after.labels("mall_database_connections_max", "pool")
    assert pools == ({"read", "write"} if db.dialect() == "sqlite" else {"write", "rush"})
    # Whoever looks uses one herself.
    assert sum(after.value("mall_database_connections", pool=pool, state="used") for pool in pools) <= 1
    assert after.labels("mall_plans_total", "what") == {"compiled", "run", "fallen_back"}


@pytest.mark.usefixtures("trusted")
async def test_what_is_told_over_websockets_is_counted_by_operation(watcher: httpx2.AsyncClient, address: str) -> None:
    ann, auction = await a_member("Ann", points=50), await an_auction()
    before = await metrics(watcher)

    def how_many(after: Read) -> dict[str, tuple[float, float]]:
        said = {name: after.value("mall_subscriptions", operation=name) for name in ("News", "Standing", "other")}
        return {name: (there, after.since(before, "mall_told_total", operation=name)) for name, there in said.items()}

    async with a_listener(address, await a_session(ann)) as hers, a_listener(address) as anybodys:
        await subscribe(hers, id_of(NEWS), "news")
        for listening in (hers, anybodys):
            await subscribe(listening, id_of(STANDING), id=schema_id(auction, "Auction"))
            await next_data(listening)
        await subscribe(anybodys, NEWS.replace("News", "MadeUp"), "refused")
        assert "errors" in await next_text(anybodys) and "complete" in await next_text(anybodys)
        await a_gift(ann, 20)
        await next_data(hers)
        assert how_many(await metrics(watcher)) == {"News": (1, 1), "Standing": (2, 2), "other": (0, 1)}
        await bids(ann, auction, 40)
        for listening in (hers, anybodys):
            await next_data(listening)
        await say(hers, type="complete", id="1")
        await say(hers, type="ping")
        while "pong" not in await next_text(hers):
            """News may be under way."""
        now = how_many(await metrics(watcher))
        assert now["Standing"] == (1, 4) and now["News"][0] == 1
    while (await metrics(watcher)).value("mall_sockets"):
        await asyncio.sleep(0.01)
    last = await metrics(watcher)
    assert {there for there, _ in how_many(last).values()} == {0}
    assert "MadeUp" not in last.labels("mall_told_total", "operation")


async def test_a_database_that_is_away_is_told_and_its_queue_is_not_guessed(
    watcher: httpx2.AsyncClient, a_setting: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_setting.setenv("MALL_METRICS_TOKEN", "sixteen letters!")

    async def gone(_: AsyncSession) -> None:
        raise OSError

    monkeypatch.setattr("backend.kit.outbox.waiting", gone)
    answer = await watcher.get("/metrics", headers={"authorization": "Bearer sixteen letters!"})
    assert "mall_database_up 0.0" in answer.text
    assert "\nmall_queue_facts " not in answer.text
