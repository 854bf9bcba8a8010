"""Which rows each transaction writes, and what is said to the database meanwhile, by triggers of the tests' own."""

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from sqlalchemy import Engine, Table, event, make_url
from sqlmodel import SQLModel

OUTBOX = "outbox"
TRIGGER = """
CREATE TABLE written (transaction bigint, name text, done text, member text, key text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE now jsonb := COALESCE(to_jsonb(NEW), to_jsonb(OLD));
BEGIN
    INSERT INTO written VALUES (txid_current(), TG_TABLE_NAME, TG_OP, now ->> TG_ARGV[0], now ->> TG_ARGV[1]);
    RETURN NULL;
END $$;
"""
TOLD = re.compile(r"\b(?:FROM|UPDATE|JOIN|INTO)\s+\"?(\w+)\"?", re.IGNORECASE)


@dataclass
class Written:
    """What one transaction wrote. `shared`: of things that are nobody's own, those that were there before."""

    members: set[str] = field(default_factory=set)
    shared: set[tuple[str, str]] = field(default_factory=set)
    tables: set[str] = field(default_factory=set)


def of_members() -> dict[str, str]:
    """The tables of a member's data, and the column that says whose a row is."""
    tables = {table.name: "member_id" for table in SQLModel.metadata.tables.values() if "member_id" in table.c}
    return tables | {"member": "id"}


def shared_tables() -> dict[str, Table]:
    """All others."""
    return {table.name: table for table in SQLModel.metadata.tables.values() if table.name not in of_members()}


async def watch_rows(url: str) -> None:
    """Have the database at `url` note every row that is written."""
    connection = await _connection(url)
    await connection.execute(TRIGGER)
    for name in SQLModel.metadata.tables:
        whose = of_members().get(name, "")
        first = next(iter(SQLModel.metadata.tables[name].primary_key.columns)).name
        await connection.execute(
            f'CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON "{name}"'
            f" FOR EACH ROW EXECUTE FUNCTION note('{whose}', '{first}')"
        )
    await connection.close()


async def each_transaction(url: str) -> list[Written]:
    """What each transaction has written since this was asked last."""
    connection = await _connection(url)
    rows = await connection.fetch("SELECT * FROM written ORDER BY transaction")
    await connection.execute("TRUNCATE written")
    await connection.close()
    found: defaultdict[int, Written] = defaultdict(Written)
    for row in rows:
        one = found[row["transaction"]]
        one.tables.add(row["name"])
        if row["name"] in of_members():
            one.members.add(row["member"])
        elif row["done"] != "INSERT":
            one.shared.add((row["name"], row["key"]))
    return list(found.values())


@contextmanager
def all_that_is_said() -> Iterator[set[str]]:
    """The statements that reach a database in this block."""
    said: set[str] = set()

    def hear(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        said.add(" ".join(statement.split()))

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        event.remove(Engine, "before_cursor_execute", hear)


def tables_in(statement: str) -> set[str]:
    """The tables of a member's data that it names."""
    return set(TOLD.findall(statement)) & of_members().keys()


async def _connection(url: str) -> Any:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return await asyncpg.connect(plain)
