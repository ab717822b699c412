"""The findings: each of the eight with its evidence, what to do, and whether it is still so."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from staff_app.findings import KINDS
from tests import acts
from tests.conftest import MONDAY, World
from tests.staff_app.people_at_work import Person, words
from tests.staff_app.test_lists import counted
from workflows import books
from workflows.desk import Desk
from workflows.records import Cancellation, Case, Finding, Letter, Location, Number, Run
from workflows.states import LetterState, State
from workflows.termination.findings import CODES
from workflows.termination.reconcile import reconcile

pytestmark = pytest.mark.usefixtures("acme")
LATER = timedelta(days=30)


def break_everything(desk: Desk, world: World) -> None:
    """Each of the eight once, past every rule."""
    ended = acts.scheduled(desk, MONDAY, locations=("Branch",))
    assert ended.run_at is not None
    world.time.now = ended.run_at
    world.work(desk.session)
    world.books.shelf.location("Branch").renewal_on = True
    world.books.shelf.location("Branch").billed.append(world.time.now + timedelta(days=1))
    world.books.set_master("Branch", None)
    part = acts.submit(desk, world.time.now).cancellations[0]
    part.case.idle_since = world.time.now
    desk.session.commit()
    world.work(desk.session)
    world.books.add_location("acme", "Gone", renews_on=(MONDAY + LATER).date(), numbers=["+12565550199"])
    books.read(desk, "acme", world.time.now)
    number = desk.session.scalars(select(Number).where(Number.e164 == "+12565550199")).one()
    number.disposition, number.held = "ported", False
    world.books.shelf.location("Gone").numbers.clear()
    world.books.set_master("Gone", None)
    desk.session.commit()
    world.time.pass_(days=9)


def found(desk: Desk, world: World) -> set[str]:
    reconcile(desk, world.time.now)
    codes = set(desk.session.scalars(select(Finding.code)))
    desk.session.commit()
    return codes


def stage(desk: Desk, world: World) -> None:
    break_everything(desk, world)
    assert found(desk, world) >= {
        "terminated_still_billing",
        "billed_after_end",
        "ported_still_billing",
        "open_without_next",
    }
    part = desk.session.scalars(select(Cancellation).where(Cancellation.state == State.requested)).one()
    run = desk.session.scalars(select(Run)).one()
    run.ended_at, run.progress_at = None, world.time.now - timedelta(hours=2)
    run.cancellation.state = State.terminating
    letter = desk.session.scalars(select(Letter).limit(1)).one()
    letter.state, letter.written_at = LetterState.waiting, world.time.now - timedelta(hours=2)
    letter.trouble = "451 Come again later"
    part.state, part.review_on, part.review_at = State.deferred, MONDAY.date(), None
    desk.session.commit()
    found(desk, world)
    part.state, part.run_at = State.scheduled, world.time.now - timedelta(hours=2)
    desk.session.commit()
    assert found(desk, world) == set(CODES)


def test_each_kind_has_its_words() -> None:
    assert list(KINDS) == list(CODES)
    assert len({kind.title for kind in KINDS.values()}) == len(CODES)


def test_each_finding_shows_evidence_and_what_to_do(desk: Desk, world: World, agent: Person) -> None:
    stage(desk, world)
    page = words(agent.get("/findings"))
    for code, kind in KINDS.items():
        assert kind.title in page, code
        if code != "deferred_without_review":
            assert kind.to_do in page, code
    for said in (
        "Renewal on, the next is Sun 28 Mar",
        "Ported away 1 number",
        "The server said 451 Come again later",
        "State now terminating",
        "Looked at again never",
        "Ask billing",
    ):
        assert said in page, said
    assert page.count("Still so") == len(CODES) - 2
    assert page.count("Settled since") == 1
    links = agent.read("/findings")
    assert 'href="/runs/1"' in links
    assert 'href="/requests/new?account=acme"' in links


def test_what_was_mended_says_so(desk: Desk, world: World, agent: Person) -> None:
    stage(desk, world)
    for place in desk.session.scalars(select(Location)):
        place.renewal_on = False
    desk.session.scalars(select(Letter).limit(1)).one().state = LetterState.sent
    run = desk.session.scalars(select(Run)).one()
    run.progress_at = world.time.now
    for case in desk.session.scalars(select(Case)):
        case.idle_since = None
    for part in desk.session.scalars(select(Cancellation)):
        part.run_at = world.time.now
    desk.session.commit()
    page = words(agent.get("/findings"))
    assert "Still so" not in page
    assert page.count("Settled since") == len(CODES) - 1


def test_kinds_stand_in_the_address(
    desk: Desk, world: World, agent: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage(desk, world)
    page = words(agent.get("/findings?kind=run_stuck&kind=nonsense")).split("Clear filters")[1]
    assert "A run without progress" in page
    assert "A letter that does not leave" not in page
    assert "1 finding" in page
    monkeypatch.setattr("workflows.reports.findings.page.__defaults__", ((), None, 5))
    first = agent.read("/findings")
    onward = re.findall(r'href="([^"]+)" rel="next"', first)[0].replace("&amp;", "&")
    second = agent.read(onward)
    ids = [int(each) for each in re.findall(r'id="finding-(\d+)"', first + second)]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == len(CODES)


def test_an_admin_sees_no_case(desk: Desk, world: World, admin: Person) -> None:
    stage(desk, world)
    page = admin.read("/findings")
    assert 'href="/cases/' not in page
    assert 'href="/requests/' not in page


def test_queries_do_not_grow_with_findings(app: Flask, desk: Desk, world: World, agent: Person) -> None:
    stage(desk, world)
    agent.read("/findings")
    with counted(app) as with_eight:
        agent.read("/findings")
    for each in list(desk.session.scalars(select(Finding).where(Finding.code == "run_stuck"))):
        desk.session.add_all(
            Finding(code=each.code, subject=f"{each.subject}{n}", at=each.at, words="Again.")
            for n in range(20)
        )
    desk.session.commit()
    with counted(app) as with_many:
        agent.read("/findings")
    assert len(with_many) == len(with_eight)


def test_nothing_found(desk: Desk, agent: Person) -> None:
    desk.session.commit()
    assert "Nothing was found." in words(agent.get("/findings"))
