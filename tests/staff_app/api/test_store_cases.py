"""How a case stands, for the store: live to-dos, clocks, letters, and no query more for a large case."""

from datetime import date

import pytest
from sqlalchemy import event, select

from workflows import actors, talking
from workflows.db import db
from workflows.errors import Unreachable
from workflows.records import Case, Number, User
from workflows.states import Authentication, Channel, OrderState, Outcome


@pytest.fixture
def show(client, bearer):
    return lambda reference="C-1001": client.get(f"/api/v1/cases/{reference}", headers=bearer)


def codes(answer, place=0):
    return [each["code"] for each in answer.json["locations"][place]["todo"]["unmet"]]


def test_a_new_case(show, submit, acme):
    submit()
    answer = show()
    assert answer.status_code == 200
    assert answer.json["locations"][0]["state"] == "requested"
    assert codes(answer) == ["not_contacted", "numbers_undecided"]
    assert answer.json["clocks"][0] == {
        "name": "first_contact",
        "started_at": "2027-03-01T16:00:00Z",
        "due_at": "2027-03-04T00:00:00Z",
        "stopped_at": None,
        "state": "running",
    }
    assert [each["name"] for each in answer.json["letters"]] == ["received"]


def test_numbers_are_in_international_form(show, submit, acme):
    submit()
    numbers = show().json["locations"][0]["numbers"]
    assert [each["number"] for each in numbers] == ["+12565550101", "+12565550102"]


def test_after_a_contact(show, submit, desk, world, session, acme):
    submit()
    agent = session.scalars(select(User).where(User.email == "agent@desk.example")).one()
    talking.log_contact(
        desk,
        session.scalars(select(Case)).one(),
        by=actors.staff(agent),
        at=world.time.pass_(hours=1),
        channel=Channel.phone,
        outcome=Outcome.reached,
        authenticated=Authentication.pin,
    )
    session.commit()
    answer = show()
    assert codes(answer) == ["numbers_undecided"]
    assert answer.json["clocks"][0]["state"] == "met"


def test_to_dos_are_read_live_and_change_nothing(show, submit, world, session, acme):
    submit()
    world.books.port("P-1", "acme", ["+12565550101"], OrderState.requested, at=world.time.now)
    assert "port_pending" in codes(show())
    session.expire_all()
    assert {row.disposition for row in session.scalars(select(Number))} == {"undecided"}


def test_what_could_not_be_checked_says_so(show, submit, world, monkeypatch, acme):
    submit()

    def away(*_):
        raise Unreachable("It is away.")

    monkeypatch.setattr(world.house.platform, "account", away)
    answer = show()
    assert answer.status_code == 200
    assert answer.json["locations"][0]["todo"]["checked"] is False
    assert codes(answer) == ["unreachable"]


@pytest.mark.parametrize("reference", ["C-1002", "C-0", "C-999999999999999", "1001", "C-1001%20", "x" * 300])
def test_unknown_references(show, submit, acme, reference):
    submit()
    answer = show(reference)
    assert answer.status_code == (422 if len(reference) > 40 else 404)
    assert answer.content_type == "application/problem+json"


def test_needs_the_token(client, submit, acme):
    submit()
    assert client.get("/api/v1/cases/C-1001").status_code == 401


def test_a_large_location_costs_no_more_queries(show, submit, world, app, acme):
    world.books.add_location(
        "acme",
        "Large",
        "Large place",
        renews_on=date(2027, 3, 28),
        numbers=[f"+1256555{number}" for number in range(2000, 2060)],
    )
    submit()
    submit(locations=["Large"], switches=["Large"])
    small, large = counted(app, lambda: show("C-1001")), counted(app, lambda: show("C-1002"))
    assert small == large


def counted(app, act):
    with app.app_context():
        engine = db.engine
    seen = []
    event.listen(engine, "before_cursor_execute", lambda *said: seen.append(said[2]))
    assert act().status_code == 200
    return len(seen)
