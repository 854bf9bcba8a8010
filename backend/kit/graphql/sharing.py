"""Which subscriptions give everybody the same answer, so that one execution serves all who asked the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLField,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_operation_ast,
    visit,
)
from strawberry.types.field import StrawberryField

from backend.kit.graphql.trusted_documents import PREFIX, Documents

REMEMBERED_MAX = 256
SHARED: Mapping[Any, Any] = {"shared": True}
"""Metadata of a subscription whose function watches by `kit.watching.watch`: for all who ask the same at once."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked, to the letter: whoever asked something else, or for other variables, is not meant."""

    document: str
    operation_name: str | None
    variables: bytes

    def given(self) -> Any:
        """The variables as they came."""
        return orjson.loads(self.variables)


class Sharing:
    """Judges each document once.

    Its answer is shared when its subscription says so and no function of any field in it can ask who is asking: none
    takes `info`, has permissions or extensions. What is not sure runs for each caller on its own.
    """

    def __init__(self, schema: GraphQLSchema, documents: Documents) -> None:
        self._schema, self._documents = schema, documents
        self._judged = lru_cache(REMEMBERED_MAX)(self._judge)

    def asked(self, payload: Mapping[str, Any]) -> Asked | None:
        """What a subscriber asked, if others may hear the same answer; `payload` is that of her message."""
        document, name = payload.get("query"), payload.get("operationName")
        if not isinstance(document, str) or not isinstance(name, str | None) or not self._judged(document, name):
            return None
        return Asked(document, name, orjson.dumps(payload.get("variables"), option=orjson.OPT_SORT_KEYS))

    def _judge(self, text: str, name: str | None) -> bool:
        read = self._documents.trusted(text) if text.startswith(PREFIX) else self._documents.ad_hoc(text)
        if read.document is None or read.errors:
            return False
        operation = get_operation_ast(read.document, name)
        if operation is None or operation.operation is not OperationType.SUBSCRIPTION:
            return False
        return self._says_so(operation) and self._is_for_all(read.document)

    def _says_so(self, operation: OperationDefinitionNode) -> bool:
        root, (first, *rest) = self._schema.subscription_type, operation.selection_set.selections
        if root is None or rest or not isinstance(first, FieldNode):
            return False
        definition = _definition_of(root.fields.get(first.name.value))
        return definition is not None and bool(definition.metadata.get("shared"))

    def _is_for_all(self, document: DocumentNode) -> bool:
        types = TypeInfo(self._schema)
        looking = _Looking(types)
        visit(document, TypeInfoVisitor(types, looking))
        return looking.is_for_all


class _Looking(Visitor):
    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self.types, self.is_for_all = types, True

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        definition = _definition_of(self.types.get_field_def())
        self.is_for_all &= node.name.value == "__typename" or (definition is not None and _cannot_ask(definition))


def _cannot_ask(field: StrawberryField) -> bool:
    if field.extensions or field.permission_classes or type(field).get_result is not StrawberryField.get_result:
        return False
    return field.base_resolver is None or field.base_resolver.info_parameter is None


def _definition_of(field: GraphQLField | None) -> StrawberryField | None:
    found = field.extensions.get("strawberry-definition") if field else None
    return found if isinstance(found, StrawberryField) else None
