"""The contract as a whole: everything in it says what it is."""

from graphql import GraphQLEnumType, GraphQLScalarType

from backend.schema import schema, text


def test_every_type_field_and_input_is_described() -> None:
    silent = []
    for name, kind in schema._schema.type_map.items():
        if name.startswith("__") or (isinstance(kind, GraphQLScalarType) and kind.description):
            continue
        if not kind.description:
            silent.append(name)
        if not isinstance(kind, GraphQLEnumType):
            silent += [f"{name}.{field}" for field, of in getattr(kind, "fields", {}).items() if not of.description]
    assert silent == []


def test_it_prints_the_same_each_time() -> None:
    assert text() == text()
