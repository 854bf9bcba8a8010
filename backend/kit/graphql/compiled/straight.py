"""A selection set as a Python function that reads its fields straight from an object.

The function is written for what nearly always comes: attributes and functions that answer at once, of the class and
the scalar type that the schema says. It counts the fields it has begun. An exception at field `at`, an odd value or
something to wait for is handed to `running`, which takes it from there, so nothing is ever asked twice.

    def read(run, source, place):
        found, waiting, at = {}, [], 0
        try:
            v = source.sku
            if v.__class__ is not str: v = finish(run, F0, F0.value, (place, 'sku', 'Reward'), v)
            found['sku'] = v
            at = 1
            …
        except Exception as error:
            return resume(run, selection, source, place, found, waiting, at, error)
        return gathered(found, waiting) if waiting else found
"""

from collections.abc import Callable, Iterable
from typing import Any

from graphql import (
    GRAPHQL_MAX_INT,
    GRAPHQL_MIN_INT,
    GraphQLBoolean,
    GraphQLID,
    GraphQLInt,
    GraphQLObjectType,
    GraphQLString,
)
from graphql.pyutils import Undefined
from strawberry.types.info import Info

from backend.kit.graphql.compiled import running
from backend.kit.graphql.compiled.beginning import begun
from backend.kit.graphql.compiled.plan import Field, Selection, Value
from backend.kit.graphql.compiled.resolving import DEFINITION, Whereabouts
from backend.kit.graphql.compiled.unchanging import changing, is_read_once, keep

AS_THEY_ARE = {
    GraphQLString: "v.__class__ is str",
    GraphQLID: "v.__class__ is str",
    GraphQLBoolean: "v.__class__ is bool",
    GraphQLInt: f"v.__class__ is int and {GRAPHQL_MIN_INT} <= v <= {GRAPHQL_MAX_INT}",
}
"""Leaf types, and which of their values go out as they are."""


class _Function:
    """Source text under way, and the names it uses."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.names: dict[str, Any] = {
            "Info": Info,
            "Whereabouts": Whereabouts,
            "begun": begun,
            "finish": running.finish,
            "gathered": running.gathered,
            "read_field": running.read_field,
            "rescued": running.rescued,
            "resume": running.resume,
            "resume_list": running.resume_list,
            "take": running.take,
            "keep": keep,
            "Undefined": Undefined,
        }

    def add(self, depth: int, *lines: str) -> None:
        self.lines += ["    " * depth + line for line in lines]

    def name(self, kind: str, thing: Any) -> str:
        name = f"{kind}{len(self.names)}"
        self.names[name] = thing
        return name

    def made(self, name: str) -> Callable[..., Any]:
        source = "\n".join(self.lines)
        exec(compile(source, f"<plan {name}>", "exec"), self.names)  # noqa: S102  written here, of names made here
        made: Callable[..., Any] = self.names[name]
        made.__doc__ = source
        return made


def reader(selection: Selection, select: Callable[[Field, GraphQLObjectType], Selection]) -> Callable[..., Any]:
    """The function that reads `selection` from an object. `select`: what is asked of a field's value."""
    made = _Function()
    itself = made.name("selection", selection)
    made.add(0, "def read(run, source, place):")
    if not is_read_once(_origin(selection.type)):
        _fields(made, selection, itself, enumerate(selection.fields), select, found="{}")
        made.add(1, "return gathered(found, waiting) if waiting else found")
        return made.made("read")
    made.add(1, f"kept = source.once.get({itself})", "if kept is None or kept[0] is not run.arguments:")
    made.add(2, "return read_all(run, source, place)")
    _fields(made, selection, itself, changing(selection), select, found="kept[1].copy()")
    made.add(1, "return gathered(found, waiting) if waiting else found")
    made.add(0, "def read_all(run, source, place):")
    _fields(made, selection, itself, enumerate(selection.fields), select, found="{}")
    made.add(1, "if waiting: return gathered(found, waiting)")
    made.add(1, f"return found if run.errors else keep(source.once, {itself}, run.arguments, found)")
    return made.made("read")


def _fields(
    made: _Function, selection: Selection, itself: str, fields: Iterable[tuple[int, Field]], select: Any, *, found: str
) -> None:
    made.add(1, f"found, waiting, at = {found}, [], 0", "try:")
    for number, field in fields:
        made.add(2, f"at = {number}")
        _read(made, selection, field, select)
    made.add(2, "pass")
    made.add(1, "except Exception as error:")
    made.add(2, f"return resume(run, {itself}, source, place, found, waiting, at, error)")


def _origin(of: GraphQLObjectType) -> type | None:
    definition = of.extensions.get(DEFINITION)
    return None if definition is None else (definition.concrete_of or definition).origin


def _read(made: _Function, selection: Selection, field: Field, select: Any) -> None:
    key, place = repr(field.key), f"(place, {field.key!r}, {selection.type.name!r})"
    if field.constant is not None:
        made.add(2, f"found[{key}] = {field.constant!r}")
        return
    itself = made.name("field", field)
    got = _got(made, field, itself, place)
    if got is None:
        made.add(2, f"take(run, found, waiting, {key}, read_field(run, {itself}, source, {place}))")
        return
    made.add(2, f"v = {got}")
    _completed(made, field, itself, place, select)
    made.add(2, f"found[{key}] = v")


def _got(made: _Function, field: Field, itself: str, place: str) -> str | None:
    if field.attribute is not None:
        return f"source.{field.attribute}"
    arguments = ["source"] + ([f"**run.arguments[{field.number}]"] if field.definition.args else [])
    if field.call is not None:
        return f"{made.name('call', field.call)}({', '.join(arguments)})"
    if (ask := field.ask) is None:
        return None
    if ask.info_name is not None:
        about = f"_raw_info=Whereabouts(run, {itself}, {place}), _field={made.name('definition', ask.definition)}"
        arguments.append(f"{ask.info_name}=Info({about})")
    called = f"{made.name('ask', ask.function)}({', '.join(arguments)})"
    return f"begun({called})" if ask.begins else called


def _completed(made: _Function, field: Field, itself: str, place: str, select: Any) -> None:
    # What is odd is finished by the general way; what then has yet to come is remembered.
    value, key = field.value, repr(field.key)
    odd = (f"v = finish(run, {itself}, {itself}.value, {place}, v)", f"take(run, found, waiting, {key}, v)")
    if value.leaf is not None:
        _leaf(made, value, odd)
    elif value.items is not None:
        made.add(2, "if v.__class__ is list or v.__class__ is tuple:")
        _descend(made, itself, place, key, f"{made.name('items', value.read_list)}(run, v, {place})", "list")
        _otherwise(made, value, odd)
    elif value.origin is not None:
        inner = made.name("inner", select(field, value.named))
        made.add(2, f"if {_is_one(made, value)}:")
        _descend(made, itself, place, key, f"{inner}.read(run, v, {place})", "dict")
        _otherwise(made, value, odd)
    elif value.classes:
        which, subselect = made.name("classes", value.classes), made.name("subselect", select)
        made.add(2, f"of = {which}.get(v.__class__)", "if of is not None and of.is_type_of(v, None):")
        _descend(made, itself, place, key, f"{subselect}({itself}, of).read(run, v, {place})", "dict")
        _otherwise(made, value, odd)
    else:
        made.add(2, "if False:", "    pass")
        _otherwise(made, value, odd)


def _leaf(made: _Function, value: Value, odd: tuple[str, ...]) -> None:
    as_it_is = AS_THEY_ARE.get(value.named)
    if as_it_is is not None:
        made.add(2, f"if {as_it_is}:", "    pass")
        _otherwise(made, value, odd)
        return
    members = getattr(value.named.extensions.get(DEFINITION), "wrapped_cls", None)
    if members is not None:
        assert value.leaf is not None
        names = {member: value.leaf(member) for member in members}
        # By its name, which is nearly always what goes out: an enum's own hash is a function of Python's.
        by_value = f"{made.name('names', names)}[v]"
        named = "v._name_" if all(member.name == name for member, name in names.items()) else by_value
        made.add(2, f"if v.__class__ is {made.name('members', members)}:", f"    v = {named}")
    else:
        coerce, leaf = made.name("coerce", value.named.coerce_output_value), made.name("leaf", value.leaf)
        made.add(2, f"if v.__class__ in {made.name('sure', running.SURE)}:", f"    w = {coerce}(v)")
        # What must not come of it is said by the general way.
        made.add(3, f"v = w if w is not None and w is not Undefined else {leaf}(v)")
    _otherwise(made, value, odd)


def _is_one(made: _Function, value: Value) -> str:
    same = f"v.__class__ is {made.name('origin', value.origin)}"
    return same if value.fits is None else f"{same} and {made.name('fits', value.fits)}(v, None)"


def _descend(made: _Function, itself: str, place: str, key: str, read: str, kind: str) -> None:
    made.add(3, f"v = {read}")
    made.add(3, f"if v.__class__ is not {kind}:")
    made.add(4, f"v = rescued(run, {itself}, {itself}.value, {place}, v)", f"waiting.append({key})")


def _otherwise(made: _Function, value: Value, odd: tuple[str, ...]) -> None:
    made.add(2, "else:" if value.required else "elif v is not None:")
    made.add(3, *odd)


def list_reader(field: Field, value: Value, select: Any) -> Callable[..., Any]:
    """The function that reads a list's items."""
    made, item = _Function(), value.items
    assert item is not None
    itself, of = made.name("field", field), made.name("value", value)
    made.add(0, "def read(run, items, place):")
    made.add(1, "found, waiting, rest = [], [], iter(items)")
    if item.origin is None and (item.leaf is None or AS_THEY_ARE.get(item.named) is None):
        made.add(1, f"return resume_list(run, {itself}, {of}, rest, place, found, waiting, None)")
        return made.made("read")
    made.add(1, "try:")
    made.add(2, "for v in rest:")
    _item(made, field, item, itself, of, select)
    made.add(1, "except Exception as error:")
    made.add(2, f"return resume_list(run, {itself}, {of}, rest, place, found, waiting, error)")
    made.add(1, "return gathered(found, waiting) if waiting else found")
    return made.made("read")


def _item(made: _Function, field: Field, item: Value, itself: str, of: str, select: Any) -> None:
    place = "(place, len(found), None)"
    if item.leaf is not None:
        made.add(3, f"if not ({AS_THEY_ARE[item.named]}):")
    else:
        inner = made.name("inner", select(field, item.named))
        made.add(3, f"if {_is_one(made, item)}:")
        made.add(4, f"v = {inner}.read(run, v, {place})", "if v.__class__ is not dict:")
        made.add(5, f"v = rescued(run, {itself}, {of}.items, {place}, v)", "waiting.append(len(found))")
        made.add(3, "else:")
    made.add(4, f"v = finish(run, {itself}, {of}.items, {place}, v)")
    made.add(4, "if run.is_awaitable(v): waiting.append(len(found))")
    made.add(3, "found.append(v)")
