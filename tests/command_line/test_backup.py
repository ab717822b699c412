"""Backup and restore, to the end: what was done after the backup is recognised as done, never repeated."""

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from command_line import backups
from tests import acts, databases
from tests.conftest import MONDAY, World
from workflows import brakes, heartbeat, migrating, restoring, rounds
from workflows.desk import Desk
from workflows.errors import Refused
from workflows.records import Call, Cancellation, Case, Event, Stop
from workflows.states import State

only_sqlite = pytest.mark.skipif(databases.on_postgres(), reason="PostgreSQL has its own programs")
Back = Callable[[], None]


@pytest.fixture
def migrated(database_url: str, monkeypatch: pytest.MonkeyPatch, engine: Engine) -> None:
    """The test's database counts as brought to this version."""
    monkeypatch.setattr(migrating, "current", lambda _url: migrating.newest())
    monkeypatch.setattr(migrating, "to", lambda _url: None)
    if not databases.on_postgres():
        with sqlite3.connect(path_of(database_url)) as known:
            known.execute("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32))")
        known.close()


def path_of(url: str) -> Path:
    return Path(make_url(url).database or "")


@pytest.fixture
def part(desk: Desk, world: World, acme: str) -> Cancellation:
    return acts.scheduled(desk, MONDAY)


@pytest.fixture
def terminated_after_the_backup(
    part: Cancellation, desk: Desk, world: World, engine: Engine, database_url: str, tmp_path: Path
) -> None:
    """A backup, a termination, and the backup comes back."""
    backups.copy(path_of(database_url), tmp_path / "backup.db")
    assert part.run_at is not None
    world.time.now = part.run_at
    world.work(desk.session)
    assert part.state == State.terminated
    desk.session.rollback()
    engine.dispose()
    world.time.pass_(hours=1)
    backups.copy(tmp_path / "backup.db", path_of(database_url))
    desk.session.expire_all()
    restoring.settle(desk, world.time.now)
    desk.session.commit()


@only_sqlite
@pytest.mark.usefixtures("terminated_after_the_backup")
def test_what_ended_after_the_backup_is_never_repeated(world: World, desk: Desk, part: Cancellation) -> None:
    applied = list(world.books.steps["HQ"])
    assert part.state == State.scheduled
    world.work(desk.session)
    assert part.state == State.requested
    [told] = [each for each in acts.events(desk, "recheck") if each.cancellation_id == part.id]
    assert "changed since the confirmation" in told.why
    restoring.compare(desk, world.time.now)
    brakes.start_again(desk, by=acts.staff(desk, "manager"), at=world.time.now)
    acts.confirm(desk, part, world.time.now, wanted=(world.time.now + timedelta(days=1)).date())
    assert part.run_at is not None
    world.time.now = part.run_at
    world.work(desk.session)
    assert part.state == State.terminated
    assert set(desk.session.scalars(select(Call.answer))) == {"gone"}
    assert world.books.steps["HQ"] == applied
    assert world.books.violations == []


@only_sqlite
@pytest.mark.usefixtures("terminated_after_the_backup")
def test_nobody_starts_again_before_it_was_compared(world: World, desk: Desk) -> None:
    with pytest.raises(Refused, match="not compared with the platform yet"):
        brakes.start_again(desk, by=acts.staff(desk, "manager"), at=world.time.now)
    desk.session.rollback()
    world.time.pass_(minutes=1)
    rounds.do(
        world.shift(desk.session), rounds.RECONCILE, heartbeat.last(desk.session, ["reconcile"])["reconcile"]
    )
    brakes.start_again(desk, by=acts.staff(desk, "manager"), at=world.time.now)


def test_the_switch_is_on_and_references_go_on(world: World, desk: Desk, acme: str) -> None:
    first = acts.submit(desk, MONDAY)
    last = restoring.settle(desk, MONDAY, highest=first.id + 7)
    desk.session.commit()
    assert last == first.id + 7 + restoring.MARGIN
    stop = desk.session.scalars(select(Stop)).one()
    assert (stop.by_id, stop.by_whom) == (None, "the desk itself")
    assert "reconcile" in rounds.due(desk, MONDAY)
    second = acts.submit(desk, MONDAY, locations=("Branch",))
    assert second.id == last + 1
    assert acts.events(desk, "restored")[0].facts["passed_over"] == last


def test_twice_is_one_stop(desk: Desk) -> None:
    restoring.settle(desk, MONDAY)
    restoring.settle(desk, MONDAY)
    assert len(desk.session.scalars(select(Stop)).all()) == 1


def test_a_platform_that_cannot_be_read_is_not_compared(world: World, desk: Desk, acme: str) -> None:
    restoring.settle(desk, MONDAY)
    world.house.platform.accounts = lambda: (_ for _ in ()).throw(backups_away())  # type: ignore[method-assign]
    restoring.compare(desk, MONDAY)
    with pytest.raises(Refused):
        brakes.start_again(desk, by=acts.staff(desk, "manager"), at=MONDAY)


def backups_away() -> Exception:
    from workflows.errors import Unreachable

    return Unreachable("down")


# The commands


@only_sqlite
def test_backup_and_restore(
    lastcall: Any,
    migrated: None,
    tmp_path: Path,
    part: Cancellation,
    engine: Engine,
    desk: Desk,
    world: World,
) -> None:
    desk.session.commit()
    made = lastcall("backup", str(tmp_path / "one.db"))
    assert made.exit_code == 0, made.output
    assert "bytes, revision" in made.output
    acts.submit(desk, MONDAY, locations=("Branch",))
    desk.session.rollback()
    engine.dispose()
    world.time.pass_(hours=1)
    done = lastcall("restore", str(tmp_path / "one.db"))
    assert done.exit_code == 0, done.output
    assert "What was there is kept in" in done.output
    assert f"New references begin at C-{1001 + 2 + restoring.MARGIN}." in done.output
    assert "The platform could not be read" in done.output
    with Session(engine) as session:
        assert len(session.scalars(select(Case)).all()) == 1
        [told] = session.scalars(select(Event).where(Event.name == "restored"))
        assert "@" in told.facts["address"]
    assert list(tmp_path.glob("*.db.before-*"))


def test_a_running_scheduler_forbids_it(
    lastcall: Any, migrated: None, desk: Desk, world: World, tmp_path: Path
) -> None:
    heartbeat.beat(desk.session, world.time.now)
    desk.session.commit()
    ended = lastcall("restore", "--loaded")
    assert (ended.exit_code, "A scheduler is alive" in ended.output) == (2, True)


@only_sqlite
def test_what_is_no_backup(lastcall: Any, migrated: None, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear customer", "utf-8")
    ended = lastcall("restore", str(tmp_path / "letter.txt"))
    assert ended.exit_code == 2
    assert "letter.txt" in ended.output
    sqlite3.connect(tmp_path / "empty.db").close()
    ended = lastcall("restore", str(tmp_path / "empty.db"))
    assert ended.exit_code == 2
    assert "is no whole database of Lastcall" in ended.output


@only_sqlite
def test_a_backup_overwrites_nothing(lastcall: Any, migrated: None, tmp_path: Path) -> None:
    (tmp_path / "one.db").write_text("precious", "utf-8")
    ended = lastcall("backup", str(tmp_path / "one.db"))
    assert ended.exit_code == 2
    assert "is there already" in ended.output
    assert (tmp_path / "one.db").read_text("utf-8") == "precious"


def test_wrong_words(lastcall: Any, migrated: None) -> None:
    for words, said in (
        (("restore",), "Name the backup FILE"),
        (("restore", "--loaded", "--last-reference", "1234"), "is no reference like C-1234"),
        (("restore", "nowhere.db"), "does not exist"),
        (("backup", "/nowhere/at/all.db"), "could not be made" if not databases.on_postgres() else "pg_dump"),
    ):
        ended = lastcall(*words)
        assert (ended.exit_code, said in ended.output) == (2, True), ended.output


def test_postgres_has_its_own_programs(
    lastcall: Any, monkeypatch: pytest.MonkeyPatch, migrated: None, tmp_path: Path
) -> None:
    monkeypatch.setenv("LASTCALL_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    ended = lastcall("backup", str(tmp_path / "one.db"))
    assert (ended.exit_code, "pg_dump --format=custom" in ended.output) == (2, True)
