"""Changing the terms on the wire: every version there was, and the next one."""

from collections.abc import Mapping
from typing import Any, Self, cast

import strawberry
from sqlmodel import col, select
from strawberry.scalars import JSON

from backend.kit import db
from backend.kit.graphql import (
    OPERATOR_PAGE_MAX,
    Info,
    Moment,
    Refusal,
    how_many,
    operator_of,
    perform_audited,
    refusal,
)
from backend.programme import amending, models, publishing

CHANGES = (
    "Settings to lay over that version, as in its `document`: a JSON merge patch (RFC 7396). Objects are merged, "
    "lists and values replaced, null takes away. A misspelt setting is refused."
)


@strawberry.type(description="One setting of the terms that could not be kept.")
class TermsProblem:
    field: str = strawberry.field(description="Which setting: warning_days, expiry.months …")
    message: str = strawberry.field(description="Why not, in English.")


@refusal(amending.UnkeepableTerms)
class UnkeepableTerms(Refusal):
    problems: list[TermsProblem] = strawberry.field(description="What is wrong, at most 20.")

    @classmethod
    def of(cls, refused: amending.UnkeepableTerms) -> Self:
        """The refusal as data."""
        found = [TermsProblem(field=one.field, message=one.message) for one in refused.problems]
        return cls(code=refused.code, message=str(refused), problems=found)


@refusal(amending.TermsMovedOn)
class TermsMovedOn(Refusal):
    newest: int = strawberry.field(description="The newest version there is.")


@refusal(publishing.TooLateToChange)
class TooLateToChange(Refusal):
    pass


@strawberry.type(description="One version of the terms, for ever: nothing changes it.")
class TermsVersion:
    version: int = strawberry.field(description="1, 2, 3 …")
    effective_from: Moment = strawberry.field(description="In force from then until another version is.")
    published_at: Moment = strawberry.field(description="When it was written down.")
    published_by: str = strawberry.field(description="Who published it.")
    document: JSON = strawberry.field(description="Every setting. Points in points, money in minor units.")

    @classmethod
    def of(cls, row: models.PublishedTerms) -> Self:
        """The view of a row."""
        return cls(
            version=row.version,
            effective_from=row.effective_from,
            published_at=row.published_at,
            published_by=row.published_by,
            document=JSON(row.body),
        )


@strawberry.type
class OperatorFragment:
    @strawberry.field(description="Every version of the terms, newest first; announced ones too. At most 100.")
    async def terms_versions(self, first: int | None = 20) -> list[TermsVersion]:
        query = select(models.PublishedTerms).order_by(col(models.PublishedTerms.version).desc())
        async with db.read() as session:
            rows = await session.exec(query.limit(how_many(first, OPERATOR_PAGE_MAX)))
            return [TermsVersion.of(row) for row in rows]


@strawberry.input(description="What is to change in the terms, and from when.")
class PublishTermsInput:
    based_on: int = strawberry.field(
        description="The newest version as the operator saw it. The same change of it again does nothing."
    )
    changes: JSON = strawberry.field(description=CHANGES)
    effective_from: Moment | None = strawberry.field(
        default=None, description="From when, not in the past; null: at once. What was earned before keeps its dates."
    )


@strawberry.type(description="The version that was published, or why none was.")
class PublishTermsPayload:
    refusal: Refusal | None = strawberry.field(description="Why nothing happened; null when it did.")
    replayed: bool = strawberry.field(description="True: it says so already and nothing happened now.")
    published: TermsVersion | None = strawberry.field(description="Null when refused.")


@strawberry.type
class Mutation:
    @strawberry.mutation(
        description="For operators. Publish new terms without a restart: every process goes by them within seconds. "
        "Refused as UNKEEPABLE_TERMS, TERMS_MOVED_ON or TOO_LATE_TO_CHANGE."
    )
    async def publish_terms(self, info: Info, input: PublishTermsInput) -> PublishTermsPayload:  # noqa: A002
        outcome = await perform_audited(
            info,
            amending.at_terms(),
            amending.amend_terms,
            based_on=input.based_on,
            changes=cast(Mapping[str, Any], input.changes),
            effective_from=input.effective_from,
            published_by=f"operator:{operator_of(info)}",
        )
        published = TermsVersion.of(outcome.value) if outcome.value else None
        return PublishTermsPayload(refusal=outcome.refusal, replayed=outcome.replayed, published=published)
