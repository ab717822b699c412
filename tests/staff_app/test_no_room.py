"""A full disk and one that may only be read: a clear page, a line of the log, nothing half-written."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, event, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError, ProgrammingError
from structlog.testing import capture_logs

from tests import acts, databases
from tests.conftest import MONDAY, World
from tests.staff_app.people_at_work import Person, words
from workflows import trouble
from workflows.config import Secrets
from workflows.db import db
from workflows.desk import Desk
from workflows.records import Case, Event

pytestmark = pytest.mark.skipif(databases.on_postgres(), reason="a file of SQLite")
LONG = "Long words. " * 20_000


def _mounted(*words: str) -> bool:
    try:
        return subprocess.run(["mount", *words], capture_output=True).returncode == 0
    except OSError:
        return False


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with room for a few megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    if (
        os.name != "posix"
        or os.getuid() != 0
        or not _mounted("-t", "tmpfs", "-o", "size=3m", "tmpfs", str(place))
    ):
        pytest.skip("needs root, to mount a small file system")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture
def secrets(request: pytest.FixtureRequest, secrets: Secrets) -> Secrets:
    """On the small disk where a test asks for it."""
    if "small_disk" not in request.fixturenames:
        return secrets
    file = Path(make_url(secrets.database_url).database or "")
    place = request.getfixturevalue("small_disk") / "lastcall.db"
    place.write_bytes(file.read_bytes())
    return Secrets(**{**vars(secrets), "database_url": f"sqlite:///{place}"})


def fill(place: Path) -> Path:
    """Takes all the room that is left."""
    filler = place / "filler"
    with suppress(OSError), filler.open("wb") as file:
        while True:
            file.write(b"x" * 4096)
            file.flush()
    return filler


def _notes(desk: Desk) -> int:
    found = desk.session.scalar(select(func.count(Event.id)).where(Event.name == "note")) or 0
    desk.session.rollback()
    return found


@pytest.mark.usefixtures("acme")
def test_a_full_disk_keeps_what_was_typed(
    app: Flask, desk: Desk, world: World, agent: Person, small_disk: Path
) -> None:
    case = acts.submit(desk, MONDAY)
    path = f"/cases/{case.reference}/note"
    form = {**agent.form(path), "csrf_token": agent.csrf(), "text": LONG}
    filler = fill(small_disk)
    with capture_logs() as said:
        answer = agent.client.post(path, data=form)
    assert answer.status_code == 503
    assert "The disk of the database is full." in words(answer)
    assert "Nothing of what you sent was written down." in words(answer)
    assert LONG.strip() in words(answer)
    troubles = [each for each in said if each["event"] == "database_trouble"]
    assert [each["why"] for each in troubles] == [trouble.FULL]
    assert _notes(desk) == 0
    filler.unlink()
    assert agent.client.post(path, data=form).status_code == 303
    assert _notes(desk) == 1


@pytest.mark.usefixtures("acme")
def test_a_disk_that_may_only_be_read(
    app: Flask, desk: Desk, engine: Engine, agent: Person, small_disk: Path
) -> None:
    case = acts.submit(desk, MONDAY)
    form = {**agent.form(f"/cases/{case.reference}/note"), "csrf_token": agent.csrf(), "text": "Words"}
    desk.session.close()
    engine.dispose()
    with app.app_context():
        db.engine.dispose()
    if not _mounted("-o", "remount,ro", str(small_disk)):
        pytest.skip("the file system cannot be set to read only")
    answer = agent.client.post(f"/cases/{case.reference}/note", data=form)
    assert answer.status_code == 503
    assert "What you typed is kept" in words(answer)
    assert "Send again" in words(answer)


@pytest.fixture
def only_read(app: Flask) -> Iterator[None]:
    def refuse(connection: object, _record: object) -> None:
        connection.execute("PRAGMA query_only = ON")  # type: ignore[attr-defined]

    with app.app_context():
        db.engine.dispose()
        event.listen(db.engine, "connect", refuse)
        engine = db.engine
    yield
    event.remove(engine, "connect", refuse)


@pytest.mark.usefixtures("acme")
def test_pages_are_shown_while_only_reading(
    app: Flask, desk: Desk, agent: Person, request: pytest.FixtureRequest
) -> None:
    case = acts.submit(desk, MONDAY)
    form = {**agent.form(f"/cases/{case.reference}/note"), "csrf_token": agent.csrf(), "text": "Kept words"}
    request.getfixturevalue("only_read")
    assert agent.get("/queue").status_code == 200
    with capture_logs() as said:
        answer = agent.client.post(f"/cases/{case.reference}/note", data=form)
    assert answer.status_code == 503
    assert "The database can only be read." in words(answer)
    assert "Kept words" in words(answer)
    assert any(each.get("why") == trouble.READ_ONLY and "readonly" in each["words"] for each in said)
    assert _notes(desk) == 0


@pytest.mark.usefixtures("acme")
def test_store_and_customers_are_told_too(app: Flask, desk: Desk, request: pytest.FixtureRequest) -> None:
    desk.session.commit()
    request.getfixturevalue("only_read")
    asked = {
        "account": "acme",
        "locations": ["HQ"],
        "switches": ["HQ"],
        "requested_for": (MONDAY + timedelta(days=11)).date().isoformat(),
        "reason": "Closing",
        "by": "pat@acme.example",
        "confirmed": True,
    }
    headers = {"Authorization": "Bearer api-token", "Idempotency-Key": "one"}
    answer = app.test_client().post("/api/v1/requests", json=asked, headers=headers)
    assert answer.status_code == 503
    assert answer.get_json()["type"].endswith("/not-ready")
    assert trouble.READ_ONLY in answer.get_json()["detail"]
    assert desk.session.scalar(select(func.count(Case.id))) == 0
    desk.session.rollback()


def _wrong(
    words: str, sqlstate: str | None = None, kind: Callable[..., Exception] = OperationalError
) -> Exception:
    cause = Exception(words)
    cause.sqlstate = sqlstate  # type: ignore[attr-defined]
    return kind("UPDATE", {}, cause)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (_wrong("database or disk is full"), trouble.FULL),
        (_wrong("disk I/O error"), trouble.FULL),
        (_wrong("could not extend file", "53100"), trouble.FULL),
        (_wrong("attempt to write a readonly database"), trouble.READ_ONLY),
        (_wrong("cannot execute UPDATE in a read-only transaction", "25006"), trouble.READ_ONLY),
        (_wrong("database is locked"), trouble.BUSY),
        (_wrong("canceling statement due to lock timeout", "55P03"), trouble.BUSY),
        (_wrong("connection refused"), trouble.AWAY),
        (_wrong("no such table: kase", kind=ProgrammingError), ""),
    ],
)
def test_the_words_for_each_trouble(wrong: OperationalError, said: str) -> None:
    assert trouble.of(wrong) == said
