"""SQLite under load: web and scheduler on one file; a file that cannot be written."""

import os
import signal
import sqlite3
import subprocess
import threading
import time as world_time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, event, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from command_line.chaos import racing
from command_line.chaos.trial import Ground
from scheduler import Heart
from tests import acts, databases
from tests.conftest import MONDAY, World
from workflows import clock, migrating
from workflows.config import Settings
from workflows.config.settings import Termination
from workflows.desk import Desk
from workflows.records import Cancellation, Case, Letter, Run
from workflows.states import State

pytestmark = pytest.mark.skipif(databases.on_postgres(), reason="about SQLite's file")
REQUESTS, A_SECOND = 250, 50


def test_nobody_sees_a_locked_database(tmp_path: Path) -> None:
    """Fifty requests a second, written and read, while a scheduler sends the letters that they cause."""
    ground = Ground(tmp_path, f"sqlite:///{tmp_path / 'desk.db'}")
    ground.lay_out()
    migrating.to(ground.database_url)
    environment = {k: v for k, v in ground.environment.items() if k != clock.VARIABLE}
    environment |= {"LASTCALL_MAIL_FOLDER": ""}
    names = {"web": ("run", "--port", str(ground.web)), "scheduler": ("scheduler",)}
    names |= {"platform": ("sandbox", "--port", str(ground.platform))}
    logs = {name: (tmp_path / f"{name}.log").open("wb") for name in names}
    team = [
        subprocess.Popen(ground.command(*words), env=environment, stdout=logs[name], stderr=logs[name])
        for name, words in names.items()
    ]
    try:
        _wait_for(f"http://127.0.0.1:{ground.web}/health/ready")
        _wait_for(f"http://127.0.0.1:{ground.platform}/")
        answers = _hurry(ground)
    finally:
        for each in team:
            each.send_signal(signal.SIGTERM)
        for each in team:
            each.wait(30)
        for log in logs.values():
            log.close()
    assert {status for status, _ in answers} == {200, 201}, [a for a in answers if a[0] not in (200, 201)][:3]
    assert max(seconds for _, seconds in answers) < 15
    said = "".join((tmp_path / f"{name}.log").read_text("utf-8") for name in names)
    assert "locked" not in said
    assert "page_failed" not in said


def _wait_for(address: str) -> None:
    until = world_time.monotonic() + 60
    while world_time.monotonic() < until:
        try:
            if httpx.get(address, trust_env=False).is_success:
                return
        except httpx.HTTPError:
            world_time.sleep(0.2)
    pytest.fail(f"{address} did not come up")


def _hurry(ground: Ground) -> list[tuple[int, float]]:
    """The status and the seconds of each request; every fifth hands something in."""
    headers = {"Authorization": f"Bearer {ground.token}"}
    _open_accounts(ground, headers)
    with (
        httpx.Client(headers=headers, timeout=60, trust_env=False) as client,
        ThreadPoolExecutor(16) as pool,
    ):
        _ask(client, ground, 0)
        waiting = []
        for n in range(1, REQUESTS):
            waiting.append(pool.submit(_ask, client, ground, n))
            world_time.sleep(1 / A_SECOND)
        return [each.result() for each in waiting]


def _open_accounts(ground: Ground, headers: dict[str, str]) -> None:
    address = f"http://127.0.0.1:{ground.platform}/sandbox"
    for n in range(0, REQUESTS, 5):
        place = {
            "account": f"a{n}",
            "ref": f"L{n}",
            "renews_on": "2030-01-28",
            "numbers": f"+1256{5550000 + n}",
        }
        for act, body in (("account", {"ref": f"a{n}", "owner": f"pat@a{n}.example"}), ("location", place)):
            httpx.post(f"{address}/{act}", json=body, headers=headers, trust_env=False).raise_for_status()


def _ask(client: httpx.Client, ground: Ground, n: int) -> tuple[int, float]:
    began, api = world_time.monotonic(), f"http://127.0.0.1:{ground.web}/api/v1"
    if n % 5:
        answer = client.get(f"http://127.0.0.1:{ground.web}/health/ready")
    else:
        body: dict[str, Any] = {"account": f"a{n}", "locations": [f"L{n}"], "switches": [f"L{n}"]}
        day = (clock.now() + timedelta(30)).date().isoformat()
        body |= {"requested_for": day, "reason": "Leaving", "by": f"pat@a{n}.example", "confirmed": True}
        answer = client.post(f"{api}/requests", json=body)
    return answer.status_code, world_time.monotonic() - began


@pytest.fixture
def settings() -> Settings:
    return Settings(termination=Termination(per_hour=1000, per_day_at_least=1000))


def test_pages_read_while_a_run_writes(world: World, engine: Engine) -> None:
    """Readers and writers in threads of one process; none waits for the platform, none is refused."""
    parts = racing.set_out(world.house, engine, world.books, 6, MONDAY)
    with Session(engine) as session:
        world.time.now = session.get_one(Cancellation, parts[0]).run_at or MONDAY
    stop, wrong = threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            with Session(engine) as session:
                session.connection(execution_options={"reading": True})
                try:
                    session.scalars(select(Case)).all()
                except Exception as error:
                    wrong.append(error)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for each in readers:
        each.start()
    with Session(engine) as session:
        world.work(session)
    stop.set()
    for each in readers:
        each.join(30)
    assert wrong == []
    with Session(engine) as session:
        assert set(session.scalars(select(Cancellation.state))) == {State.terminated}


# A file that cannot be written


@pytest.fixture
def heart(world: World, engine: Engine) -> Heart:
    return Heart(world.house, engine, world.time.read, "test")


def due_part(world: World, desk: Desk) -> Cancellation:
    part = acts.scheduled(desk, MONDAY)
    assert part.run_at is not None
    world.time.now = part.run_at
    desk.session.rollback()
    return part


def test_a_full_disk_is_said_and_leaves_nothing_half_written(
    world: World, engine: Engine, desk: Desk, heart: Heart, acme: str
) -> None:
    part = due_part(world, desk)
    full = {"is": True}

    @event.listens_for(engine, "connect")
    def no_room(connection: Any, _record: Any) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages if full['is'] else 1_000_000}")

    engine.dispose()
    with capture_logs() as said:
        for _ in range(40):
            heart.tick()
            world.time.pass_(seconds=1)
    troubles = [each for each in said if each["event"] in ("database_trouble", "put_off")]
    assert any("full" in str(each) for each in troubles), said
    assert_nothing_is_half_done(world, engine, part.id)
    full["is"] = False
    engine.dispose()
    heart.put_off.clear()
    world.time.pass_(minutes=10)
    for _ in range(5):
        heart.tick()
        world.time.pass_(minutes=2)
    with Session(engine) as session:
        assert session.get_one(Cancellation, part.id).state == State.terminated
    assert world.books.violations == []


def assert_nothing_is_half_done(world: World, engine: Engine, part_id: int) -> None:
    """Whatever was begun has its ledger, and the platform did nothing that our books do not intend."""
    with Session(engine) as session:
        part = session.get_one(Cancellation, part_id)
        runs = session.scalars(select(Run)).all()
        assert bool(runs) == (part.state != State.scheduled)
        known = {step.name for run in runs for step in run.steps if step.state != "pending"}
        assert set(world.books.steps["HQ"]) <= known
        assert session.scalar(select(func.count(Letter.id)).where(Letter.name == "terminated")) in (0, 1)


@pytest.mark.skipif(os.name != "posix", reason="POSIX permissions")
def test_a_read_only_file_is_said(
    world: World, engine: Engine, desk: Desk, heart: Heart, acme: str, database_url: str
) -> None:
    part = due_part(world, desk)

    @event.listens_for(engine, "connect")
    def only_read(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA query_only = ON")

    engine.dispose()
    with capture_logs() as said:
        heart.tick()
        heart.beat()
    assert any("readonly" in str(each) for each in said), said
    assert {each["event"] for each in said} <= {"database_trouble", "put_off", "no_heartbeat"}
    assert world.books.calls == []
    with sqlite3.connect(make_url(database_url).database or "") as known:
        [state] = known.execute("SELECT state FROM cancellation WHERE id = ?", (part.id,)).fetchone()
    known.close()
    assert state == "scheduled"
