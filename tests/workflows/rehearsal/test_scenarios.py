"""Every rehearsal of the set holds: on SQLite, and on PostgreSQL where one is named."""

import os
from pathlib import Path

import pytest

from workflows.rehearsal.theatre import rehearse

FILES = sorted((Path(__file__).parents[2] / "rehearsals").rglob("*.toml"))
POSTGRES = os.environ.get("LASTCALL_TEST_POSTGRES")


def _check(url: str | None) -> None:
    reports = list(rehearse(FILES, url))
    assert len(reports) == len(FILES) >= 32
    assert [f"{each.title}: {failure}" for each in reports for failure in each.failures] == []


def test_all_hold_on_sqlite() -> None:
    _check(None)


@pytest.mark.postgres
@pytest.mark.skipif(POSTGRES is None, reason="LASTCALL_TEST_POSTGRES names no database")
def test_all_hold_on_postgresql() -> None:
    _check(POSTGRES)
