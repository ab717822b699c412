"""Migrations go both ways, end where the records are, and keep what a database holds."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from tests import databases
from workflows import files, migrating
from workflows.records import Base


@pytest.fixture
def bare_url(tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database."""
    with databases.empty(tmp_path) as made:
        yield made


def seen(url: str) -> dict[str, Any]:
    """Tables, columns, indexes, uniques and checks, as the database itself tells them."""
    engine = create_engine(url)
    try:
        look = inspect(engine)
        return {
            table: {
                "columns": sorted((each["name"], each["nullable"]) for each in look.get_columns(table)),
                "indexes": sorted((str(each["name"]), each["unique"]) for each in look.get_indexes(table)),
                "uniques": sorted(str(each["name"]) for each in look.get_unique_constraints(table)),
                "checks": sorted(
                    (str(each["name"]), each["sqltext"]) for each in look.get_check_constraints(table)
                ),
                "keys": sorted(str(each["name"]) for each in look.get_foreign_keys(table)),
            }
            for table in look.get_table_names()
            if table != "alembic_version"
        }
    finally:
        engine.dispose()


def test_they_end_where_the_records_are(bare_url: str) -> None:
    migrating.to(bare_url)
    assert migrating.differences(bare_url) == []


def test_constraints_are_those_of_the_records(tmp_path: Path) -> None:
    migrated, made = tmp_path / "migrated", tmp_path / "made"
    for folder in (migrated, made):
        folder.mkdir()
    with databases.empty(migrated) as one, databases.template(made) as other:
        migrating.to(one)
        second = f"sqlite:///{other}" if not databases.on_postgres() else databases.named(other)
        assert seen(one) == seen(second)


def test_up_down_and_up_again(bare_url: str) -> None:
    for script in reversed(list(revisions().walk_revisions())):
        migrating.to(bare_url, script.revision)
        migrating.back_to(bare_url, str(script.down_revision or "base"))
        migrating.to(bare_url, script.revision)
    migrating.back_to(bare_url, "base")
    assert seen(bare_url) == {}
    migrating.to(bare_url)
    assert set(seen(bare_url)) == set(Base.metadata.tables)


def test_they_stand_in_one_line() -> None:
    assert len(revisions().get_heads()) == 1
    assert all(not script.is_merge_point for script in revisions().walk_revisions())


def test_a_database_knows_its_revision(bare_url: str) -> None:
    assert migrating.current(bare_url) is None
    migrating.to(bare_url)
    assert migrating.current(bare_url) == migrating.newest()


@pytest.mark.skipif(databases.on_postgres(), reason="the broken reference is made with SQLite's own means")
def test_a_broken_reference_is_found(bare_url: str) -> None:
    migrating.to(bare_url)
    engine = create_engine(bare_url)
    with engine.begin() as connection:
        person = "INSERT INTO person (account_id, email, name, phone, role) VALUES (7, '', '', '', '')"
        connection.execute(text(person))
    engine.dispose()
    with pytest.raises(RuntimeError, match="broke references"):
        migrating.to(bare_url)


def test_our_own_types_are_written_as_plain_ones() -> None:
    for path in (files.HERE / "migrations" / "versions").glob("*.py"):
        words = path.read_text("utf-8")
        assert "workflows" not in words
        assert "UTCDateTime" not in words


def revisions() -> ScriptDirectory:
    return ScriptDirectory(str(files.HERE / "migrations"))
