"""Taking pieces of several SKUs within one statement of PostgreSQL: what `stocking.take_one` does, for a rush."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from backend.kit import outbox
from backend.kit.columns import table_of
from backend.kit.outbox import OutboxFact
from backend.kit.writing import Writing
from backend.rewards.facts import StockChanged


def take(writing: Writing, wanted: Mapping[str, int]) -> None:
    """Take so many pieces of each SKU, or write nothing if one has too few; the stocks are locked in their order.

    `writing` will tell of which SKUs there was enough (`enough`) and how those stand that were taken from (`taken`).
    """
    asked = writing.asked("asked", {"sku": "text", "pieces": "bigint"}, list(wanted.items()))
    enough = f"""SELECT stock.sku FROM {asked} JOIN stock ON stock.sku = asked.sku
        WHERE (stock."left" IS NULL OR stock."left" >= asked.pieces) AND {writing.is_so()}
        ORDER BY stock.sku FOR UPDATE OF stock"""  # noqa: S608
    writing.only_if("enough", enough, len(wanted))
    taken = f"""UPDATE stock SET "left" = stock."left" - asked.pieces, redeemed = stock.redeemed + asked.pieces,
        version = stock.version + 1 FROM {asked} WHERE stock.sku = asked.sku AND {writing.is_so()}
        RETURNING stock.sku, stock."left", stock.redeemed, stock.version"""  # noqa: S608
    writing.part("taken", taken)
    writing.tell("taken")


def record(writing: Writing, skus: Iterable[str]) -> list[dict[str, Any]]:
    """Record how the stocks of `skus` stand now; the facts, but for their bodies, which the database knows."""
    facts = [outbox.row_of(StockChanged(sku=sku, left=None, redeemed=0, version=0)) for sku in skus]
    names = ", ".join(name for name in facts[0] if name != "body")
    told = f"""INSERT INTO outbox ({names}, body) SELECT {names}, to_json(taken)
        FROM {writing.rows(table_of(OutboxFact), facts)} JOIN taken ON given.body ->> 'sku' = taken.sku"""  # noqa: S608
    writing.part("told", told)
    return facts


def as_told(facts: Iterable[dict[str, Any]], taken: Iterable[Sequence[Any]]) -> list[dict[str, Any]]:
    """`facts` as they were recorded, with what was `taken`."""
    stands = {row[0]: dict(zip(("sku", "left", "redeemed", "version"), row, strict=True)) for row in taken}
    return [{**fact, "body": stands[fact["body"]["sku"]]} for fact in facts]
