"""The page of a case in every state, its live to-do list, its letters, and requests entered by staff."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests import acts
from tests.conftest import MONDAY, World
from tests.staff_app.people_at_work import Person, words
from tests.staff_app.test_lists import counted
from workflows import books, brakes, porting, review, talking
from workflows.desk import Desk
from workflows.errors import Unreachable
from workflows.records import Cancellation, Case, Contact, Event, Letter, Number, Request
from workflows.states import OrderState, State

pytestmark = pytest.mark.usefixtures("acme")


def see(person: Person, case: Case) -> str:
    return words(person.get(f"/cases/{case.reference}"))


def test_a_new_case(desk: Desk, agent: Person) -> None:
    case = acts.submit(desk, MONDAY, locations=("HQ", "Branch"))
    said = see(agent, case)
    for part in (
        "Acme Dental",
        "First contact promised by Wed 3 Mar 18:00 Central",
        "second business day is Wednesday 3 March",
        "Nobody has spoken to the customer since the request.",
        "2 without a decision that holds",
        "Asked as soon as somebody was reached",
        "(256) 555-0101",
        "Nobody has tried to reach the customer yet.",
        "Request received",
    ):
        assert part in said, part
    assert "Cancel the" not in said


def test_every_state_has_its_page(desk: Desk, world: World, agent: Person, manager: Person) -> None:
    part = acts.scheduled(desk, MONDAY)
    case = part.case
    for person in (agent, manager):
        assert "ends Fri 12 Mar 18:00 Central" in see(person, case)
    world.books.fail("disable_trunks", "error", 4)
    seen = set()
    for _ in range(40):
        world.time.now = max(world.time.now, part.run_at or MONDAY) + timedelta(minutes=7)
        world.work(desk.session)
        desk.session.refresh(part)
        desk.session.commit()
        seen.add(State(part.state))
        assert agent.get(f"/cases/{case.reference}").status_code == 200
        if part.state == State.blocked:
            break
    assert seen == {State.terminating, State.blocked}
    said = see(agent, case)
    assert "The run did not finish." in said
    assert "Switch the trunks off" in said
    assert agent.send(f"/cases/{case.reference}/retry").status_code == 303
    desk.session.expire_all()
    world.work(desk.session)
    assert "This case is closed" in see(agent, case)
    assert "Ended for good" in words(agent.get("/runs"))


def test_buttons_are_only_for_what_is_possible(desk: Desk, agent: Person, manager: Person) -> None:
    case = acts.submit(desk, MONDAY)
    mine, theirs = (each.read(f"/cases/{case.reference}") for each in (agent, manager))
    for page in (mine, theirs):
        assert "/confirm" in page
        assert "/reschedule" not in page
        assert "/retry" not in page
    assert "/hold" not in mine
    assert "/hold" in theirs
    assert "/override" not in mine
    review.withdraw(desk, case.cancellations[0], by=acts.staff(desk), at=MONDAY)
    desk.session.commit()
    closed = manager.read(f"/cases/{case.reference}")
    for gone in ("/confirm", "/hold", "/contact", "/take"):
        assert f'href="/cases/{case.reference}{gone}' not in closed


def test_the_live_list_changes_no_row(desk: Desk, world: World, agent: Person) -> None:
    case = acts.submit(desk, MONDAY)
    world.books.port("P-1", "acme", ["+12565550101"], OrderState.committed, at=MONDAY)
    before = len(desk.session.scalars(select(Event)).all())
    desk.session.commit()
    path = f"/cases/{case.reference}/todo"
    bare = agent.get(path, headers={"HX-Request": "true"})
    assert "<html" not in bare.text
    assert "A port is in progress: P-1" in bare.text
    assert "A port is in progress: P-1" in words(agent.get(path))
    assert "A port is in progress" not in see(agent, case)
    assert len(desk.session.scalars(select(Event)).all()) == before
    assert set(desk.session.scalars(select(Number.disposition))) == {"undecided"}


def test_could_not_check_counts_as_unmet(
    desk: Desk, world: World, agent: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = acts.scheduled(desk, MONDAY)

    def away(*_args: object) -> None:
        raise Unreachable("It is down.")

    monkeypatch.setattr(world.house.platform, "account", away)
    said = words(agent.get(f"/cases/{part.case.reference}/todo"))
    assert "Could not check (10:00)" in said
    assert "0 of 5 clear" in said


def test_a_letter_is_shown_as_sent_and_harmless(desk: Desk, world: World, agent: Person) -> None:
    case = acts.submit(desk, MONDAY)
    world.work(desk.session)
    letter = desk.session.scalars(select(Letter).where(Letter.to_customer)).one()
    desk.session.commit()
    path = f"/cases/{case.reference}/letters/{letter.id}"
    page = agent.read(path)
    assert "<iframe" in page
    assert "sandbox" in page
    assert "private link" in page
    html = agent.get(f"{path}/html")
    assert "sandbox" in html.headers["Content-Security-Policy"]
    assert "default-src 'none'" in html.headers["Content-Security-Policy"]
    assert "link.invalid" not in html.text


def test_things_of_another_case_are_not_found(
    desk: Desk, world: World, agent: Person, manager: Person
) -> None:
    one = acts.submit(desk, MONDAY, locations=("HQ",))
    other = acts.submit(desk, MONDAY, locations=("Branch",))
    acts.reach(desk, other, MONDAY)
    world.work(desk.session)
    letter = desk.session.scalars(select(Letter).where(Letter.case_id == other.id)).first()
    entry = desk.session.scalars(select(Contact)).one()
    desk.session.commit()
    assert letter
    for path in (
        f"/cases/{one.reference}/letters/{letter.id}",
        f"/cases/{one.reference}/letters/{letter.id}/html",
        f"/cases/{one.reference}/confirm/{other.cancellations[0].id}",
        f"/cases/{one.reference}/strike/{entry.id}",
        f"/cases/{one.reference}/came-back/{letter.id}",
        "/cases/C-9999",
        "/cases/c-1001",
        "/cases/C-1001x",
        "/nothing",
    ):
        answer = manager.get(path)
        assert answer.status_code == 404, path
        assert "Search" in answer.text


def test_text_of_customers_is_never_markup(desk: Desk, agent: Person) -> None:
    case = acts.submit(desk, MONDAY, reason="<script>alert(1)</script>")
    page = agent.read(f"/cases/{case.reference}")
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_a_hold_and_an_override_are_told(desk: Desk, manager: Person) -> None:
    case = acts.submit(desk, MONDAY)
    by = acts.staff(desk, "manager")
    brakes.hold(desk, case, by=by, at=MONDAY, reason="A dispute")
    brakes.override(desk, case.cancellations[0], "not_contacted", by=by, at=MONDAY, reason="By letter")
    desk.session.commit()
    said = see(manager, case)
    assert "On hold by Manager, today 10:00: A dispute" in said
    assert "Overridden today 10:00: By letter" in said


def test_a_fixed_number_of_queries(
    app: Flask, desk: Desk, world: World, agent: Person, manager: Person
) -> None:
    small = acts.submit(desk, MONDAY, locations=("Branch",))
    numbers = [f"+12565550{each}" for each in range(200, 230)]
    world.books.add_location("acme", "Plant", "The plant", renews_on=date(2027, 3, 28), numbers=numbers)
    large = acts.submit(desk, MONDAY, locations=("HQ", "Plant"))
    world.books.port("P-1", "acme", numbers[:9], OrderState.completed, at=MONDAY)
    world.books.port("P-2", "acme", numbers[9:12], OrderState.committed, at=MONDAY)
    for each in range(12):
        talking.add_note(desk, large, by=acts.staff(desk), at=MONDAY, text=f"Note {each}")
        talking.message(desk, large, by=acts.staff(desk), at=MONDAY, text=f"Message {each}")
        acts.reach(desk, large, MONDAY)
    for order in ("P-1", "P-2"):
        porting.told(desk, order, MONDAY)
    world.work(desk.session)
    counts = []
    for case in (small, large):
        for person in (agent, manager):
            with counted(app) as sent:
                person.read(f"/cases/{case.reference}")
            counts.append(len(sent))
    assert counts[:2] == counts[2:]
    assert max(counts) <= 15


# A request entered by staff


ASKED = {
    "account": "acme",
    "locations": ["HQ"],
    "requested_for": "2027-03-12",
    "reason": "Closing",
    "by": "pat@acme.example",
    "channel": "phone",
    "authenticated": "pin",
    "confirmed": "yes",
}


def test_a_request_by_phone_counts_as_contact(desk: Desk, agent: Person) -> None:
    desk.session.commit()
    page = agent.read("/requests/new?account=Acme+Dental")
    assert "Front desk" in page
    answer = agent.post("/requests/new", **ASKED, reached="yes")
    assert answer.location == "/cases/C-1001"
    entry = desk.session.scalars(select(Contact)).one()
    assert (entry.outcome, entry.authenticated, entry.person) == ("reached", "pin", "pat@acme.example")
    assert desk.session.scalars(select(Request.came_by)).one() == "staff"
    desk.session.commit()
    assert "Promise kept" in words(agent.get("/cases/C-1001"))


def test_a_request_by_mail_starts_the_clock(desk: Desk, agent: Person) -> None:
    desk.session.commit()
    agent.post("/requests/new", **{**ASKED, "channel": "email", "authenticated": "none"})
    assert desk.session.scalars(select(Contact)).all() == []
    desk.session.commit()
    assert "First contact promised by" in words(agent.get("/cases/C-1001"))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"locations": []}, "Choose at least one location."),
        ({"requested_for": "soon"}, "Give the date on which service should end."),
        ({"requested_for": "2027-02-01"}, "Choose a date from Mon 1 Mar 2027 on."),
        ({"reason": " "}, "Say why you are leaving."),
        ({"by": ""}, "Give an e-mail address to answer to."),
        ({"channel": "fax"}, "Say how the request came."),
        ({"authenticated": ""}, "Say how they were authenticated."),
        ({"confirmed": ""}, "Confirm once more that you want this."),
        ({"account": "nobody"}, "Choose the account first."),
    ],
)
def test_the_same_checks_as_the_form(desk: Desk, agent: Person, given: dict[str, object], said: str) -> None:
    desk.session.commit()
    answer = agent.post("/requests/new", **{**ASKED, **given})
    assert answer.status_code == 422
    assert said in words(answer)
    assert desk.session.scalars(select(Cancellation)).all() == []


def test_a_second_request_for_a_location_is_refused(desk: Desk, agent: Person) -> None:
    acts.submit(desk, MONDAY)
    answer = agent.post("/requests/new", **ASKED)
    assert "has an open request already: C-1001" in words(answer)


def test_a_new_provider_in_canada_says_by_what_authority(desk: Desk, world: World, agent: Person) -> None:
    assert "new provider" not in agent.read("/requests/new?account=acme")
    world.books.add_location("acme", "TO", "Toronto", renews_on=date(2027, 3, 28), jurisdiction="CA-ON")
    books.read(desk, "acme", MONDAY)
    desk.session.commit()
    assert "They are the new provider" in agent.read("/requests/new?account=acme")
    asked = {**ASKED, "locations": ["TO"], "by": "", "other": "ports@newtel.example", "role": "yes"}
    answer = agent.post("/requests/new", **asked)
    assert "Say by what authority" in words(answer)
    assert agent.post("/requests/new", **asked, authority="Signed letter, 26 Feb").status_code == 303
    assert "asks as the new provider: Signed letter, 26 Feb" in words(agent.get("/cases/C-1001"))
