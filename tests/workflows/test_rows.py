"""Rows that are written past the unit of work hold what the unit of work would have written."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import MONDAY
from workflows import prepared, rows
from workflows.desk import Desk
from workflows.records import Account, Case, Clock, Event

SUBMITTED = {"at": MONDAY, "actor": "customer", "name": "submitted"}


def case_of(desk: Desk) -> Case:
    account = desk.session.scalars(select(Account.id)).one()
    case = Case(account_id=account, requester="pat@acme.example", received_at=MONDAY, queue_at=MONDAY)
    rows.write(desk.session, case)
    return case


def test_what_is_not_given_is_fresh(desk: Desk, acme: str) -> None:
    case = case_of(desk)
    desk.session.commit()
    desk.session.expire_all()
    assert (case.version, case.closed_at, case.queue_at, case.reference) == (1, None, MONDAY, "C-1001")


def test_two_rows_share_nothing(desk: Desk) -> None:
    first, second = (rows.add(desk.session, Event, SUBMITTED) for _ in range(2))
    assert first != second
    one, other = desk.session.get_one(Event, first), desk.session.get_one(Event, second)
    assert (one.why, one.facts, one.case_id) == ("", {}, None)
    assert one.facts is not other.facts


def test_values_come_back_as_they_went_in(desk: Desk) -> None:
    facts = {"codes": ["port_pending"], "word": "Müller"}
    made = rows.add(desk.session, Event, {**SUBMITTED, "facts": facts, "why": "It's 100 %"})
    [found] = desk.session.scalars(select(Event).where(Event.id == made))
    assert (found.at, found.facts, found.why) == (MONDAY, facts, "It's 100 %")


def test_only_the_expected_row_is_changed(desk: Desk, acme: str) -> None:
    case = case_of(desk)
    assert rows.compare_and_set(desk.session, case, {"version": 1}, {"version": 2})
    assert not rows.compare_and_set(desk.session, case, {"version": 1}, {"version": 3})
    desk.session.expire_all()
    assert case.version == 2


def test_many_rows_at_once(desk: Desk, acme: str) -> None:
    case, later = case_of(desk), MONDAY + timedelta(hours=1)
    clock = {"case_id": case.id, "started_at": MONDAY, "due_at": later, "at_risk_at": later}
    for name in ("first_contact", "follow_up"):
        rows.write(
            desk.session, Clock(**clock, name=name, calendar_version=1, explanation="Received Monday.")
        )
    rows.put_all(desk.session, case.clocks, {"stopped_at": later, "stopped_by": "moot"})
    desk.session.expire_all()
    assert [(each.stopped_at, each.stopped_by) for each in case.clocks] == [(later, "moot")] * 2


def test_a_statement_is_prepared_once(session: Session) -> None:
    rows.add(session, Event, SUBMITTED)
    known = dict(session.connection().info[prepared.__name__])
    rows.add(session, Event, SUBMITTED)
    assert session.connection().info[prepared.__name__] == known
