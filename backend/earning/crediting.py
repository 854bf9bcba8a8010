"""Posting what orders earn now and did not before: new lots, and changes to those there are."""

from collections.abc import Sequence
from datetime import datetime

from backend.earning import explaining, timeline
from backend.earning.given import Given
from backend.earning.rules import Rulebook
from backend.earning.shelf import Change, Shelf
from backend.earning.timeline import Order
from backend.kit import clock
from backend.ledger import posting
from backend.ledger.book import Said
from backend.programme.terms import Timeline


def credit(
    shelf: Shelf,
    changes: Sequence[Change],
    known: Timeline,
    rulebook: Rulebook,
    *,
    tell: bool,
    recounted_by: str | None = None,
) -> int:
    """Post `changes`, in the order their orders were paid; returns points issued less those taken back.

    `recounted_by`: who made one account of two, when that is what changed the decisions rather than an order.
    """
    points = sum(change.points for change in changes)
    for change in sorted(changes, key=lambda change: timeline.place_in_time(change.order)):
        if change.was is None:
            _earn(shelf, change, known, rulebook, tell=tell)
            continue
        if change.points:
            said = _said(shelf, change, change.was, rulebook, recounted_by)
            expires_at = known.at(change.order.paid_at).expires_at(change.order.paid_at, change.rule)
            _correct(shelf, change, change.was, said, expires_at, tell=tell)
        _note(shelf, change, change.was)
    return points


def key_of(order: Order, rule: str) -> str:
    """The key of the earning that `rule` gives for `order`."""
    return f"order:{order.source}:{order.order_ref}:{rule}"


def _earn(shelf: Shelf, change: Change, known: Timeline, rulebook: Rulebook, *, tell: bool) -> None:
    assert change.now is not None
    order, award = change.order, change.now
    entry = posting.earn(
        shelf.book,
        key=key_of(order, change.rule),
        points=award.points,
        expires_at=known.at(order.paid_at).expires_at(order.paid_at, change.rule),
        release_at=known.at(order.paid_at).release_at(order.paid_at, change.rule),
        occurred_at=order.paid_at,
        actor=f"source:{order.source}",
        why=explaining.earned(order, award, rulebook),
        reference=order.order_ref,
        tell=tell,
    )
    given = Given(
        member_id=order.named,
        source=order.source,
        order_ref=order.order_ref,
        rule=change.rule,
        version=award.version,
        points=award.points,
        factors=dict(award.factors),
        entry_id=entry.entry_id,
    )
    shelf.accruals[order.key, change.rule] = given
    shelf.opened.append(given)


def _said(shelf: Shelf, change: Change, was: Given, rulebook: Rulebook, recounted_by: str | None) -> Said:
    order = change.order
    said = Said(
        key=f"{key_of(order, change.rule)}:{was.corrections + 1}",
        actor=recounted_by or f"source:{shelf.news()[0].source}",
        why=explaining.recounted(order, was, change.now, rulebook),
        reference=order.order_ref,
    )
    if recounted_by is None:
        because = shelf.news()[0]
        said["why"] = explaining.corrected(order, was, change.now, because, rulebook, late=because.key in shelf.fresh)
    if _given_back(shelf, change):
        said["why"] = explaining.refunded(order, was, change.now, rulebook)
    return said


def _given_back(shelf: Shelf, change: Change) -> bool:
    return change.order.key in shelf.refunded and change.points < 0


def _correct(shelf: Shelf, change: Change, was: Given, said: Said, expires_at: datetime | None, *, tell: bool) -> None:
    if _given_back(shelf, change):
        posting.claw_back(shelf.book, lot_id=was.entry_id, points=-change.points, tell=tell, **said)
    else:
        moment = clock.now()
        posting.correct(
            shelf.book,
            lot_id=was.entry_id,
            points=change.points,
            expires_at=expires_at,
            occurred_at=moment,
            tell=tell,
            **said,
        )
    was.points, was.corrections = was.points + change.points, was.corrections + 1


def _note(shelf: Shelf, change: Change, was: Given) -> None:
    if change.now:
        was.version, was.factors = change.now.version, dict(change.now.factors)
    shelf.changed.append(was)
