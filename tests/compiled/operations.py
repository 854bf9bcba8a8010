"""Valid operations at random, over any schema."""

import random
from collections.abc import Iterator

from graphql import (
    GraphQLField,
    GraphQLInputType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_enum_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)

DEPTHS = (1, 1, 2, 2, 3, 4)
"""How deep operations go: most are small, and some are large."""
FIELDS_MAX = 3


class Writer:
    """Writes one operation; `variables` are what it is run with."""

    def __init__(self, schema: GraphQLSchema, happens: random.Random) -> None:
        self.schema, self.happens = schema, happens
        self.declared: dict[str, str] = {}
        self.variables: dict[str, object] = {}
        self.fragments: list[str] = []
        self.aliases = 0
        self.depth_max = happens.choice(DEPTHS)

    def operation(self) -> str:
        """The document."""
        kind = "mutation" if self.schema.mutation_type and self.happens.random() < 0.15 else "query"
        root = self.schema.mutation_type if kind == "mutation" else self.schema.query_type
        assert root is not None
        body = self.selection(root, 0)
        declared = ", ".join(f"${name}: {of}" for name, of in self.declared.items())
        head = f"{kind} It({declared})" if declared else f"{kind} It"
        return "\n".join([f"{head} {body}", *self.fragments])

    def selection(self, of: object, depth: int) -> str:
        parts = list(self._parts(of, depth))
        self.happens.shuffle(parts)
        return "{ " + " ".join(parts or ["__typename"]) + " }"

    def _parts(self, of: object, depth: int) -> Iterator[str]:
        if self.happens.random() < 0.2:
            yield "__typename" + self.left_out()
        fields = list(getattr(of, "fields", {}).items())
        leaves_only = depth >= self.depth_max
        usable = [one for one in fields if not leaves_only or is_leaf_type(get_named_type(one[1].type))]
        for name, field in self.happens.sample(usable, min(len(usable), self.happens.randint(1, FIELDS_MAX))):
            yield self.field(name, field, depth)
        if is_abstract_type(of):
            for possible in self.schema.get_possible_types(of):
                if self.happens.random() < 0.7:
                    yield self.spread(possible, depth)
        elif isinstance(of, GraphQLObjectType) and self.happens.random() < 0.15:
            yield self.spread(self.happens.choice([of, *of.interfaces]), depth)

    def field(self, name: str, field: GraphQLField, depth: int) -> str:
        # Every use has a name of its own, so that no two of them disagree about arguments or types.
        self.aliases += 1
        of, called = get_named_type(field.type), f"{name}_{self.aliases}: {name}"
        given = [
            self.argument(key, of_argument.type)
            for key, of_argument in field.args.items()
            if self.wanted(of_argument.type)
        ]
        arguments = f"({', '.join(given)})" if given else ""
        below = "" if is_leaf_type(of) else " " + self.selection(of, depth + 1)
        return f"{called}{arguments}{self.left_out()}{below}"

    def spread(self, of: object, depth: int) -> str:
        below = self.selection(of, depth + 1)
        if self.happens.random() < 0.5:
            return f"... on {of}{self.left_out()} {below}"
        name = f"F{len(self.fragments)}"
        self.fragments.append(f"fragment {name} on {of} {below}")
        again = f" ...{name}" if self.happens.random() < 0.2 else ""
        return f"...{name}{self.left_out()}{again}"

    def wanted(self, of: GraphQLInputType) -> bool:
        return is_non_null_type(of) or self.happens.random() < 0.6

    def argument(self, name: str, of: GraphQLInputType) -> str:
        if self.happens.random() < 0.4:
            return f"{name}: ${self.variable(of)}"
        return f"{name}: {self.literal(of)}"

    def variable(self, of: GraphQLInputType) -> str:
        name = f"v{len(self.declared)}"
        self.declared[name] = str(of)
        value = self.value(of)
        if value is not None or not self.happens.random() < 0.5:
            self.variables[name] = value
        return name

    def left_out(self) -> str:
        if self.happens.random() > 0.15:
            return ""
        which = self.happens.choice(("skip", "include"))
        if self.happens.random() < 0.5:
            return f" @{which}(if: {self.happens.choice(('true', 'false'))})"
        name = f"v{len(self.declared)}"
        self.declared[name], self.variables[name] = "Boolean!", self.happens.random() < 0.5
        return f" @{which}(if: ${name})"

    def value(self, of: GraphQLInputType) -> object:
        if is_non_null_type(of):
            return self.value(of.of_type)
        if is_list_type(of):
            return [self.value(of.of_type) for _ in range(self.happens.randrange(3))]
        if is_enum_type(of):
            return self.happens.choice(list(of.values))
        if hasattr(of, "fields"):
            return {key: self.value(one.type) for key, one in of.fields.items()}
        return {
            "Int": self.happens.choice((1, 2, 2**31)) if self.happens.random() < 0.05 else 1,
            "Boolean": True,
            "String": "x",
        }.get(str(of), "x")

    def literal(self, of: GraphQLInputType) -> str:
        if is_non_null_type(of):
            return self.literal(of.of_type)
        if is_list_type(of):
            return "[" + ", ".join(self.literal(of.of_type) for _ in range(self.happens.randrange(3))) + "]"
        if is_enum_type(of):
            return str(self.happens.choice(list(of.values)))
        if hasattr(of, "fields"):
            return "{" + ", ".join(f"{key}: {self.literal(one.type)}" for key, one in of.fields.items()) + "}"
        return {"Int": str(self.happens.randrange(3)), "Boolean": "true"}.get(str(of), '"x"')
