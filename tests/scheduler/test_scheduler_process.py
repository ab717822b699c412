"""The scheduler as a process: what it refuses, what it logs, how it ends."""

import os
import signal
import subprocess
import sys
import time as real
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

import scheduler
from workflows import calendars, heartbeat
from workflows.config import ConfigError, Secrets, Settings
from workflows.config.settings import Termination
from workflows.jobs import Shift

ROOT = Path(__file__).parents[2]


@pytest.fixture
def heart(world: Any, engine: Engine) -> scheduler.Heart:
    return scheduler.Heart(world.house, engine, now=world.time.read)


def test_a_lease_must_outlast_the_platform(world: Any) -> None:
    world.house.settings = Settings(termination=Termination(lease_seconds=10))
    with pytest.raises(ConfigError, match=r"termination\.lease_seconds: 10 is too short"):
        scheduler.check(world.house)


def test_it_needs_the_key_with_which_links_are_signed(world: Any) -> None:
    world.house.secrets = replace(world.house.secrets, secret_key="")
    with pytest.raises(ConfigError, match="LASTCALL_SECRET_KEY is not set"):
        scheduler.check(world.house)


def test_it_says_that_it_is_alive(world: Any, heart: scheduler.Heart, session: Session) -> None:
    assert not heartbeat.is_alive(session, world.time.now)
    session.commit()
    heart.begin()
    assert heartbeat.is_alive(session, world.time.now)
    session.commit()
    assert not heartbeat.is_alive(session, world.time.pass_(minutes=2))
    session.commit()
    heart.beat()
    assert heartbeat.is_alive(session, world.time.now)


def test_it_takes_the_files_calendar_and_reports_a_change(
    heart: scheduler.Heart, session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    scheduler.logs.set_up(as_json=True)
    heart.begin()
    assert calendars.applied(session) is not None
    session.commit()
    assert "calendar_changed" not in capsys.readouterr().err
    heart.house.settings = Settings.model_validate({"office": {"holidays": ""}})
    heart.begin()
    assert "lastcall calendar apply" in capsys.readouterr().err


def test_trouble_with_the_database_is_told_and_tried_again(
    heart: scheduler.Heart, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def away(_shift: Shift) -> None:
        raise OperationalError("SELECT 1", {}, Exception("the line is cut"))

    scheduler.logs.set_up(as_json=True)
    heart.begin()
    with monkeypatch.context() as broken:
        broken.setattr(scheduler, "tick", away)
        heart.tick()
    assert "the line is cut" in capsys.readouterr().err
    assert heart.trouble
    heart.tick()
    assert heart.trouble == ""


def test_a_bug_does_not_end_it(heart: scheduler.Heart, monkeypatch: pytest.MonkeyPatch) -> None:
    def bug(_shift: Shift) -> None:
        raise RuntimeError("a bug")

    heart.begin()
    monkeypatch.setattr(scheduler, "tick", bug)
    heart.tick()
    assert heart.trouble == "RuntimeError"


def test_it_begins_nothing_once_it_leaves(heart: scheduler.Heart, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks: list[Shift] = []
    monkeypatch.setattr(scheduler, "tick", ticks.append)
    heart.begin()
    heart.leave()
    heart.tick()
    assert ticks == []


def test_logs_hold_no_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    scheduler.logs.set_up(as_json=True)
    scheduler.log.info("said", smtp_password="hidden", token="hidden", words="shown")
    said = capsys.readouterr().err
    assert "hidden" not in said
    assert "shown" in said


# A process of its own


@pytest.fixture
def process(secrets: Secrets, engine: Engine, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    engine.dispose()
    variables = {each.metadata["env"]: getattr(secrets, each.name) for each in fields(Secrets)}
    started = subprocess.Popen(
        [sys.executable, str(ROOT / "scheduler.py")],
        cwd=tmp_path,
        env=os.environ | variables,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield started
    started.kill()
    started.wait()
    assert started.stderr
    started.stderr.close()


def line_with(process: subprocess.Popen[str], words: str) -> str:
    assert process.stderr
    deadline = real.monotonic() + 30
    while real.monotonic() < deadline:
        line = process.stderr.readline()
        if words in line:
            return line
        assert line or process.poll() is None, f"ended without {words}"
    raise AssertionError(f"never said {words}")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_runs_until_it_is_asked_to_end(process: subprocess.Popen[str], how: signal.Signals) -> None:
    line_with(process, "scheduler_started")
    process.send_signal(how)
    line_with(process, "scheduler_ended")
    assert process.wait(20) == 0


def test_it_cannot_begin_without_a_database(tmp_path: Path, secrets: Secrets) -> None:
    unreachable = replace(secrets, database_url=f"sqlite:///{tmp_path}/missing/desk.db")
    assert scheduler.main(None, unreachable) == 2


def test_it_knows_only_workflows() -> None:
    words = (ROOT / "scheduler.py").read_text("utf-8")
    for package in ("staff_app", "sandbox", "command_line", "flask"):
        assert f"import {package}" not in words
        assert f"from {package}" not in words
