"""The reports: every cell leads to its cases, CSV says what the page says, what cannot be is told."""

import csv
import io
import re
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event, select

from command_line.seed.command import fill, prepare
from staff_app.reports.pages import PLOT_STYLE
from tests.conftest import MONDAY
from tests.staff_app.people_at_work import Person, words
from workflows.db import db
from workflows.desk import Desk
from workflows.records import User
from workflows.reports.figures import book
from workflows.reports.figures.tables import Figure

PAGES = ("/reports/sla", "/reports/workload", "/reports/reasons", "/reports/definitions")
ROWS = re.compile(r"<tr[^>]*>(<th scope=\"row\".*?)</tr>", re.DOTALL)
CELLS = re.compile(r'<td class="num[^"]*" data-v="([^"]*)">')


@pytest.fixture
def seeded(engine: Engine, desk: Desk) -> Desk:
    prepare(desk, "", MONDAY)
    desk.session.commit()
    fill(engine, desk, 150, MONDAY, years=0.3, draw=4)
    return desk


def _links(page: str) -> list[tuple[str, str]]:
    """(address, words) of every cell that opens cases."""
    found = re.findall(r'<td class="num[^"]*"[^>]*>(?:<svg.*?</svg>)?<a href="([^"]+)">([^<]+)</a>', page)
    return [(unescape(href), text) for href, text in found]


@pytest.mark.usefixtures("seeded")
def test_every_page_reads(manager: Person, agent: Person) -> None:
    for path in PAGES:
        for person in (manager, agent):
            page = person.read(path)
            assert "Figures as of Mon 1 Mar 2027, 10:00 Central Time" in page, path
            assert page.count("<h1") == 1
            ids = re.findall(r'\sid="([^"]+)"', page)
            assert len(ids) == len(set(ids)), path
            assert not re.search(r'\sstyle="|\son\w+="|<style|<script(?! src)', page), path


@pytest.mark.usefixtures("acme")
def test_a_desk_without_cases_has_neutral_titles(manager: Person) -> None:
    page = manager.read("/reports/sla")
    for title in ("First contact: met and missed", "Time to first contact", "Why customers leave"):
        assert title in page
    assert "Nothing to count in this period." in page
    assert "None" not in words(manager.get("/reports/sla"))
    for path in PAGES:
        manager.read(path)


@pytest.mark.usefixtures("seeded")
@pytest.mark.parametrize(
    "path", ["/reports/sla?reason=Too+expensive&period=12m", "/reports/workload?period=4w"]
)
def test_every_cell_opens_what_it_counts(manager: Person, path: str) -> None:
    links = _links(manager.read(path))
    assert len(links) > 10
    for href, text in links[:60]:
        listed = words(manager.get(href))
        if re.fullmatch(r"[\d,]+", text) and "/deferrals/" not in href and "/leaks/" not in href:
            assert re.search(rf"(^|\s){text} \w+", listed.split("Period")[0]), (href, text, listed[:300])


@pytest.mark.usefixtures("seeded")
def test_csv_says_what_the_table_says(manager: Person) -> None:
    page = "".join(manager.read(path) for path in PAGES[:2])
    compared = [figure.name for figure in book.ALL if _is_told(manager, figure, page)]
    assert len(compared) > 10


def _is_told(manager: Person, figure: Figure, page: str) -> bool:
    """Whether a page shows the figure as a plain table; then it is the CSV, line by line."""
    answer = manager.get(f"/reports/{figure.name}.csv?period=12w")
    assert answer.mimetype == "text/csv"
    told = answer.get_data(as_text=True)
    assert told.startswith(f"# {figure.title}\r\n")
    assert "# As of 2027-03-01T16:00:00+00:00" in told
    rows = list(csv.reader(io.StringIO("".join(told.split("# As of", 1)[1].splitlines(True)[1:]))))
    card = re.search(rf'id="{figure.name}".*?</section>', page, re.DOTALL)
    if card is None or not CELLS.search(card.group(0)):
        return False
    shown = [CELLS.findall(row) for row in ROWS.findall(card.group(0))]
    assert [row[1:] for row in rows[1 : len(shown) + 1]] == shown
    return True


@pytest.mark.usefixtures("seeded")
def test_the_cases_as_csv_are_those_of_the_list(manager: Person) -> None:
    asked = "?period=12w&row=Closing+the+location&column=n"
    page = manager.read(f"/reports/reasons/cases{asked}")
    told = manager.get(f"/reports/reasons/cases.csv{asked}").get_data(as_text=True)
    rows = list(csv.DictReader(line for line in io.StringIO(told) if not line.startswith("#")))
    listed = re.findall(r'href="/cases/(C-\d+)"', page)
    assert [each["case"] for each in rows] == listed
    assert {each["reason"] for each in rows} == {"Closing the location"}
    assert all(each["received"].startswith("202") for each in rows)


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("period=13x", "There is no period “13x”."),
        ("from=2027-03-02&to=2027-03-01", "The period ends before it begins."),
        ("from=2001-01-01&to=2027-03-01", "five years at most"),
        ("from=yesterday&to=2027-03-01", "“yesterday” is no date"),
        ("from=2027-03-01", "“” is no date"),
        ("owner=99999", "Nobody on the staff is “99999”."),
        ("owner=<b>", "Nobody on the staff is “<b>”."),
        ("country=ZZ", "No location is in “ZZ”."),
        ("reason=Boredom", "“Boredom” is no reason of the list."),
    ],
)
def test_what_cannot_be_asked_gets_a_sentence_and_a_way_back(manager: Person, asked: str, said: str) -> None:
    for path in ("/reports/sla", "/reports/promises.csv", "/reports/promises/cases"):
        answer = manager.get(f"{path}?{asked}")
        assert answer.status_code == 400
        assert said in words(answer)
        assert f'href="{path}"' in answer.text


@pytest.mark.usefixtures("seeded")
def test_a_cell_that_is_not_there_is_told(manager: Person) -> None:
    for asked in ("row=2001-01-01&column=met", "row=2027-02-22&column=best", "row='; drop"):
        answer = manager.get(f"/reports/promises/cases?{asked}")
        assert (answer.status_code, "The figure has no" in words(answer)) == (400, True)
    assert manager.get("/reports/nothing/cases").status_code == 404
    assert manager.get("/reports/nothing.csv").status_code == 404


def test_agents_see_themselves_and_the_team(seeded: Desk, signed_in: Any) -> None:
    ravi = seeded.session.scalars(select(User).where(User.name == "Ravi Osei")).first()
    assert ravi is None, "the staff of the tests owns the seeded cases"
    person: Person = signed_in("agent")
    page = person.read("/reports/workload")
    workload = page.split('id="workload"')[1].split("</section>")[0]
    assert re.findall(r'<th scope="row"[^>]*>([^<]+)', workload) == ["Agent", "No owner", "Team"]
    other = seeded.session.scalars(select(User.id).where(User.email == "agent2@desk.example")).one()
    answer = person.get(f"/reports/sla?owner={other}")
    assert (answer.status_code, "Agents see their own figures" in words(answer)) == (400, True)
    mine = seeded.session.scalars(select(User.id).where(User.email == "agent@desk.example")).one()
    assert person.get(f"/reports/sla?owner={mine}").status_code == 200


def test_charts_may_insert_their_one_style(manager: Person, desk: Desk, acme: str) -> None:
    policy = manager.get("/reports/sla").headers["Content-Security-Policy"]
    assert f"style-src 'self' {PLOT_STYLE};" in policy
    assert "unsafe" not in policy
    assert PLOT_STYLE not in manager.get("/queue").headers["Content-Security-Policy"]


def test_queries_do_not_grow_with_cases(seeded: Desk, manager: Person, app: Flask, engine: Engine) -> None:
    with app.app_context():
        made = db.engine
    before = _queries(made, manager)
    seeded.session.rollback()
    fill(engine, seeded, 200, MONDAY, years=0.3, draw=9)
    assert _queries(made, manager) == before <= 45


def _queries(made: Engine, person: Person) -> int:
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement)

    person.read("/reports/sla")
    event.listen(made, "before_cursor_execute", note)
    person.read("/reports/sla")
    event.remove(made, "before_cursor_execute", note)
    return sum(each.lstrip().upper().startswith(("SELECT", "WITH")) for each in said)
