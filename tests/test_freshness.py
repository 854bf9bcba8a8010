"""What is committed beside the code says what the code says."""

from pathlib import Path

from backend.kit import migrating


def test_schema_graphql_is_what_the_code_says() -> None:
    from backend import schema

    committed = Path("schema.graphql").read_text(encoding="utf-8")
    assert committed == schema.text(), "run ./mall schema and commit what it wrote"


async def test_the_migrations_make_the_tables_of_the_models(database_url: str) -> None:
    assert await migrating.drift(database_url) == [], "a migration is missing"
