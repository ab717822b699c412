"""A changed calendar: kept as it was written, previewed, applied to what runs and to nothing else."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from sqlalchemy import select

from workflows import actors, calendar_change, calendars, heartbeat, intake, jobs, promises, talking
from workflows.actors import SYSTEM
from workflows.business_days import Span
from workflows.config import Settings
from workflows.config.settings import Office
from workflows.desk import Desk
from workflows.intake import NewRequest
from workflows.records import Case, Clock, Event, User
from workflows.states import Channel, Outcome

SPLIT = Office.model_validate(
    {
        "time_zone": "America/Toronto",
        "hours": {"mon": ["09:00-12:00", "13:00-24:00"], "sat": []},
        "holidays": "CA-ON",
        "extra_holidays": [date(2027, 5, 3)],
        "extra_working_days": [date(2027, 7, 1)],
    }
)


@pytest.mark.parametrize("office", [Office(), SPLIT])
def test_a_calendar_is_kept_as_it_is(office: Office) -> None:
    assert calendars.office_of(calendars.stored(office)) == office


def changed(desk: Desk, **office: Any) -> None:
    """The file now holds another calendar; the old one is in force."""
    calendars.adopt(desk.session, Settings(), datetime(2027, 1, 1, tzinfo=UTC))
    desk.settings = Settings(office=Office(**office))
    desk.calendar = calendars.in_force(desk.session, desk.settings)
    desk.session.commit()


def asked(world: Any, desk: Desk, location: str = "HQ") -> Case:
    request = NewRequest(
        "acme", (location,), date(2027, 4, 1), "Closing", "pat@acme.example", (location,), confirmed=True
    )
    made = intake.submit(desk, request, at=world.time.now, by=actors.customer("pat@acme.example"))
    desk.session.commit()
    return made


def clock(desk: Desk) -> Clock:
    return desk.session.scalars(select(Clock).execution_options(populate_existing=True)).one()


def test_the_first_start_takes_the_files_calendar(desk: Desk) -> None:
    at = datetime(2027, 1, 1, tzinfo=UTC)
    calendars.adopt(desk.session, desk.settings, at)
    calendars.adopt(desk.session, desk.settings, at)
    newest = calendars.applied(desk.session)
    assert newest is not None
    assert (newest.id, newest.by) == (1, "system")
    assert not calendars.is_changed(desk.session, desk.settings)


def test_a_change_moves_nothing_by_itself(world: Any, desk: Desk, acme: str) -> None:
    changed(desk, extra_holidays=frozenset({date(2027, 3, 2)}))
    asked(world, desk)
    assert calendars.is_changed(desk.session, desk.settings)
    assert clock(desk).due_at == datetime(2027, 3, 4, 0, 0, tzinfo=UTC)


def test_apply_moves_what_runs(world: Any, desk: Desk, acme: str) -> None:
    changed(desk, extra_holidays=frozenset({date(2027, 3, 2)}))
    case = asked(world, desk)
    shown = calendar_change.preview(desk, desk.settings, world.time.now)
    assert (shown.words, clock(desk).calendar_version) == ("1 due time moves", 1)
    done = calendar_change.apply(desk, desk.settings, by=SYSTEM, at=world.time.now)
    desk.session.commit()
    assert done.words == shown.words
    assert clock(desk).due_at == datetime(2027, 3, 5, 0, 0, tzinfo=UTC)
    assert clock(desk).calendar_version == 2
    assert "2 March" in clock(desk).explanation or "Mar" in clock(desk).explanation
    assert case.queue_at == clock(desk).due_at
    assert desk.session.scalars(select(Event).where(Event.name == "calendar_applied")).one().why == done.words


def test_stopped_clocks_keep_their_result(world: Any, desk: Desk, acme: str) -> None:
    changed(desk, extra_holidays=frozenset({date(2027, 3, 2)}))
    case = asked(world, desk)
    agent = desk.session.scalars(select(User).where(User.name == "Agent")).one()
    talking.log_contact(
        desk,
        case,
        by=actors.staff(agent),
        at=world.time.now,
        channel=Channel.phone,
        outcome=Outcome.reached,
    )
    desk.session.commit()
    assert (
        calendar_change.apply(desk, desk.settings, by=SYSTEM, at=world.time.now).words == "No due time moves"
    )
    assert clock(desk).calendar_version == 1


def test_breaches_vanish_and_are_told_again_when_they_come(world: Any, desk: Desk, acme: str) -> None:
    changed(desk, extra_holidays=frozenset({date(2027, 3, 2), date(2027, 3, 3)}))
    asked(world, desk)
    world.time.now = datetime(2027, 3, 4, 12, 0, tzinfo=UTC)
    shift = jobs.Shift(desk, world.mail, "test", world.time.read, "key")
    [breached] = [job for job in jobs.JOBS if job.name == "breached"]
    jobs.do(shift, breached)
    done = calendar_change.apply(desk, desk.settings, by=SYSTEM, at=world.time.now)
    desk.session.commit()
    assert done.words == "1 due time moves, 1 breach vanishes"
    assert promises.state_of(clock(desk), world.time.now) == "running"
    assert not clock(desk).told_breached


def test_breaches_appear(world: Any, desk: Desk, acme: str) -> None:
    hours = tuple((Span(time(9), time(10)),) for _day in range(7))
    changed(desk, hours=hours)
    asked(world, desk)
    world.time.now = datetime(2027, 3, 3, 20, 0, tzinfo=UTC)
    assert (
        calendar_change.preview(desk, desk.settings, world.time.now).words
        == "1 due time moves, 1 breach appears"
    )


def test_the_file_without_any_applied_calendar_is_no_change(desk: Desk) -> None:
    assert not calendars.is_changed(desk.session, desk.settings)
    assert heartbeat.last(desk.session, ["scheduler"]) == {}
