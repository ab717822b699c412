"""The audit page and its CSV: found by who, what, case, when and from where; a fixed number of queries."""

import csv
import io
import re
from datetime import timedelta

import pytest
from flask import Flask

from tests import acts
from tests.conftest import MONDAY, World
from tests.staff_app.people_at_work import Person, words
from tests.staff_app.test_lists import counted
from workflows import actors, talking
from workflows.desk import Desk
from workflows.history import note
from workflows.records import Event

pytestmark = pytest.mark.usefixtures("acme")


def _rows(answer: str) -> list[str]:
    return re.findall(r'<th scope="row">([^<]+)', answer)


def _csv(person: Person, query: str = "") -> list[dict[str, str]]:
    answer = person.get(f"/admin/audit.csv{query}")
    assert answer.headers["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_what_came_over_http_has_its_address(desk: Desk, agent: Person, manager: Person) -> None:
    case = acts.submit(desk, MONDAY)
    agent.send(f"/cases/{case.reference}/note", text="From my desk")
    [line] = _csv(manager, "?source=127.0.0.1")
    assert (line["event"], line["actor"], line["case"]) == ("note", "agent@desk.example", case.reference)
    page = words(manager.get("/admin/audit?source=127.0.0.1"))
    assert "From my desk" in page and "127.0.0.1" in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("actor=agent@desk.example", {"note"}),
        ("actor=customer", {"submitted"}),
        ("what=submitted", {"submitted"}),
        ("case=C-1001&what=note", {"note"}),
        ("case=c1001&actor=system&what=clock_started", {"clock_started"}),
        ("case=C-1002", set()),
        ("case=C-99999999999999999999", set()),
        ("since=2027-03-02&actor=agent@desk.example", {"note"}),
        ("until=2027-03-01&actor=agent@desk.example", set()),
        ("since=9999-12-31", set()),
    ],
)
def test_the_search(desk: Desk, manager: Person, query: str, expected: set[str]) -> None:
    case = acts.submit(desk, MONDAY)
    talking.add_note(desk, case, by=acts.staff(desk), at=MONDAY + timedelta(days=1), text="Remember")
    desk.session.commit()
    assert {line["event"] for line in _csv(manager, f"?{query}")} == expected
    assert (len(_rows(manager.read(f"/admin/audit?{query}"))) > 0) == bool(expected)


@pytest.mark.parametrize(
    "query", ["case=abc", "since=yesterday", "until=2027-13-01", "since=2027-03-02&until=2027-03-01"]
)
def test_what_makes_no_sense_is_said_at_the_input(manager: Person, query: str) -> None:
    for path in ("/admin/audit", "/admin/audit.csv"):
        answer = manager.get(f"{path}?{query}")
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.text


def test_the_page_says_how_to_go_on(manager: Person) -> None:
    assert "No line of the history matches this." in manager.read("/admin/audit?case=C-5000")


def test_pages_by_key_and_a_fixed_number_of_queries(app: Flask, desk: Desk, manager: Person) -> None:
    note(desk, "note", at=MONDAY, by=actors.SYSTEM, why="first")
    desk.session.commit()
    with counted(app) as few:
        manager.read("/admin/audit")
    for number in range(119):
        note(desk, "note", at=MONDAY, by=actors.SYSTEM, why=f"note {number}")
    desk.session.commit()
    with counted(app) as many:
        first = manager.read("/admin/audit")
    assert len(few) == len(many)
    seen, path = len(_rows(first)), re.search(r'href="([^"]+)" rel="next"', first)
    while path:
        page = manager.read(path.group(1).replace("&amp;", "&"))
        seen, path = seen + len(_rows(page)), re.search(r'href="([^"]+)" rel="next"', page)
    assert seen == 120 == len(_csv(manager))


def test_no_cell_is_calculated(desk: Desk, manager: Person) -> None:
    note(desk, "note", at=MONDAY, by=actors.SYSTEM, why='=HYPERLINK("https://evil.example")')
    desk.session.commit()
    assert _csv(manager)[0]["why"].startswith("'=")


def test_admins_get_no_link_to_cases(desk: Desk, world: World, admin: Person) -> None:
    acts.submit(desk, MONDAY)
    page = admin.read("/admin/audit")
    assert "C-1001" in page
    assert 'href="/cases/C-1001"' not in page
    count = desk.session.query(Event).count()
    desk.session.commit()
    assert len(_csv(admin)) == count
