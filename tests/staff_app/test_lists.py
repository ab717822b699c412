"""The queue, all cases, the search: order, groups, filters, pages by key, a fixed number of queries."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import event

from tests import acts, databases
from tests.conftest import MONDAY, World
from tests.staff_app.people_at_work import Person, words
from workflows import books, brakes, promises, review
from workflows.db import db
from workflows.desk import Desk
from workflows.letters import outbox
from workflows.records import Case, Clock
from workflows.reports import searching
from workflows.reports.searching import matches
from workflows.states import ClockName

LINK = re.compile(r'class="who c-who"><a href="/cases/(C-\d+)\?from=')


def _customer(world: World, number: int, name: str = "", phone: str = "") -> str:
    ref = f"cust-{number}"
    e164 = phone or f"+1205555{number:04d}"
    world.books.add_account(ref, name or f"Customer {number}", owner=f"owner@{ref}.example", authorised=[])
    world.books.add_location(ref, f"{ref}-1", f"Site {number}", renews_on=date(2027, 3, 28), numbers=[e164])
    return ref


def _case(
    world: World,
    desk: Desk,
    number: int,
    *,
    at: datetime = MONDAY,
    owner: str = "",
    name: str = "",
    phone: str = "",
) -> Case:
    ref = _customer(world, number, name, phone)
    case = acts.submit(desk, at, account=ref, locations=(f"{ref}-1",), by=f"owner@{ref}.example")
    if owner:
        person = acts.staff(desk, owner)
        brakes.assign(desk, case, by=person, at=at, to=person.user)
        desk.session.commit()
    return case


def _shown(page: str) -> list[str]:
    return LINK.findall(page)


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """The statements that the app sends, without those that open and close transactions."""
    sent: list[str] = []

    def note(_c: object, _cur: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA", "SAVEPOINT", "ROLLBACK")):
            sent.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("path", ["/queue", "/cases", "/cases?q=customer", "/cases?owner=none&status=open"])
def test_queries_do_not_grow_with_rows(
    app: Flask, desk: Desk, world: World, agent: Person, path: str
) -> None:
    _case(world, desk, 1, owner="agent")
    with counted(app) as with_one:
        agent.read(path)
    for number in range(2, 61):
        _case(world, desk, number, owner="agent" if number % 2 else "")
    with counted(app) as with_sixty:
        page = agent.read(path)
    assert len(_shown(page)) >= 29
    assert len(with_one) == len(with_sixty) <= 8


def test_my_queue_is_mine_and_what_nobody_owns(desk: Desk, world: World, agent: Person) -> None:
    mine, nobodys = _case(world, desk, 1, owner="agent"), _case(world, desk, 2)
    _case(world, desk, 3, owner="agent2")
    assert _shown(agent.read("/queue")) == [mine.reference, nobodys.reference]
    assert _shown(agent.read("/cases?owner=none&status=open")) == [nobodys.reference]


def test_the_order_is_that_of_the_product(desk: Desk, world: World, agent: Person) -> None:
    late = _case(world, desk, 1, at=MONDAY - timedelta(days=7))
    blockless = _case(world, desk, 2)
    reached = _case(world, desk, 3, owner="agent")
    acts.reach(desk, reached, MONDAY)
    deferred = _case(world, desk, 4, owner="agent")
    acts.dispose(desk, deferred.cancellations[0], MONDAY, "porting")
    review.defer(desk, deferred.cancellations[0], by=acts.staff(desk), at=MONDAY)
    desk.session.commit()
    world.work(desk.session)
    scheduled = _case(world, desk, 5, owner="agent")
    acts.reach(desk, scheduled, MONDAY)
    acts.dispose(desk, scheduled.cancellations[0], MONDAY)
    acts.confirm(desk, scheduled.cancellations[0], MONDAY)
    page = agent.read("/queue")
    expected = [late, blockless, reached, deferred, scheduled]
    assert _shown(page) == [case.reference for case in expected]
    heads = re.findall(r'scope="rowgroup"[^>]*>.*?</svg>\s*([\w ()]+)<span', page)
    assert heads == ["Act now (1)", "Next (2)", "Waiting (1)", "Scheduled (1)"]
    said = words(agent.get("/queue"))
    assert "business days late" in said
    assert "due Wed 3 Mar 18:00" in said
    assert "Look again Mon 15 Mar" in said
    assert "Ends Fri 12 Mar 18:00 Central" in said


def test_due_today_and_late_in_words(desk: Desk, world: World, agent: Person) -> None:
    _case(world, desk, 1, owner="agent")
    world.time.now = datetime.fromisoformat("2027-03-03T21:37:00+00:00")
    said = words(agent.get("/queue"))
    assert "2 h 23 min left due today 18:00" in said
    world.time.pass_(days=1)
    said = words(agent.get("/queue"))
    assert "6 h 37 min late was due yesterday 18:00" in said


def test_filters_take_several_values(desk: Desk, world: World, agent: Person) -> None:
    new, called = _case(world, desk, 1, owner="agent"), _case(world, desk, 2, owner="agent2")
    acts.reach(desk, called, MONDAY)
    ended = _case(world, desk, 3)
    review.withdraw(desk, ended.cancellations[0], by=acts.staff(desk), at=MONDAY)
    desk.session.commit()
    owners = [case.owner_id for case in (new, called)]
    every = [ended.reference, called.reference, new.reference]
    assert _shown(agent.read("/cases")) == every
    assert _shown(agent.read("/cases?status=open")) == [new.reference, called.reference]
    assert _shown(agent.read("/cases?status=closed")) == [ended.reference]
    assert _shown(agent.read(f"/cases?owner={owners[0]}&owner={owners[1]}")) == every[1:]
    assert _shown(agent.read(f"/cases?owner={owners[0]},none")) == [every[0], every[2]]
    assert _shown(agent.read("/cases?stage=new&stage=withdrawn")) == [every[0], every[2]]
    assert _shown(agent.read("/cases?stage=contacted")) == [called.reference]
    assert _shown(agent.read("/cases?due=later")) == [new.reference]
    assert "No case matches" in words(agent.get("/cases?stage=run_failed"))


def test_nonsense_in_the_address_is_left_out(desk: Desk, world: World, agent: Person) -> None:
    _case(world, desk, 1)
    for query in (
        "owner=x",
        "stage=zzz",
        "due=never",
        "after=1.2",
        "after=9.99999999999999999.1",
        "status=x",
    ):
        assert agent.get(f"/cases?{query}").status_code == 200


@pytest.mark.parametrize("path", ["/queue", "/cases", "/cases?status=open"])
def test_pages_by_key_show_each_case_once(desk: Desk, world: World, agent: Person, path: str) -> None:
    made = {_case(world, desk, number, owner="agent").reference for number in range(1, 121)}
    seen: list[str] = []
    onward: str | None = path
    while onward:
        page = agent.read(onward)
        seen += _shown(page)
        found = re.search(r'href="([^"]+)" rel="next"', page)
        onward = found.group(1).replace("&amp;", "&") if found else None
    assert len(seen) == len(set(seen)) == 120
    assert set(seen) == made


@pytest.mark.parametrize(
    "text",
    [
        "Harbor",
        "harbor & vine",
        "Site 7",
        "+1 (205) 555-0177",
        "205.555.0177",
        "2055550177",
        "1-205-555-0177",
        "owner@cust-7.example",
        "OWNER@cust-7",
        "@cust-7.example",
        "cust-7",
        "vine harb",
        "0177",
        "555-0177",
        "(205) 555 0177",
        "0012055550177",
    ],
)
def test_the_search_finds_it(desk: Desk, world: World, agent: Person, text: str) -> None:
    found = _case(world, desk, 7, name="Harbor & Vine", phone="+12055550177")
    _case(world, desk, 8)
    answer = agent.get("/cases", query_string={"q": text})
    assert _shown(answer.text) == [found.reference]


def test_the_search_follows_what_the_platform_shows(desk: Desk, world: World, agent: Person) -> None:
    """A new name and a contact's phone are found, the old name no more."""
    case = _case(world, desk, 7, name="Harbor & Vine")
    book = world.books.account("cust-7")
    assert book is not None
    people = (replace(book.people[0], phone="+12055559876"),)
    books.follow(desk, replace(book, name="Café Söder", people=people), MONDAY)
    outbox.correct_address(desk, case, by=acts.staff(desk), at=MONDAY, address="New@soder.example")
    desk.session.commit()
    for text in ("cafe soder", "9876", "(205) 555-9876", "new@soder.example"):
        assert _shown(agent.get("/cases", query_string={"q": text}).text) == [case.reference], text
    assert _shown(agent.get("/cases", query_string={"q": "harbor"}).text) == []


@pytest.mark.skipif(databases.on_postgres(), reason="asks SQLite for its plan")
@pytest.mark.parametrize("text", ["harbor vine", "0177", "owner@cust-7.example"])
def test_the_search_reads_no_table_from_end_to_end(desk: Desk, text: str) -> None:
    sent: list[tuple[str, tuple[object, ...]]] = []
    event.listen(
        desk.session.get_bind(),
        "before_cursor_execute",
        lambda _c, _u, statement, given, *_rest: sent.append((statement, given)),
    )
    matches(desk.session, text)
    statement, given = sent[-1]
    plan = desk.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given).all()
    assert plan
    assert [
        row.detail for row in plan if row.detail.startswith(("SCAN word", "SCAN number", "SCAN case"))
    ] == []


def test_a_word_that_finds_very_many_still_finds_each(
    desk: Desk, world: World, agent: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [_case(world, desk, number).reference for number in (1, 2, 3)]
    monkeypatch.setattr(searching, "FEW", 1)
    for text, found in (
        ("customer", made[::-1]),
        ("customer 2", made[1:2]),
        ("555", []),
        ("customer x", []),
        ("customer site", made[::-1]),
    ):
        assert _shown(agent.get("/cases", query_string={"q": text}).text) == found, text


@pytest.mark.parametrize("text", ["C-1001", "c-1001", "c1001", " C 1001 "])
def test_a_reference_leads_straight_to_the_case(desk: Desk, world: World, agent: Person, text: str) -> None:
    _case(world, desk, 1)
    assert agent.get("/cases", query_string={"q": text}).location == "/cases/C-1001"


@pytest.mark.parametrize("text", ["%", "_", "C-9999", "nobody", "' or 1=1", "+1 999", "<script>"])
def test_the_search_finds_nothing(desk: Desk, world: World, agent: Person, text: str) -> None:
    _case(world, desk, 1)
    answer = agent.get("/cases", query_string={"q": text})
    assert _shown(answer.text) == []
    assert "No case matches" in answer.text
    assert "<script>" not in answer.text


def test_an_empty_queue_says_so(desk: Desk, agent: Person) -> None:
    desk.session.commit()
    assert "Your queue is clear." in words(agent.get("/queue"))


def test_a_case_of_two_locations_is_one_row(
    desk: Desk, acme: str, agent: Person, signed_in: Callable[[str], Person]
) -> None:
    case = acts.submit(desk, MONDAY, locations=("HQ", "Branch"))
    page = agent.read("/queue")
    assert _shown(page) == [case.reference]
    assert "Front desk +1 location" in page
    assert "3 numbers, 3 to decide" in page


def test_a_second_clock_does_not_double_the_row(desk: Desk, world: World, agent: Person) -> None:
    case = _case(world, desk, 1, owner="agent")
    promises.start(desk, case, ClockName.follow_up, MONDAY)
    desk.session.commit()
    assert desk.session.query(Clock).count() == 2
    desk.session.commit()
    assert _shown(agent.read("/queue")) == [case.reference]
