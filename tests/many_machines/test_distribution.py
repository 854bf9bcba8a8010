"""What lets the database be spread over many machines by member: the shape of its tables, and what verbs touch."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Table, UniqueConstraint
from sqlmodel import SQLModel

from backend.kit import db, migrating
from backend.ledger import topping_up, transferring
from backend.rewards.models import RewardKind
from tests.auctions.builders import an_auction, bids
from tests.builders import a_member, a_refund, an_order, take_in
from tests.charity.giving import a_project, gives
from tests.games.builders import a_challenge, helps, takes_up, waters
from tests.games.drawing import THANKS, a_pool, a_prize, an_open_round, draws, free_play
from tests.many_machines.watching_rows import all_that_is_said, each_transaction, of_members, tables_in, watch_rows
from tests.rewards.builders import a_reward, cancels, redeems_alone
from tests.tasks.days import check_in

migrating.import_models()
TABLES: dict[str, Table] = dict(SQLModel.metadata.tables)

UNIQUE_ACROSS_MEMBERS = {
    ("member", "reference"): "what a shop calls her means one member: a table of its own, spread by the reference",
    ("member", "phone_index"): "a phone is one member's: the same, spread by the sealed phone",
    ("purchase", "source", "order_ref"): "an order is counted once, whoever it is said to be of: an order's own row",
    ("payment", "kind", "reference"): "a payment at another company is booked once: the same",
    ("redemption", "code_index"): "a pick-up code opens one redemption: the same",
    ("plant", "code"): "a code that friends are sent means one plant: the same",
    ("plant_help", "helper_id", "key"): "a helper's key is hers: her own rows say it too",
    ("draw", "id"): "made on the phone at random; kept from being two members' by chance only",
    ("draw", "round_id", "number"): "given under the lock of its round, which alone can give it twice",
    ("auction_bid", "auction_id", "version"): "given under the lock of its auction, which alone can give it twice",
    ("leaf", "leaf_index"): "given by the one job that seals",
}
"""Where a unique index does not contain the member: what it promises, and who keeps the promise on many machines."""


def unique(table: Table) -> list[tuple[str, ...]]:
    """The columns of each of its unique indexes."""
    constraints = [one.columns for one in table.constraints if isinstance(one, UniqueConstraint)]
    indexes = [one.columns for one in table.indexes if one.unique]
    return [tuple(column.name for column in columns) for columns in (*constraints, *indexes)]


def test_every_row_of_a_members_data_is_found_by_the_member() -> None:
    first = {name: next(iter(TABLES[name].primary_key.columns)).name for name in of_members()}
    assert first == of_members()


def test_only_what_is_named_is_unique_across_members() -> None:
    across = {
        (name, *columns)
        for name, whose in of_members().items()
        for columns in unique(TABLES[name])
        if whose not in columns
    }
    assert across == UNIQUE_ACROSS_MEMBERS.keys()


def test_a_row_points_only_at_rows_of_the_same_member_or_at_what_is_shared() -> None:
    astray = [
        (name, [element.target_fullname for element in key.elements])
        for name in of_members()
        for key in TABLES[name].foreign_key_constraints
        if key.referred_table.name in of_members() and "member_id" not in key.column_keys
    ]
    assert astray == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_nothing_is_numbered_by_the_database(database: str) -> None:
    async with db.read() as session:
        connection = await session.connection()
        numbered = await connection.exec_driver_sql("SELECT sequence_name FROM information_schema.sequences")
        assert numbered.all() == []


Act = Callable[[], Awaitable[Any]]


async def redeeming() -> Act:
    ann, cup = await a_member("Ann", points=500), await a_reward("CUP", stock=5, limit_per_member=3)
    return lambda: redeems_alone(ann, cup)


async def redeeming_a_coupon() -> Act:
    ann, coupon = await a_member("Ann", points=500), await a_reward("TEN-OFF", kind=RewardKind.COUPON, codes=3)
    return lambda: redeems_alone(ann, coupon)


async def cancelling() -> Act:
    ann, cup = await a_member("Ann", points=500), await a_reward("CUP", stock=5)
    redemption = (await redeems_alone(ann, cup)).value
    return lambda: cancels(redemption)


async def bidding() -> Act:
    ann, ben, eve = [await a_member(name, points=500) for name in ("Ann", "Ben", "Eve")]
    auction = await an_auction()
    await bids(ann, auction, 50)
    await bids(ben, auction, 100)
    return lambda: bids(eve, auction, 200)


async def sending() -> Act:
    ann = await a_member("Ann", points=500)
    await a_member("Ben")
    return lambda: db.transact(transferring.transfer_points, key=uuid4(), member_id=ann, to="Ben", points=100)


async def taking_back() -> Act:
    ann = await a_member("Ann", points=500)
    await a_member("Ben")
    sent = await db.transact(transferring.transfer_points, key=uuid4(), member_id=ann, to="Ben", points=100)
    asked = {"member_id": ann, "transfer_id": sent.value.id}
    return lambda: db.transact(transferring.take_back_transfer, key=uuid4(), **asked)


async def topping_up_points() -> Act:
    ann = await a_member("Ann")
    asked: dict[str, Any] = {"member_id": ann, "amount_minor": 500, "reference": "P-1", "actor": "operator:olga"}
    return lambda: db.transact(topping_up.top_up_points, key=uuid4(), **asked)


async def checking_in() -> Act:
    ann = await a_member("Ann")
    return lambda: check_in(ann)


async def buying() -> Act:
    await a_member("Ann")
    return lambda: an_order("Ann", 120)


async def sending_back() -> Act:
    await a_member("Ann")
    await an_order("Ann", 120, ref="order-1")
    refund = await a_refund("Ann", "order-1", 60)
    return lambda: take_in([refund])


async def giving() -> Act:
    ann, project = await a_member("Ann", points=500), await a_project()
    return lambda: gives(ann, project, 100)


async def drawing() -> Act:
    await free_play()
    ann, pool, cup = await a_member("Ann", points=500), await a_pool(), await a_reward("CUP", stock=5)
    await an_open_round(pool, a_prize(cup), THANKS)
    return lambda: draws(ann, pool)


async def daring() -> Act:
    ann, challenge = await a_member("Ann", points=500), await a_challenge()
    return lambda: takes_up(ann, challenge)


async def helping() -> Act:
    ann, ben = await a_member("Ann"), await a_member("Ben")
    plant = (await waters(ann)).value
    return lambda: helps(ben, plant)


VERBS = [
    redeeming, redeeming_a_coupon, cancelling, bidding, sending, taking_back, topping_up_points, checking_in, buying,
    sending_back, giving, drawing, daring, helping,
]  # fmt: skip
TWO_SHARED_THINGS = {drawing: "the round, and the stock of what she has won"}
"""Verbs that change a second thing that is nobody's own, and which."""
FOUND_BY_OTHER_NAMES = {
    "member.phone_index": "who signs in by phone: on many machines asked of a table spread by the phone",
    "member.reference": "whom a shop or a sender means: the same, by the reference",
    "member.merged_into": "which accounts were merged into hers: a table spread by the account that is left",
    "purchase.order_ref": "whose an order is: a table spread by the order",
    "plant.code": "whose plant a friend's link means: a table spread by the code",
    "plant_help.helper_id": "whom she has helped: a table of the helper's own",
    "draw.id": "whose a draw is, by its key: the phone can say it",
    "redemption.code_index": "whether a pick-up code just made is somebody's: a table spread by the code",
    "redemption.id": "whose a redemption is, for an operator: read once, before the verb",
    "auction_bid.auction_id": "the bids of an auction, read under its lock",
}
"""A verb may look for a row of a member's data by these instead of by her: what that asks for on many machines."""


@pytest.fixture
async def watched(database: str) -> str:
    await watch_rows(database)
    return database


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("verb", VERBS)
async def test_a_verb_writes_rows_of_at_most_two_members_and_one_shared_thing(
    verb: Callable[[], Awaitable[Act]], watched: str
) -> None:
    act = await verb()
    await each_transaction(watched)
    with all_that_is_said() as said:
        await act()
    transactions = await each_transaction(watched)
    assert any(one.members for one in transactions), "it wrote nothing"
    for one in transactions:
        assert len(one.members) <= 2, one
        assert len({key for _, key in one.shared}) <= (2 if verb in TWO_SHARED_THINGS else 1), one
    assert [one for one in said if asks_everywhere(one)] == []


def asks_everywhere(statement: str) -> bool:
    """Whether it looks for rows of members' data without saying whose, and by nothing that is named above."""
    _, where, how = statement.partition(" WHERE ")
    if statement.startswith("INSERT") or not tables_in(statement):
        return False
    by_member = "member_id" in how or "member.id" in how
    return not where or not (by_member or any(name in how for name in FOUND_BY_OTHER_NAMES))
