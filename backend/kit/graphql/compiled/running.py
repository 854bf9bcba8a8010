"""Running what is not as foreseen, field by field, as the specification says and graphql-core does it.

The same suspensions in the same order as graphql-core: siblings are awaited together, a single one by itself. So the
same resolvers fail in the same order, and what an error makes null is the same.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from graphql import ExecutionResult, GraphQLError, GraphQLObjectType, GraphQLResolveInfo, located_error
from graphql.pyutils import Path, Undefined, gather_with_cancel, inspect, is_iterable

from backend.kit.graphql.compiled.plan import Field, Place, Plan, Selection, Value, keys

PLAIN = {str, int, float, bool, dict, list, tuple, type(None)}
"""Classes of completed values that are there."""
SURE = frozenset({str, int, float, bool, UUID, datetime, date, time, Decimal})
"""Classes of answers that are neither errors nor to be waited for."""


class Refusing(Mapping[str, Any]):
    """Arguments that cannot be had: whoever passes them on meets the error."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __getitem__(self, key: str) -> Any:
        raise self.error

    def __iter__(self) -> Iterator[str]:
        raise self.error

    def __len__(self) -> int:
        raise self.error


class Run:
    """One execution of a plan: its errors, its context and arguments, and the executor that knows the variables.

    The executor may serve many at once, and then have another context.
    """

    __slots__ = ("_asked", "arguments", "context", "errors", "executor", "is_awaitable", "nulled", "plan")

    def __init__(self, executor: Any, plan: Plan, context: Any) -> None:
        self.executor, self.plan, self.context = executor, plan, context
        self._asked: Any = None
        self.is_awaitable: Callable[[Any], bool] = executor.is_awaitable
        self.errors: list[GraphQLError] = []
        self.nulled: set[Place | None] = set()
        self.arguments: Sequence[Mapping[str, Any]] = ()

    def start(self) -> ExecutionResult | Awaitable[ExecutionResult]:
        """Run the plan. Errors of fields are in the result."""
        read = _one_after_another if self.plan.is_mutation else self.plan.root.read
        try:
            data = read(self, self.executor.root_value, None)
        except GraphQLError as error:
            self.add(error, None)
            return self.result(None)
        return self._awaited(data) if self.is_awaitable(data) else self.result(data)

    def result(self, data: dict[str, Any] | None) -> ExecutionResult:
        """The data with what went wrong."""
        return ExecutionResult(data, self.errors or None)

    async def _awaited(self, data: Awaitable[dict[str, Any]]) -> ExecutionResult:
        try:
            return self.result(await data)
        except GraphQLError as error:
            self.add(error, None)
            return self.result(None)

    def add(self, error: GraphQLError, place: Place | None) -> None:
        """Note an error, unless what it stands in is null already."""
        above: Place | None = place
        while above is not None:
            if above in self.nulled:
                return
            above = above[0]
        if None not in self.nulled:
            self.nulled.add(place)
            self.errors.append(error)

    def fail(self, error: Exception, field: Field, value: Value, place: Place) -> None:
        """Note that this value could not be had; it becomes null, or what it stands in does. Raises GraphQLError."""
        located = located_error(error, field.nodes, keys(place))
        if value.required:
            raise located
        self.add(located, place)

    def info(self, field: Field, place: Place) -> GraphQLResolveInfo[Any]:
        """What a resolver may ask about where it is."""
        if self._asked is None:
            own = self.executor.context_value is self.context
            self._asked = self.executor if own else self.executor.with_context(self.context)
        info: GraphQLResolveInfo[Any] = self._asked.build_resolve_info(
            field.definition, field.nodes, field.parent, _path(place)
        )
        return info


def read_field(run: Run, field: Field, source: Any, place: Place) -> Any:
    """The completed value of a field, or something to wait for that never fails unless the field is required."""
    try:
        result = field.resolve(run, source, place)
    except Exception as error:  # noqa: BLE001  whatever a resolver raises is the field's error
        run.fail(error, field, field.value, place)
        return None
    return finish(run, field, field.value, place, result)


def finish(run: Run, field: Field, value: Value, place: Place, result: Any) -> Any:
    """Complete what a resolver answered, or an item of it, and take its errors."""
    try:
        if run.is_awaitable(result):
            return _when_it_comes(run, field, value, place, result)
        completed = complete(run, field, value, place, result)
        if completed.__class__ not in PLAIN and run.is_awaitable(completed):
            return rescued(run, field, value, place, completed)
    except Exception as error:  # noqa: BLE001
        run.fail(error, field, value, place)
        return None
    return completed


async def rescued(run: Run, field: Field, value: Value, place: Place, completed: Awaitable[Any]) -> Any:
    """What is being completed; its error is this value's."""
    try:
        return await completed
    except Exception as error:  # noqa: BLE001
        run.fail(error, field, value, place)
        return None


def complete(run: Run, field: Field, value: Value, place: Place, result: Any) -> Any:
    """CompleteValue of the specification, section 6.4.3. Raises whatever is wrong with it."""
    if isinstance(result, Exception):
        raise result
    if result is None or result is Undefined:
        if value.required:
            raise null_in(field)
        return None
    if value.items is not None:
        return _complete_list(run, field, value, place, result)
    if value.leaf is not None:
        return value.leaf(result)
    if value.is_abstract:
        return _complete_abstract(run, field, value, place, result)
    if result.__class__ is value.origin and (value.fits is None or value.fits(result, None)):
        return run.plan.subselect(field, value.named).read(run, result, place)
    return _complete_object(run, field, value.named, place, result)


def null_in(field: Field) -> TypeError:
    """A field that must not be null is."""
    return TypeError(f"Cannot return null for non-nullable field {field.parent}.{field.name}.")


def resume(
    run: Run,
    selection: Selection,
    source: Any,
    place: Place | None,
    found: dict[str, Any],
    waiting: list[str],
    at: int,
    error: Exception,
) -> Any:
    """Go on with a selection whose field number `at` failed: take its error, then read the others one by one."""
    try:
        field = selection.fields[at]
        run.fail(error, field, field.value, (place, field.key, selection.type.name))
        found[field.key] = None
        for field in selection.fields[at + 1 :]:
            take(run, found, waiting, field.key, read_field(run, field, source, _of(selection, place, field)))
    except Exception:
        _abandon([found[key] for key in waiting])
        raise
    return gathered(found, waiting) if waiting else found


def resume_list(
    run: Run,
    field: Field,
    value: Value,
    rest: Iterator[Any],
    place: Place,
    found: list[Any],
    waiting: list[int],
    error: Exception | None,
) -> Any:
    """Go on with a list whose last item failed (or, without an error, from its beginning), item by item."""
    assert value.items is not None
    try:
        if error is not None:
            run.fail(error, field, value.items, (place, len(found), None))
            found.append(None)
        for item in rest:
            completed = finish(run, field, value.items, (place, len(found), None), item)
            if completed.__class__ not in PLAIN and run.is_awaitable(completed):
                waiting.append(len(found))
            found.append(completed)
    except Exception:
        _abandon([*(found[index] for index in waiting), *(item for item in rest if run.is_awaitable(item))])
        raise
    return gathered(found, waiting) if waiting else found


def take(run: Run, found: dict[str, Any], waiting: list[str], key: str, completed: Any) -> None:
    """Put a field's value in its place, and remember it when it has yet to come."""
    found[key] = completed
    if completed.__class__ not in PLAIN and run.is_awaitable(completed):
        waiting.append(key)


async def gathered(found: Any, waiting: list[Any]) -> Any:
    """`found`, once everything in it has come."""
    if len(waiting) == 1:
        found[waiting[0]] = await found[waiting[0]]
    else:
        for key, value in zip(waiting, await gather_with_cancel(*(found[key] for key in waiting)), strict=True):
            found[key] = value
    return found


async def _when_it_comes(run: Run, field: Field, value: Value, place: Place, result: Awaitable[Any]) -> Any:
    try:
        completed = complete(run, field, value, place, await result)
        if completed.__class__ not in PLAIN and run.is_awaitable(completed):
            completed = await completed
    except Exception as error:  # noqa: BLE001
        run.fail(error, field, value, place)
        return None
    return completed


def _one_after_another(run: Run, source: Any, place: None) -> Any:
    # A mutation's fields: each begins when the one before it is done.
    found: dict[str, Any] = {}
    fields = iter(run.plan.root.fields)
    for field in fields:
        completed = read_field(run, field, source, _of(run.plan.root, place, field))
        if completed.__class__ not in PLAIN and run.is_awaitable(completed):
            return _awaiting_each(run, source, found, field, completed, fields)
        found[field.key] = completed
    return found


async def _awaiting_each(
    run: Run, source: Any, found: dict[str, Any], field: Field, completed: Awaitable[Any], rest: Iterator[Field]
) -> dict[str, Any]:
    found[field.key] = await completed
    for after in rest:
        value = read_field(run, after, source, _of(run.plan.root, None, after))
        found[after.key] = await value if run.is_awaitable(value) else value
    return found


def _complete_list(run: Run, field: Field, value: Value, place: Place, result: Any) -> Any:
    if value.read_list is not None and (result.__class__ is list or result.__class__ is tuple):
        return value.read_list(run, result, place)
    if run.executor.is_async_iterable(result):
        return _complete_async_list(run, field, value, place, result.__aiter__())
    if not is_iterable(result):
        raise GraphQLError(f"Expected Iterable, but did not find one for field '{field.parent}.{field.name}'.")
    return resume_list(run, field, value, iter(result), place, [], [], None)


async def _complete_async_list(run: Run, field: Field, value: Value, place: Place, items: Any) -> Any:
    found: list[Any] = []
    waiting: list[int] = []
    assert value.items is not None
    try:
        while True:
            try:
                item = await anext(items)
            except StopAsyncIteration:
                break
            except Exception as error:
                raise located_error(error, field.nodes, keys(place)) from error
            completed = finish(run, field, value.items, (place, len(found), None), item)
            if completed.__class__ not in PLAIN and run.is_awaitable(completed):
                waiting.append(len(found))
            found.append(completed)
    except Exception:
        if hasattr(items, "aclose"):
            await items.aclose()
        _abandon([found[index] for index in waiting])
        raise
    return await gathered(found, waiting) if waiting else found


def _complete_abstract(run: Run, field: Field, value: Value, place: Place, result: Any) -> Any:
    abstract: Any = value.named
    which = (abstract.resolve_type or run.executor.type_resolver)(result, run.info(field, place), abstract)
    if run.is_awaitable(which):
        return _when_its_type_comes(run, field, value, place, result, which)
    return _complete_object(run, field, _runtime_type(run, field, value, result, which), place, result)


async def _when_its_type_comes(
    run: Run, field: Field, value: Value, place: Place, result: Any, which: Awaitable[Any]
) -> Any:
    runtime_type = _runtime_type(run, field, value, result, await which)
    completed = _complete_object(run, field, runtime_type, place, result)
    return await completed if run.is_awaitable(completed) else completed


def _runtime_type(run: Run, field: Field, value: Value, result: Any, which: Any) -> GraphQLObjectType:
    schema = run.executor.schema
    found = schema.get_type(which) if isinstance(which, str) else None
    if isinstance(found, GraphQLObjectType) and schema.is_sub_type(value.named, found):
        return found
    # Judged by graphql-core itself, whose words for what can be wrong are many.
    return cast("GraphQLObjectType", run.executor.refuse_type(which, value.named, field, result))


def _complete_object(run: Run, field: Field, of: GraphQLObjectType, place: Place, result: Any) -> Any:
    if of.is_type_of is not None:
        fits = of.is_type_of(result, run.info(field, place))
        if run.is_awaitable(fits):
            return _when_it_fits(run, field, of, place, result, cast("Awaitable[bool]", fits))
        if not fits:
            raise _wrong_type(field, of, result)
    return run.plan.subselect(field, of).read(run, result, place)


async def _when_it_fits(
    run: Run, field: Field, of: GraphQLObjectType, place: Place, result: Any, fits: Awaitable[bool]
) -> Any:
    if not await fits:
        raise _wrong_type(field, of, result)
    completed = run.plan.subselect(field, of).read(run, result, place)
    return await completed if run.is_awaitable(completed) else completed


def _wrong_type(field: Field, of: GraphQLObjectType, result: Any) -> GraphQLError:
    return GraphQLError(f"Expected value of type '{of}' but got: {inspect(result)}.", field.nodes)


def _of(selection: Selection, place: Place | None, field: Field) -> Place:
    return (place, field.key, selection.type.name)


def _path(place: Place | None) -> Any:
    return None if place is None else Path(_path(place[0]), *place[1:])


def _abandon(awaitables: Iterable[Any]) -> None:
    # Nobody waits for them any more, but they must be settled, and their errors looked at.
    pending = list(awaitables)
    if pending:
        task = asyncio.gather(*pending, return_exceptions=True)
        _abandoned.add(task)
        task.add_done_callback(_abandoned.discard)


_abandoned: set[Any] = set()
