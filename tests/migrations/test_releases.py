"""The database of an earlier release upgrades without loss, and this release's rows are kept for the next.

`released/VERSION.json` holds the rows of a database that played a rehearsal with that release:
`python tests/migrations/test_releases.py VERSION` writes it, once, when a release is made."""

import json
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, Date, DateTime, Engine, MetaData, Table, create_engine, func, select
from sqlalchemy.orm import Session

HERE = Path(__file__).parent
sys.path[:0] = [] if __name__ != "__main__" else [str(HERE.parents[1])]

from tests import databases  # noqa: E402 - found by the line above when this is run as a program
from workflows import migrating, verifying  # noqa: E402
from workflows.db import with_manners  # noqa: E402

RELEASES = sorted((HERE / "released").glob("*.json"))
PLAYED = HERE.parent / "rehearsals" / "27-two-locations.toml"


def tables(engine: Engine) -> dict[str, Table]:
    """As the database itself tells them, parents first."""
    known = MetaData()
    known.reflect(engine)
    return {each.name: each for each in known.sorted_tables if each.name != "alembic_version"}


def rows(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    known = tables(engine)
    with engine.connect() as connection:
        return {
            name: [
                {key: _written(value) for key, value in row._mapping.items()}
                for row in connection.execute(select(table).order_by(*table.primary_key))
            ]
            for name, table in known.items()
        }


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _read(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    return {key: _as_column(table.c[key].type, value) for key, value in row.items()}


def _as_column(kind: Any, value: Any) -> Any:
    if value is None or isinstance(kind, JSON):
        return value
    if isinstance(kind, DateTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(kind, Date) else value


@pytest.fixture
def bare_url(tmp_path: Path) -> Iterator[str]:
    with databases.empty(tmp_path) as made:
        yield made


def test_every_revision_that_was_released_has_its_rows() -> None:
    assert RELEASES


@pytest.mark.parametrize("release", RELEASES, ids=lambda each: each.stem)
def test_a_release_upgrades_without_loss(release: Path, bare_url: str) -> None:
    kept = json.loads(release.read_text("utf-8"))
    migrating.to(bare_url, kept["revision"])
    engine = with_manners(create_engine(bare_url))
    fill(engine, kept["rows"])
    before = rows(engine)
    engine.dispose()
    migrating.to(bare_url)
    after = rows(engine)
    for name, each in before.items():
        assert [{key: new[key] for key in old} for old, new in zip(each, after[name], strict=True)] == each
    with Session(engine) as session:
        found = verifying.verify(session)
    assert (found.problems, found.lines) == ([], len(before["event"]))
    migrating.back_to(bare_url, kept["revision"])
    assert rows(engine) == before
    engine.dispose()


def fill(engine: Engine, kept: dict[str, list[dict[str, Any]]]) -> None:
    known = tables(engine)
    with engine.begin() as connection:
        for name, table in known.items():
            if kept.get(name):
                connection.execute(table.insert(), [_read(table, row) for row in kept[name]])
        assert connection.scalar(select(func.count()).select_from(known["case"]))


def write(version: str) -> None:
    """Plays a rehearsal into a migrated database and keeps its rows."""
    from workflows.rehearsal.language import read
    from workflows.rehearsal.player import play

    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/release.db"
        migrating.to(url)
        engine = with_manners(create_engine(url))
        with Session(engine, expire_on_commit=False) as session:
            assert play(read(PLAYED), session).ok
        kept = {"revision": migrating.newest(), "rows": rows(engine)}
        engine.dispose()
    text = json.dumps(kept, indent=0, ensure_ascii=False)
    (HERE / "released" / f"{version}.json").write_text(f"{text}\n", "utf-8")


if __name__ == "__main__":
    write(sys.argv[1])
