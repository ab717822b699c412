"""Every letter with one cause and with two: words, recipients, secrets kept, text and HTML alike."""

import inspect
import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from jinja2 import UndefinedError
from sqlalchemy import select
from syrupy.assertion import SnapshotAssertion

from workflows.actors import customer as by_customer
from workflows.actors import staff as by_staff
from workflows.files import templates
from workflows.letters import customer, names, staff
from workflows.letters.rendering import LINK, render
from workflows.records import Cancellation, Finding, Letter, Number
from workflows.states import LetterState

RUN_AT = datetime(2026, 12, 5, 0, 0, tzinfo=UTC)
"""Friday 4 December, 18:00 in Chicago."""
ALL = (*names.CUSTOMER, *names.STAFF, *names.LINKS)
BY_AGENT = {"message", "unreachable", "scheduled", "deferred", "rescheduled"}
SHARED = {"_layout.txt", "_layout.html", "_staff.txt", "_staff.html", "_blocks.txt", "_blocks.html"}

Write = Callable[[Any, Cancellation], Letter | None]


# How each letter is written; called with HQ for its one cause, and with Lab for a second one


def received(scene: Any, part: Cancellation) -> Letter | None:
    if part is scene.hq:
        scene.clock("first_contact", datetime(2026, 11, 28, 0, 0, tzinfo=UTC))
    return customer.received(scene.desk, scene.case, scene.at)


def message(scene: Any, part: Cancellation) -> Letter | None:
    text = "Good morning,\nI have looked at +1 256-555-0101.\n\n\nIt is <safe> & sound."
    return customer.message(scene.desk, scene.case, scene.at, scene.agent, text)


def unreachable(scene: Any, part: Cancellation) -> Letter | None:
    channel = "phone" if part is scene.hq else "email"
    contact = scene.contact(channel=channel, outcome="no_answer", authenticated="none")
    return customer.unreachable(scene.desk, scene.case, scene.at, contact)


def scheduled(scene: Any, part: Cancellation) -> Letter | None:
    scene.settle(part)
    return customer.scheduled(scene.desk, part, scene.at)


def deferred(scene: Any, part: Cancellation) -> Letter | None:
    scene.defer(part)
    paragraph = "As we said on the phone, take your time." if part is scene.hq else ""
    return customer.deferred(scene.desk, part, scene.at, by_agent=part is scene.hq, paragraph=paragraph)


def port_completed(scene: Any, part: Cancellation) -> Letter | None:
    part.location.numbers[-1].disposition, part.location.numbers[-1].held = "ported", False
    scene.order(f"P-{part.id}", part, "completed", completed_at=scene.at)
    return customer.port_completed(scene.desk, part, scene.at)


def port_failed(scene: Any, part: Cancellation) -> Letter | None:
    scene.order(f"P-{part.id}", part, "rejected" if part is scene.hq else "cancelled")
    return customer.port_failed(scene.desk, part, scene.at)


def renewal_ahead(scene: Any, part: Cancellation) -> Letter | None:
    if part is scene.hq:
        scene.defer(part)
    return customer.renewal_ahead(scene.desk, part, scene.at, date(2026, 12, 1))


def rescheduled(scene: Any, part: Cancellation) -> Letter | None:
    scene.settle(part)
    return customer.rescheduled(scene.desk, part, scene.at, RUN_AT - timedelta(days=2))


def tomorrow(scene: Any, part: Cancellation) -> Letter | None:
    scene.settle(part)
    return customer.tomorrow(scene.desk, part, scene.at)


def terminated(scene: Any, part: Cancellation) -> Letter | None:
    first = part.location.numbers[0]
    first.disposition, first.held = "not_needed", False
    for other in part.location.numbers[1:]:
        other.disposition, other.held = "ported", False
    part.state, part.ended_at = "terminated", scene.at
    part.plan = {"steps": [], "basis": {"services": part.location.services}}
    steps = ["freeze", "stop_renewal", "disable_trunks", "remove_services", "remove_e911"]
    steps += [f"release:{first.e164}", "remove_trunks", "revoke_access"]
    scene.run(part, *((step, "done") for step in steps))
    return customer.terminated(scene.desk, part, scene.at)


def withdrawn(scene: Any, part: Cancellation) -> Letter | None:
    part.state = "withdrawn"
    actor = by_customer("kim@acme.example") if part is scene.hq else by_staff(scene.agent)
    return customer.withdrawn(scene.desk, part, scene.at, actor)


def declined(scene: Any, part: Cancellation) -> Letter | None:
    part.end_reason = "Kim may not end the service +12565550101."
    return customer.declined(scene.desk, part, scene.at)


def sign_link(scene: Any, part: Cancellation) -> Letter | None:
    return customer.sign_link(scene.desk, scene.case, "pat@acme.example", scene.at)


def new_link(scene: Any, part: Cancellation) -> Letter | None:
    return customer.new_link(scene.desk, scene.case, "kim@acme.example", scene.at)


def password_reset(scene: Any, part: Cancellation) -> Letter | None:
    return customer.password_reset(scene.desk, scene.agent, scene.at)


def at_risk(scene: Any, part: Cancellation) -> Letter | None:
    return staff.at_risk(scene.desk, _clock(scene, part, scene.at + timedelta(hours=3, minutes=5)), scene.at)


def breached(scene: Any, part: Cancellation) -> Letter | None:
    return staff.breached(scene.desk, _clock(scene, part, scene.at), scene.at)


def run_blocked(scene: Any, part: Cancellation) -> Letter | None:
    if part is not scene.hq:
        return staff.run_blocked(scene.desk, part, scene.at, "The number +12565550201 appeared.")
    part.state = "blocked"
    steps = [("freeze", "done"), ("release:+12565550101", "failed"), ("remove_trunks", "pending")]
    scene.run(part, *steps)
    return staff.run_blocked(scene.desk, part, scene.at, "release:+12565550101: the platform denied it.")


def approval_needed(scene: Any, part: Cancellation) -> Letter | None:
    scene.settle(part)
    return staff.approval_needed(scene.desk, part, scene.at)


def cap_reached(scene: Any, part: Cancellation) -> Letter | None:
    scene.settle(part)
    return staff.cap_reached(scene.desk, scene.at, [part], RUN_AT if part is scene.hq else None)


def late_port(scene: Any, part: Cancellation) -> Letter | None:
    scene.defer(part)
    return staff.late_port(scene.desk, part, scene.at)


def port_stale(scene: Any, part: Cancellation) -> Letter | None:
    order = scene.order(f"P-{part.id}", part, "committed", foc=RUN_AT)
    return staff.port_stale(scene.desk, order, scene.at, scene.case)


def review_due(scene: Any, part: Cancellation) -> Letter | None:
    if part is scene.hq:
        scene.defer(part)
    return staff.review_due(scene.desk, part, scene.at)


def e911_hazard(scene: Any, part: Cancellation) -> Letter | None:
    return staff.e911_hazard(scene.desk, part.location, scene.at, scene.case)


def bounced(scene: Any, part: Cancellation) -> Letter | None:
    letter = message(scene, part)
    assert letter is not None
    letter.state = LetterState.given_up if part is scene.hq else LetterState.sent
    if part is scene.hq:
        scene.clock("first_contact", datetime(2026, 11, 28, 0, 0, tzinfo=UTC))
    return staff.bounced(scene.desk, letter, scene.at, "550 5.1.1 no such mailbox")


def found(scene: Any, part: Cancellation) -> Letter | None:
    words = f"{part.location.name} ended, and its renewal is still on."
    row = Finding(code="terminated_still_billing", subject=part.location.ref, at=scene.at, words=words)
    row.case_id = scene.case.id if part is scene.hq else None
    return staff.found(scene.desk, [row], scene.at)


def digest(scene: Any, part: Cancellation) -> Letter | None:
    row = {"reference": "C-1001", "words": "Acme & Sons, HQ.", "url": "/cases/C-1001"}
    return staff.digest(scene.desk, scene.at, {"late": [row], "due_today": [row, row], "no_owner": []})


def _clock(scene: Any, part: Cancellation, due_at: datetime) -> Any:
    return scene.clock("first_contact" if part is scene.hq else "follow_up", due_at)


def written(scene: Any, name: str, causes: int = 1) -> Letter:
    """The letter as written for the first cause, or joined by the second."""
    write: Write = globals()[name]
    letter = write(scene, scene.hq)
    if causes == 2:
        second = write(scene, scene.lab)
        letter = letter if name in ("message", "sign_link", "new_link") else second
    assert letter is not None
    scene.session.flush()
    return letter


# What holds for every letter


@pytest.fixture(params=[(name, causes) for name in ALL for causes in (1, 2)], ids=lambda p: f"{p[0]}-{p[1]}")
def letter(scene: Any, request: pytest.FixtureRequest) -> Letter:
    return written(scene, *request.param)


def test_its_words(letter: Letter, snapshot: SnapshotAssertion) -> None:
    sheet = re.search(r"<h1>.*</p>", letter.html, re.DOTALL)
    assert sheet is not None
    to = ", ".join(letter.recipients)
    assert f"To: {to}\nSubject: {letter.subject}\n\n{letter.text}\n---\n{sheet[0]}\n" == snapshot


def test_text_and_html_say_the_same(letter: Letter) -> None:
    text = re.sub(r"^- ", "", letter.text, flags=re.MULTILINE)
    assert Words.of(letter.html) == re.sub(r":? https?://\S+", "", text).split()


class Words(HTMLParser):
    """The words of a letter's body as a reader sees them; a link of the digest's lines ends with its text."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.is_body = False

    @classmethod
    def of(cls, html: str) -> list[str]:
        parser = cls()
        parser.feed(html)
        return "".join(parser.seen).split()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.is_body = self.is_body or tag == "body"

    def handle_data(self, data: str) -> None:
        if self.is_body:
            self.seen.append(data)


def test_no_more_of_a_number_than_its_last_four_digits(scene: Any, letter: Letter) -> None:
    known = [number[-10:] for number in scene.session.scalars(select(Number.e164))] + ["2565550170"]
    everything = letter.subject + letter.text + letter.html + json.dumps(letter.facts) + letter.calendar
    digits = re.sub(r"[\s().\-]", "", everything)
    assert [number for number in known if number in digits] == []


def test_its_tone(letter: Letter) -> None:
    said = f"{letter.subject} {letter.text}".lower()
    shunned = (
        "!",
        "please note",
        "unfortunately",
        "breach",
        "ticket",
        "violat",
        "{",
        "none ",
        "undefined",
        "save offer",
        "discount",
    )
    assert [word for word in shunned if word in said] == []


def test_its_form(letter: Letter) -> None:
    assert "\n\n\n" not in letter.text
    assert [line for line in letter.text.splitlines() if line != line.rstrip()] == []
    assert '<html lang="en">' in letter.html
    assert "<script" not in letter.html
    assert "<img" not in letter.html


def test_one_link(letter: Letter) -> None:
    wanted = "http://127.0.0.1:8080/" if letter.name in names.STAFF else LINK
    links = set(re.findall(r'href="([^"]*)"', letter.html)) - {"http://127.0.0.1:8080/cases/C-1001"}
    assert all(link.startswith(wanted) for link in links)
    assert len(links) <= 1
    assert set(re.findall(r"https?://\S+", letter.text)) == set(re.findall(r'href="([^"]*)"', letter.html))


def test_its_case_in_the_subject(letter: Letter) -> None:
    if letter.name in (*names.CUSTOMER, "sign_link", "new_link"):
        assert letter.subject.endswith("[C-1001]")
    elif letter.case is not None:
        assert letter.subject.startswith("C-1001: ")


@pytest.mark.parametrize("name", ALL)
def test_a_second_cause_joins(scene: Any, name: str) -> None:
    letter = written(scene, name, causes=2)
    alone = {"message", "sign_link", "new_link"}
    assert len([each for each in scene.letters() if each.name == name]) == (2 if name in alone else 1)
    assert len(letter.facts["causes"]) == (1 if name in alone else 2)


@pytest.mark.parametrize("name", ALL)
def test_whom_it_goes_to(scene: Any, name: str) -> None:
    letter = written(scene, name)
    managers = ["manager@northline.example", "manager2@northline.example"]
    agent = "agent@northline.example"
    special = {
        "sign_link": ["pat@acme.example"],
        "new_link": ["kim@acme.example"],
        "password_reset": [agent],
        "run_blocked": [agent, *managers],
        **dict.fromkeys(["cap_reached", "approval_needed", "e911_hazard", "found", "digest"], managers),
    }
    usual = ["kim@acme.example", "pat@acme.example"] if name in names.CUSTOMER else [agent]
    assert letter.recipients == special.get(name, usual)
    assert letter.to_customer == (name not in (*names.STAFF, "password_reset"))


@pytest.mark.parametrize("name", ALL)
def test_whether_it_counts_as_contact(scene: Any, name: str) -> None:
    assert written(scene, name).caused_by_agent == (name in BY_AGENT)


@pytest.mark.parametrize("name", ALL)
def test_a_missing_fact_is_an_error(name: str) -> None:
    with pytest.raises(UndefinedError):
        render(name, {"letter": name})


def test_each_has_its_templates_and_its_function() -> None:
    wanted = {f"{name}.{part}" for name in ALL for part in ("subject.txt", "txt", "html")}
    assert {path.name for path in (templates() / "mail").iterdir()} == wanted | SHARED
    for module, named in ((customer, (*names.CUSTOMER, *names.LINKS)), (staff, names.STAFF)):
        public = {
            name
            for name, function in inspect.getmembers(module, inspect.isfunction)
            if function.__module__ == module.__name__ and not name.startswith("_")
        }
        assert public - {"confirmation_number"} == set(named)
