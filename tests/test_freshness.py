"""What is committed beside the code says what the code says."""

import pkgutil
from importlib import import_module
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlmodel import SQLModel

import backend
from tests.fresh_databases import SqliteDatabases


def test_schema_graphql_is_what_the_code_says() -> None:
    from backend import schema

    committed = Path("schema.graphql").read_text(encoding="utf-8")
    assert committed == schema.printed(), "run ./mall schema and commit what it wrote"


def test_the_migrations_make_the_tables_of_the_models(sqlite_databases: SqliteDatabases, tmp_path: Path) -> None:
    import_every_model()
    engine = create_engine(sqlite_databases.fresh(tmp_path).replace("+aiosqlite", ""))
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), SQLModel.metadata)
    engine.dispose()
    assert differences == [], "write the migration that is missing"


def import_every_model() -> None:
    for module in pkgutil.walk_packages(backend.__path__, "backend."):
        if module.name.endswith(".models") or module.name.startswith("backend.kit."):
            import_module(module.name)
