"""Seeded cases: as many as asked for, and as true as real ones."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from command_line.seed.command import fill, prepare
from tests.conftest import MONDAY
from workflows import migrating, promises, standing
from workflows.desk import Desk
from workflows.records import Cancellation, Case, Clock, Event, Letter, Number, Run, User
from workflows.records.base import Base
from workflows.reports import searching
from workflows.states import MOVES, Action, Disposition, State

CASES = 300


@pytest.fixture
def seeded(engine: Engine, desk: Desk) -> Session:
    prepare(desk, "", MONDAY)
    desk.session.commit()
    fill(engine, desk, CASES, MONDAY, years=1, draw=3)
    return desk.session


def _all(session: Session, noun: type[Base]) -> Any:
    return session.scalars(select(noun).order_by(noun.id)).all()  # type: ignore[attr-defined]


def test_there_are_lives_in_every_stage(seeded: Session) -> None:
    states = dict(seeded.execute(select(Cancellation.state, func.count()).group_by(Cancellation.state)).all())
    assert seeded.scalar(select(func.count()).select_from(Case)) == CASES
    assert {State.terminated, State.withdrawn, State.requested, State.scheduled, State.deferred} <= set(
        states
    )
    assert states[State.terminated] > CASES / 2


def test_every_case_stands_where_the_desk_would_put_it(seeded: Session, desk: Desk) -> None:
    for case in _all(seeded, Case):
        stood = case.queue_group, case.queue_at, case.idle_since, case.wanted_for
        standing.restand(desk, case, MONDAY)
        now = case.queue_group, case.queue_at, case.idle_since, case.wanted_for
        assert now == stood, case.reference
        assert (case.closed_at is None) == any(part.is_open for part in case.cancellations)


def test_the_history_gives_the_present(seeded: Session) -> None:
    states: dict[int, str] = {}
    for event in _all(seeded, Event):
        if event.to_state is None or event.cancellation_id is None:
            continue
        before = states.get(event.cancellation_id, State.requested)
        assert event.from_state == before
        assert MOVES[State(before), Action(event.name)].to == event.to_state
        states[event.cancellation_id] = event.to_state
    for part in _all(seeded, Cancellation):
        assert states.get(part.id, State.requested) == part.state


def test_nothing_happens_after_the_present(seeded: Session) -> None:
    latest = [
        seeded.scalar(select(func.max(each)))
        for each in (Event.at, Case.received_at, Clock.stopped_at, Letter.accepted_at, Run.begun_at)
    ]
    assert all(each is not None and each <= MONDAY for each in latest)


def test_clocks_are_promised_by_the_calendar(seeded: Session, desk: Desk) -> None:
    for clock in _all(seeded, Clock):
        days = 2 if clock.name == "first_contact" else 1
        assert clock.due_at == desk.calendar.due(clock.started_at, days, "end_of_day")
        assert clock.stopped_at is None or clock.stopped_at >= clock.started_at
        assert clock.stopped_at is not None or clock.case.is_open


def test_the_scheduler_has_nobody_to_warn(seeded: Session, desk: Desk) -> None:
    assert promises.breached(desk, MONDAY) == promises.at_risk(desk, MONDAY) == []


def test_ended_locations_hold_no_number(seeded: Session) -> None:
    ended = set(
        seeded.scalars(select(Cancellation.location_id).where(Cancellation.state == State.terminated))
    )
    for number in _all(seeded, Number):
        if number.location_id in ended:
            assert number.ended_as == ("ported" if number.disposition == Disposition.ported else "released")
        else:
            assert number.held or number.disposition == Disposition.ported


def test_references_are_whole(seeded: Session) -> None:
    if seeded.get_bind().dialect.name == "sqlite":
        assert seeded.execute(text("PRAGMA foreign_key_check")).all() == []


def test_ids_go_on_behind_the_seed(seeded: Session) -> None:
    owner = seeded.scalars(select(User).limit(1)).one()
    account = _all(seeded, Case)[-1].account
    now = datetime(2027, 3, 1, 16, 0, tzinfo=UTC)
    case = Case(account=account, owner=owner, requester="x@y.example", received_at=now, queue_at=now)
    seeded.add(case)
    seeded.flush()
    assert case.id == CASES + 1


def test_the_command_fills_a_database(lastcall: Any, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrating, "current", lambda _url: migrating.newest())
    ended = lastcall("seed", "--cases", "30", "--years", "0.2")
    assert (ended.exit_code, "30 cases are there." in ended.output) == (0, True)
    with Session(engine) as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 30


def test_it_says_what_it_needs(lastcall: Any) -> None:
    assert lastcall("seed", "--cases", "none").exit_code == 2
    assert lastcall("seed").exit_code == 2


def test_seeded_cases_are_found_by_name_and_number(seeded: Session) -> None:
    part = _all(seeded, Cancellation)[-1]
    place, number = part.location, part.location.numbers[0]
    for text_typed in (
        f"{place.account.name} {place.name}",
        number.e164,
        number.e164[-7:],
        place.account.owner.email,
    ):
        found = select(Case.id).where(searching.matches(seeded, text_typed))
        assert part.case_id in set(seeded.scalars(found)), text_typed
