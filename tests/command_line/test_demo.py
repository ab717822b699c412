"""The demo: a past with every stage, its mail, its ports, and the whole of it as processes."""

import json
import os
import re
import signal
import smtplib
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

import httpx
import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from command_line import demo, demo_data, mailbox, main
from command_line.demo_folder import GENERATED, Folder, Ports
from sandbox.keeping import load
from tests import databases
from workflows import config, migrating
from workflows.config import Settings
from workflows.db import with_manners
from workflows.records import Account, Cancellation, Clock, Finding, Letter, Run
from workflows.states import State

ROOT = Path(__file__).parents[2]
TUESDAY = datetime(2027, 3, 9, 17, 0, 20, tzinfo=UTC)
SATURDAY_BEFORE_MIDNIGHT = datetime(2027, 3, 14, 4, 58, tzinfo=UTC)


def filled(folder: Path, at: datetime) -> Iterator[Session]:
    place = Folder(folder)
    place.secrets()
    place.write_config(Ports(), at)
    demo_data.fill(folder, place.database_url, config.load(place.config), "key", "a long demo word", at)
    engine = with_manners(create_engine(place.database_url))
    with Session(engine) as session:
        yield session
    engine.dispose()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def past(folder: Path) -> Iterator[Session]:
    yield from filled(folder, TUESDAY)


def stages(session: Session) -> dict[str, list[tuple[str, str | None]]]:
    found: dict[str, list[tuple[str, str | None]]] = {}
    for part in session.scalars(select(Cancellation).order_by(Cancellation.id)):
        found.setdefault(part.location.account.ref, []).append((part.state, part.woken_by))
    return found


def test_every_stage_is_there(past: Session) -> None:
    assert stages(past) == {
        "birchwood": [("requested", None)],
        "harbor": [("requested", None)],
        "cobalt": [("requested", None)],
        "driftwood": [("requested", None)],
        "meadowlark": [("scheduled", None), ("requested", None)],
        "juniper": [("deferred", None)],
        "tallgrass": [("requested", "port_completed")],
        "bluebonnet": [("requested", "port_failed")],
        "riverside": [("deferred", None)],
        "sunlit": [("scheduled", None)],
        "mapleridge": [("scheduled", None)],
        "kestrel": [("scheduled", None)],
        "pinecrest": [("scheduled", None)],
        "granite": [("requested", None)],
        "oldmill": [("blocked", None)],
        "silverfern": [("terminated", None)],
        "lakeshore": [("withdrawn", None)],
        "orbit": [("declined", None)],
    }


def test_clocks_show_every_result(past: Session) -> None:
    clocks = list(past.scalars(select(Clock)))
    assert any(each.stopped_at is None and each.due_at < TUESDAY for each in clocks)
    assert any(each.stopped_at is None and each.due_at > TUESDAY for each in clocks)
    assert any(each.stopped_at is not None and each.stopped_at <= each.due_at for each in clocks)


def test_one_ends_within_minutes(past: Session) -> None:
    scheduled = past.scalars(select(Cancellation).where(Cancellation.state == State.scheduled))
    soonest = min(part.run_at for part in scheduled if part.run_at)
    assert timedelta(minutes=2) < soonest - TUESDAY < timedelta(minutes=4)


def test_runs_and_findings_have_a_history(past: Session) -> None:
    assert len(list(past.scalars(select(Run)))) == 2
    assert [each.code for each in past.scalars(select(Finding))] == ["ported_still_billing"]


def test_letters_were_accepted_and_lie_in_files(past: Session, folder: Path) -> None:
    names = set(past.scalars(select(Letter.name)))
    assert {"received", "terminated", "bounced", "run_blocked", "late_port", "approval_needed"} <= names
    kept = mailbox.listed(folder / "mail")
    assert len(kept) == len([each for each in past.scalars(select(Letter)) if each.accepted_at])
    assert kept[0].at >= kept[-1].at


def test_platform_and_desk_agree(past: Session, folder: Path) -> None:
    books = load(folder / "platform.json")
    assert books is not None
    assert books.violations == []
    for account in past.scalars(select(Account)):
        book = books.account(account.ref)
        assert book is not None
        for place in account.locations:
            shown = book.location(place.ref)
            assert shown is not None
            assert sorted(shown.numbers) == [each.e164 for each in place.numbers if each.held]


def test_it_plays_at_any_hour(tmp_path: Path) -> None:
    for session in filled(tmp_path, SATURDAY_BEFORE_MIDNIGHT):
        assert stages(session)["kestrel"] == [("scheduled", None)]
        assert stages(session)["oldmill"] == [("blocked", None)]


# The folder


def test_secrets_are_made_once_and_for_the_owner_alone(tmp_path: Path) -> None:
    place = Folder(tmp_path / "demo")
    made = place.secrets()
    assert place.secrets() == made
    assert set(made) == {*GENERATED, "password"}
    assert stat.S_IMODE((place.path / "secrets.json").stat().st_mode) == 0o600


def test_no_secret_stands_in_the_configuration(tmp_path: Path) -> None:
    place = Folder(tmp_path)
    made = place.secrets()
    place.write_config(Ports(), TUESDAY)
    text = place.config.read_text("utf-8")
    assert not any(value in text for value in made.values())


def test_run_at_is_chosen_once(tmp_path: Path) -> None:
    place = Folder(tmp_path)
    place.write_config(Ports(), TUESDAY)
    first = config.load(place.config)
    place.write_config(Ports(web=9999), TUESDAY + timedelta(hours=3))
    second = config.load(place.config)
    assert first.termination == second.termination
    assert second.web.public_url == "http://127.0.0.1:9999"
    assert first.office == Settings().office


def test_a_demo_of_an_older_version_goes_on(tmp_path: Path) -> None:
    place = Folder(tmp_path)
    migrating.to(place.database_url, "0001")
    place.note_filled()
    demo.prepare(place, Ports())
    assert migrating.current(place.database_url) == migrating.newest()


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        probes = [stack.enter_context(closing(socket.socket())) for _each in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def test_a_taken_port_is_told_with_its_option(tmp_path: Path) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = str(taken.getsockname()[1])
        ended = CliRunner().invoke(main, ["demo", "--folder", str(tmp_path / "demo"), "--port", number])
    assert ended.exit_code == 2
    assert f"Port {number} is taken; choose another: --port." in ended.output
    assert not (tmp_path / "demo").exists()


# The letters' page


def letter(subject: str = "Hello") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "desk@x.example", "pat@x.example", subject
    message["X-Lastcall-Letter"] = "received"
    message.set_content("See http://127.0.0.1:8080/s/abc for more.")
    message.add_alternative("<html><head></head><body><p>See</p></body></html>", subtype="html")
    return message


def test_letters_are_kept_and_read(tmp_path: Path) -> None:
    smtp_port, port = free_ports(2)
    with mailbox.serving(tmp_path, smtp_port, port) as page:
        serving = Thread(target=page.serve_forever)
        serving.start()
        with smtplib.SMTP("127.0.0.1", smtp_port) as smtp:
            smtp.send_message(letter())
        base = f"http://127.0.0.1:{port}"
        assert "Hello" in httpx.get(base, trust_env=False).text
        [kept] = mailbox.listed(tmp_path)
        assert kept.letter == "received"
        shown = httpx.get(f"{base}/{kept.file}", trust_env=False).text
        page.shutdown()
        serving.join()
    assert '<a href="http://127.0.0.1:8080/s/abc"' in shown


def test_letters_are_searched_and_cannot_act(tmp_path: Path) -> None:
    mailbox.keep(tmp_path, letter("One").as_bytes(), TUESDAY)
    mailbox.keep(tmp_path, letter("Two").as_bytes(), TUESDAY + timedelta(minutes=1))
    client = mailbox.create_app(tmp_path).test_client()
    assert [each.subject for each in mailbox.listed(tmp_path)] == ["Two", "One"]
    assert [each.subject for each in mailbox.listed(tmp_path, "one pat")] == ["One"]
    file = mailbox.listed(tmp_path)[0].file
    html = client.get(f"/{file}/html")
    assert "script-src" not in html.headers["Content-Security-Policy"]
    assert '<base target="_blank">' in html.text
    assert client.get(f"/{file}/source").headers["Content-Type"] == "message/rfc822"
    assert client.get("/../secrets.json").status_code == 404
    assert client.get("/secrets.json").status_code == 404


# The whole of it


def lines_until(process: subprocess.Popen[str], words: str) -> str:
    assert process.stdout
    said, deadline = "", monotonic() + 180
    while monotonic() < deadline:
        line = process.stdout.readline()
        said += line
        if words in line:
            return said
        assert line or process.poll() is None, said
    raise AssertionError(said)


@pytest.mark.skipif(databases.on_postgres(), reason="the demo lives on SQLite")
def test_the_demo_starts_and_stops(tmp_path: Path) -> None:
    web, platform, smtp, letters = free_ports(4)
    place = tmp_path / "demo"
    command = [sys.executable, "-m", "command_line", "demo", "--folder", str(place)]
    command += ["--port", str(web), "--platform-port", str(platform)]
    command += ["--mail-port", str(smtp), "--letters-port", str(letters)]
    started = subprocess.Popen(
        command,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        said = lines_until(started, "Ctrl-C stops everything")
        assert "[info" not in said
        assert '"level": "info"' not in said
        with httpx.Client(trust_env=False, follow_redirects=True) as browser:
            assert browser.get(f"http://127.0.0.1:{web}/").status_code == 200
            link = re.search(r"http://\S+/h/\S+", said)
            assert link is not None
            assert browser.get(link[0]).status_code == 200
            assert "Juniper Hotels" in browser.get(f"http://127.0.0.1:{platform}/").text
            assert "digest" in browser.get(f"http://127.0.0.1:{letters}/").text
        password = json.loads((place / "secrets.json").read_text("utf-8"))["password"]
        assert password in said
        started.send_signal(signal.SIGINT)
        assert started.wait(60) == 0
    finally:
        started.kill()
        started.wait()
        assert started.stdout
        started.stdout.close()
    assert not any(_answers(number) for number in (web, platform, smtp, letters))


def _answers(number: int) -> bool:
    sleep(0.1)
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", number)) == 0
