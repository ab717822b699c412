"""Old cases lose the words of people and nothing else; holds stop that; the history stays whole."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import String, cast, func, or_, select, update

from tests import acts
from tests.conftest import MONDAY, World
from workflows import brakes, evidence, links, retention, review, rounds, talking, verifying
from workflows.desk import Desk
from workflows.errors import Refused
from workflows.records import Base, Cancellation, Case, Clock, Contact, Event, File, Letter, Request
from workflows.reports import digest
from workflows.reports.export import whole_case

pytestmark = pytest.mark.usefixtures("acme")
PERSONAL = ("pat@acme.example", "Pat", "Sunday", "Zebra")
"""What the people of this case are called and what they said."""
THEN = MONDAY + timedelta(days=3 * 365 + 2)


@pytest.fixture
def closed(desk: Desk, world: World) -> Case:
    """A case with words in every place, which ended with a withdrawal."""
    case = acts.submit(desk, MONDAY, reason="Zebra crossing the office", key="key of Pat")
    by, manager = acts.staff(desk), acts.staff(desk, "manager")
    acts.reach(desk, case, MONDAY, person="pat@acme.example")
    talking.add_note(desk, case, by=by, at=MONDAY, text="Pat never works on a Sunday")
    talking.message(desk, case, by=by, at=MONDAY, text="Dear Zebra")
    acts.dispose(desk, case.cancellations[0], MONDAY)
    evidence.add(desk, case, by=by, at=MONDAY, name="Zebra.txt", content=b"Pat signed on Sunday")
    brakes.override(desk, case.cancellations[0], "date_passed", by=manager, at=MONDAY, reason="Pat said so")
    brakes.hold(desk, case, by=manager, at=MONDAY, reason="Zebra")
    brakes.release(desk, case, by=manager, at=MONDAY, reason="Zebra")
    world.work(desk.session)
    links.make(desk, "sign", MONDAY, timedelta(days=9999), case=case, address="pat@acme.example")
    review.withdraw(desk, case.cancellations[0], by=by, at=MONDAY, reason="Pat stays until Sunday")
    desk.session.commit()
    world.work(desk.session)
    return case


def _found(desk: Desk, case: Case) -> list[str]:
    """The columns of this case's rows in which personal words stand."""
    desk.session.expire_all()
    found = []
    for table in Base.metadata.sorted_tables:
        if table.name in ("account", "person", "location", "number", "user", "word"):
            continue
        mine = table.c.id == case.id if table.name == "case" else None
        mine = table.c.case_id == case.id if "case_id" in table.c else mine
        for column in table.c if mine is not None else ():
            text = cast(column, String)
            here = or_(*(text.contains(each) for each in PERSONAL))
            if desk.session.scalar(select(func.count()).select_from(table).where(mine, here)):
                found.append(f"{table.name}.{column.name}")
    return found


def _round(desk: Desk, at: datetime = THEN) -> None:
    rounds.RETENTION.do(desk, at)


def test_the_words_of_people_vanish(desk: Desk, closed: Case) -> None:
    before = _found(desk, closed)
    assert {"case.requester", "request.reason", "contact.person", "letter.text", "event.why"} <= set(before)
    assert {"hold.reason", "cancellation.end_reason", "link.address", "file.name"} <= set(before)
    _round(desk)
    assert _found(desk, closed) == []
    assert closed.anonymised_at == THEN
    assert closed.words == []
    assert desk.session.scalars(select(File.content)).all() == [b""]
    assert not closed.cancellations[0].location.numbers[0].evidence


def test_what_is_counted_stays(desk: Desk, closed: Case) -> None:
    def counted() -> list[object]:
        clocks = desk.session.execute(select(Clock.due_at, Clock.stopped_at, Clock.stopped_by)).all()
        parts = desk.session.execute(select(Cancellation.state, Cancellation.ended_at)).all()
        told = desk.session.execute(
            select(Event.at, Event.actor, Event.name, Event.from_state, Event.to_state).where(
                Event.name != "anonymised"
            )
        ).all()
        contacts = desk.session.execute(select(Contact.at, Contact.outcome, Contact.channel)).all()
        letters = desk.session.execute(select(Letter.name, Letter.accepted_at)).all()
        asked = desk.session.execute(select(Request.category, Request.requested_for, Request.came_by)).all()
        return [clocks, parts, told, contacts, letters, asked, digest.lists(desk, MONDAY)]

    before = counted()
    _round(desk)
    assert counted() == before


def test_the_history_stays_whole(desk: Desk, closed: Case) -> None:
    _round(desk)
    assert verifying.verify(desk.session).problems == []
    line = desk.session.scalars(select(Event).where(Event.name == "override")).one()
    assert (line.why, line.facts, line.salt) == ("", {"code": "date_passed"}, "")
    desk.session.execute(update(Event).where(Event.id == line.id).values(facts={"code": "on_hold"}))
    assert verifying.verify(desk.session).problems == [
        "What was left of C-1001 when it was anonymised was changed."
    ]


def test_it_can_still_be_exported(desk: Desk, closed: Case) -> None:
    _round(desk)
    told = json.dumps(whole_case(desk, closed.reference, THEN), default=str)
    case = told.replace(json.dumps(closed.account.address_of_record), "")
    assert "Zebra" not in case


def test_it_is_done_once(desk: Desk, closed: Case) -> None:
    _round(desk)
    _round(desk)
    assert not retention.anonymise(desk, closed.id, THEN)
    assert [each.actor for each in acts.events(desk, "anonymised")] == ["system"]


@pytest.mark.parametrize(
    ("at", "is_due"),
    [
        (datetime(2030, 3, 1, 20, 0, tzinfo=UTC), False),
        (datetime(2030, 3, 2, 5, 59, tzinfo=UTC), False),
        (datetime(2030, 3, 2, 6, 0, tzinfo=UTC), True),
    ],
)
def test_three_years_of_the_office(desk: Desk, closed: Case, at: datetime, is_due: bool) -> None:
    """It ended on 1 March 2027 in Chicago; the third year is over with that day."""
    assert retention.due(desk, at) == ([closed.id] if is_due else [])


def test_a_leap_day(desk: Desk) -> None:
    at = datetime(2032, 2, 29, 18, 0, tzinfo=UTC)
    assert retention.ends_before(desk, at) == datetime(2029, 2, 28, 6, 0, tzinfo=UTC)


def test_open_cases_are_kept(desk: Desk) -> None:
    acts.submit(desk, MONDAY)
    assert retention.due(desk, MONDAY + timedelta(days=9999)) == []


def test_a_legal_hold_stops_it(desk: Desk, closed: Case) -> None:
    by = acts.staff(desk, "manager")
    retention.keep(desk, closed, by=by, at=MONDAY, reason="A lawsuit")
    assert retention.due(desk, THEN) == []
    with pytest.raises(Refused):
        retention.keep(desk, closed, by=by, at=MONDAY, reason="Again")
    retention.let_go(desk, closed, by=by, at=MONDAY)
    assert retention.due(desk, THEN) == [closed.id]
    with pytest.raises(Refused):
        retention.let_go(desk, closed, by=by, at=MONDAY)


def test_a_hold_that_was_never_released_stops_it_too(desk: Desk) -> None:
    case = acts.submit(desk, MONDAY, requested_for=date(2027, 4, 1))
    brakes.hold(desk, case, by=acts.staff(desk, "manager"), at=MONDAY, reason="Wait")
    review.withdraw(desk, case.cancellations[0], by=acts.staff(desk), at=MONDAY)
    desk.session.commit()
    assert retention.due(desk, THEN) == []


LAWFUL: dict[str, Callable[..., None]] = {"keep": retention.keep, "let_go": retention.let_go}


@pytest.mark.parametrize("name", LAWFUL)
def test_only_managers_hold(desk: Desk, closed: Case, name: str) -> None:
    for role in ("agent", "admin"):
        with pytest.raises(Refused) as refused:
            LAWFUL[name](desk, closed, by=acts.staff(desk, role), at=MONDAY, reason="Because")
        assert refused.value.codes == {"not_allowed"}


def test_nothing_is_kept_of_what_is_gone(desk: Desk, closed: Case) -> None:
    _round(desk)
    with pytest.raises(Refused):
        retention.keep(desk, closed, by=acts.staff(desk, "manager"), at=THEN, reason="Too late")
