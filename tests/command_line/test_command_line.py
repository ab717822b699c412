"""Every command: what it does, what it says, and with which status it ends."""

import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import click
import flask_migrate
import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from command_line import main
from command_line.serving import NEEDED, from_environment
from workflows import actors, calendars, clock, heartbeat, intake, migrating, users
from workflows.config import ConfigError, Secrets, Settings
from workflows.db import db
from workflows.desk import Desk
from workflows.intake import NewRequest
from workflows.records import CalendarVersion, Case, Clock, Event, User


@pytest.fixture
def migrated(database_url: str, monkeypatch: pytest.MonkeyPatch, engine: Engine) -> None:
    """The test's database counts as brought to this version."""
    monkeypatch.setattr(migrating, "current", lambda _url: migrating.newest())


@pytest.fixture
def case(world: Any, desk: Desk, acme: str) -> Case:
    request = NewRequest(
        "acme", ("HQ",), date(2027, 4, 1), "Closing", "pat@acme.example", ("HQ",), confirmed=True
    )
    made = intake.submit(desk, request, at=world.time.now, by=actors.customer("pat@acme.example"))
    desk.session.commit()
    return made


def test_help_reads_well(lastcall: Any) -> None:
    said = lastcall("--help").output
    assert said.index("run ") < said.index("user ") < said.index("export ")
    assert "..." not in said.partition("Commands:")[2]
    context = click.Context(main)
    for name in main.list_commands(context):
        assert lastcall(name, "--help").exit_code == 0
        command = main.get_command(context, name)
        assert command is not None and command.name == name
        assert command.help, name


def test_a_rehearsal_is_not_kept_waiting_by_what_it_does_not_use() -> None:
    asked = "import sys; import command_line.rehearsing; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout
    assert "workflows.rehearsal.theatre" in loaded.split()
    assert not {"staff_app", "flask", "alembic", "apscheduler", "httpx"}.intersection(loaded.split())


def test_the_version_is_the_newest_of_the_changes(lastcall: Any) -> None:
    changes = (Path(__file__).parents[2] / "CHANGELOG.md").read_text("utf-8").splitlines()
    newest = next(line.removeprefix("## ") for line in changes if line.startswith("## "))
    assert f"Lastcall, version {newest}" in lastcall("--version").output


def test_a_wrong_configuration_ends_with_2(lastcall: Any) -> None:
    Path("config.toml").write_text("[sla]\nspeed = 3\n", "utf-8")
    ended = lastcall("migrate")
    assert (ended.exit_code, ended.output) == (
        2,
        "config.toml, line 2: sla.speed: there is no such setting\n",
    )


def test_another_configuration_is_named(lastcall: Any) -> None:
    ended = lastcall("--config", "elsewhere.toml", "migrate")
    assert ended.exit_code == 2
    assert "elsewhere.toml: cannot be read" in ended.output


# migrate


def test_migrate_both_ways(lastcall: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LASTCALL_DATABASE_URL", f"sqlite:///{tmp_path}/deep/down/desk.db")
    newest = migrating.newest()
    assert lastcall("migrate").output == f"The database is at revision {newest}; it was at none.\n"
    assert lastcall("migrate").output == f"The database is at revision {newest} already.\n"
    assert f"it was at {newest}" in lastcall("migrate", "--down", "base").output


def test_a_database_that_is_not_there(lastcall: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LASTCALL_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    ended = lastcall("user", "reset", "agent@desk.example", "--password", "long enough words")
    assert ended.exit_code == 2
    assert "LASTCALL_DATABASE_URL: the database cannot be used" in ended.output


def test_a_database_without_tables(lastcall: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LASTCALL_DATABASE_URL", "sqlite:///nothing.db")
    ended = lastcall("export", "C-1001")
    assert (ended.exit_code, ended.output) == (
        2,
        "The database has no tables yet: run `lastcall migrate` first.\n",
    )
    assert not Path("nothing.db").exists()


# run and scheduler


def test_run_names_what_is_missing(lastcall: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LASTCALL_SECRET_KEY")
    monkeypatch.setenv("LASTCALL_API_TOKEN", "")
    ended = lastcall("run")
    assert ended.exit_code == 2
    assert "LASTCALL_SECRET_KEY, LASTCALL_API_TOKEN are not set" in ended.output


def test_run_starts_a_server(lastcall: Any, migrated: None, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []
    monkeypatch.setattr("command_line.serving.Server.run", lambda server: started.append(server))
    assert lastcall("run", "--port", "8099", "--workers", "3").exit_code == 0
    config = started[0].cfg
    assert (config.address, config.workers) == ([("127.0.0.1", 8099)], 3)


def test_a_server_makes_the_web_app(world: Any, engine: Engine) -> None:
    from command_line.serving import Server

    made = Server(world.house, {"workers": 1}).load()
    assert made.extensions["house"] is world.house


def test_a_changed_calendar_is_told_of(
    lastcall: Any, migrated: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("command_line.serving.Server.run", lambda _self: None)
    assert "calendar_changed" not in lastcall("run").output
    Path("config.toml").write_text('[office]\nholidays = ""\n', "utf-8")
    assert "calendar_changed" in lastcall("run").output


def test_the_table_of_jobs(lastcall: Any) -> None:
    said = lastcall("scheduler", "--jobs").output
    assert "reconcile" in said
    assert "every ports.poll_minutes" in said


def test_the_sandbox_needs_its_token(lastcall: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LASTCALL_PLATFORM_TOKEN", "")
    assert "LASTCALL_PLATFORM_TOKEN is not set" in lastcall("sandbox").output


def test_needed_secrets_are_secrets() -> None:
    with pytest.raises(ConfigError, match="LASTCALL_SECRET_KEY"):
        Secrets().need(*NEEDED)


# user and handover


def test_user_add(lastcall: Any, migrated: None, session: Session) -> None:
    words = ("user", "add", "new@desk.example", "--name", "New Person", "--role", "manager")
    ended = lastcall(*words, given="a long new word\na long new word\n")
    assert "New Person signs in as new@desk.example (manager)." in ended.output
    found = session.scalars(select(User).where(User.email == "new@desk.example")).one()
    assert users.verify(found, "a long new word")
    assert "@" in session.scalars(select(Event).where(Event.name == "user_added")).one().facts["address"]


def test_user_add_refuses_in_words(lastcall: Any, migrated: None) -> None:
    words = ("user", "add", "agent@desk.example", "--name", "Twin", "--role", "agent", "--password", "short")
    ended = lastcall(*words)
    assert ended.exit_code == 1
    assert "has an account already" in ended.output


def test_user_reset(lastcall: Any, migrated: None, session: Session) -> None:
    ended = lastcall("user", "reset", "agent@desk.example", "--password", "another long word")
    assert ended.output == "Agent has a new password.\n"
    assert lastcall("user", "reset", "nobody@desk.example", "--password", "x" * 20).exit_code == 1


def test_handover(lastcall: Any, environment: None) -> None:
    said = lastcall("handover", "acme", "pat@acme.example").stdout
    assert said.startswith("http://127.0.0.1:8080/h/")


# rehearse


def test_rehearse(lastcall: Any) -> None:
    files = Path(__file__).parents[1] / "rehearsals"
    good = str(files / "01-simplest-life.toml")
    assert lastcall("rehearse", good).exit_code == 0
    assert json.loads(lastcall("rehearse", good, "--json").output)["ok"] is True
    ended = lastcall("rehearse", "missing.toml")
    assert ended.exit_code == 2
    assert "missing.toml" in ended.output


# calendar


def test_calendar_preview_and_apply(lastcall: Any, migrated: None, case: Case, desk: Desk) -> None:
    calendars.adopt(desk.session, Settings(), desk.session.get_one(Case, case.id).received_at)
    desk.session.commit()
    assert "is the one in force" in lastcall("calendar", "preview").output
    Path("config.toml").write_text("[office]\nextra_holidays = [2027-03-03]\n", "utf-8")
    said = lastcall("calendar", "preview").output
    assert "1 due time moves." in said
    assert "Thu 4 Mar 18:00" in said
    assert desk.session.scalars(select(Clock)).one().calendar_version == 1
    desk.session.commit()
    assert lastcall("calendar", "apply").output == "1 due time moves. The calendar is in force.\n"
    desk.session.expire_all()
    assert desk.session.scalars(select(Clock)).one().calendar_version == 2
    assert len(list(desk.session.scalars(select(CalendarVersion)))) == 2
    desk.session.commit()
    assert "is the one in force" in lastcall("calendar", "apply").output


# check


def test_check_says_what_works_and_what_does_not(
    lastcall: Any, migrated: None, monkeypatch: pytest.MonkeyPatch, session: Session
) -> None:
    monkeypatch.setenv("LASTCALL_PLATFORM_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("LASTCALL_SMTP_PORT", "1")
    heartbeat.beat(session, clock.now())
    session.commit()
    ended = lastcall("check")
    assert ended.exit_code == 1
    lines = {line[6:20].strip(): line for line in ended.output.splitlines()}
    works = {part for part, line in lines.items() if line.startswith("ok")}
    assert works == {"configuration", "secrets", "database", "calendar", "scheduler"}
    assert "could not be reached" in lines["platform"]
    assert "does not take letters" in lines["mail"]


def test_check_hides_the_password_of_the_database(lastcall: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LASTCALL_DATABASE_URL", "postgresql+psycopg://me:hidden@127.0.0.1:1/desk")
    assert "hidden" not in lastcall("check").output


def test_check_ends_at_a_wrong_configuration(lastcall: Any) -> None:
    Path("config.toml").write_text("[termination]\nlease_seconds = 5\n", "utf-8")
    ended = lastcall("check")
    assert ended.exit_code == 1
    assert "termination.lease_seconds: 5 is too short" in ended.output
    assert len(ended.output.splitlines()) == 1


# export


def test_export(lastcall: Any, migrated: None, case: Case) -> None:
    found = json.loads(lastcall("export", "C-1001").output)
    assert found["reference"] == "C-1001"
    assert found["request"][0]["reason"] == "Closing"
    assert found["clocks"][0]["state"] == "running"
    assert [each["name"] for each in found["letters"]] == ["received"]
    assert found["cancellations"][0]["location"]["numbers"][0]["e164"] == "+12565550101"
    assert found["events"][0]["name"] == "submitted"


@pytest.mark.parametrize("reference", ["C-1999", "1001", "nonsense"])
def test_export_of_no_case(lastcall: Any, migrated: None, reference: str) -> None:
    ended = lastcall("export", reference)
    assert (ended.exit_code, ended.output) == (1, f"There is no case {reference}.\n")


def test_flask_db_knows_the_same_migrations(
    environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LASTCALL_DATABASE_URL", f"sqlite:///{tmp_path}/flask.db")
    app = from_environment()
    with app.app_context():
        flask_migrate.upgrade()
        db.engine.dispose()
    assert migrating.current(f"sqlite:///{tmp_path}/flask.db") == migrating.newest()
