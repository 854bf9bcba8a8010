"""The operations this server knows: the phone app's own by id, and those it has read lately."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode, parse, specified_rules, validate
from graphql.validation import MaxIntrospectionDepthRule
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from backend.kit.errors import Refused
from backend.kit.graphql import limits

PREFIX = "sha256:"
REMEMBERED_MAX = 256
ERRORS_MAX = 5
RULES = (*specified_rules, MaxIntrospectionDepthRule, MaybeNullValidationRule, OneOfInputValidationRule)


class DocumentsDoNotFit(Refused):
    """The phone app was built for another schema. Build it again."""


@dataclass(frozen=True)
class Read:
    """A document as it was read: `errors` when it cannot be run."""

    document: DocumentNode | None
    errors: tuple[GraphQLError, ...] = ()


class Documents:
    """Reads each text once: parsing and validating cost ten times what a small query does."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._trusted: dict[str, DocumentNode] = {}
        self._labels: dict[str, str] = {}
        self._read = lru_cache(REMEMBERED_MAX)(self._read_anew)
        self.edition = 0
        """Rises when other documents are trusted."""

    def trust(self, manifest: Mapping[str, Any]) -> None:
        """From now on run these, `sha256:…` → text, by id alone and without limits. Raises DocumentsDoNotFit.

        What was trusted before is not read again.
        """
        trusted = {name: self._fitting(name, text) for name, text in manifest.items()}
        self.edition += trusted != self._trusted
        self._trusted = trusted
        self._labels = {name: label for name, document in trusted.items() if (label := _label(document))}

    def trust_file(self, path: Path) -> None:
        """`trust` what the phone app's build wrote; nothing when there is none. Raises DocumentsDoNotFit."""
        if not path.exists():
            return
        try:
            manifest = orjson.loads(path.read_bytes())
        except orjson.JSONDecodeError as error:
            raise DocumentsDoNotFit(f"{path.name} is no JSON: {error}") from error
        if not isinstance(manifest, dict):
            raise DocumentsDoNotFit(f"{path.name} is no object of ids and texts.")
        self.trust(manifest)

    def trusted(self, name: str) -> Read:
        """The document with this id."""
        if document := self._trusted.get(name):
            return Read(document)
        # The code that clients of persisted queries know.
        unknown = GraphQLError("There is no such document here.", extensions={"code": "PERSISTED_QUERY_NOT_FOUND"})
        return Read(None, (unknown,))

    def label(self, text: str) -> str:
        """What metrics call it: its first operation's name if it is trusted, else `other`.

        What a caller may spell is no name.
        """
        return self._labels.get(text, "other")

    def ad_hoc(self, text: str) -> Read:
        """The document in `text`, if it keeps the limits and fits the schema."""
        return self._read(text)

    def _fitting(self, name: str, text: Any) -> DocumentNode:
        if not isinstance(text, str) or name != PREFIX + hashlib.sha256(text.encode()).hexdigest():
            raise DocumentsDoNotFit(f"The phone app's document {name} is not the text its id says.")
        if fits := self._trusted.get(name):
            return fits
        try:
            document = parse(text, no_location=True)
        except GraphQLError as error:
            raise DocumentsDoNotFit(f"The phone app's document {name} cannot be read: {error.message}") from error
        if errors := validate(self._schema, document, RULES):
            raise DocumentsDoNotFit(f"The phone app's document {name} does not fit the schema: {errors[0].message}")
        return document

    def _read_anew(self, text: str) -> Read:
        try:
            document = parse(text, max_tokens=limits.TOKENS_MAX)
        except GraphQLError as error:
            return Read(None, (error,))
        if beyond := limits.beyond(document):
            return Read(None, (beyond,))
        errors = validate(self._schema, document, RULES, max_errors=ERRORS_MAX, hide_suggestions=True)
        return Read(document, tuple(errors))


def _label(document: DocumentNode) -> str | None:
    first = next((one for one in document.definitions if isinstance(one, OperationDefinitionNode)), None)
    return first.name.value if first is not None and first.name else None
