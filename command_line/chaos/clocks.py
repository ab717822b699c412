"""Recomputes every promise from the history, and compares it with the rows."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows.desk import Desk
from workflows.records import Case, Clock, Contact, Event, Letter
from workflows.states import FINAL, WAKES, ClockName, Outcome, State

if TYPE_CHECKING:
    from command_line.chaos.director import Storm

PROOFS = (Outcome.reached, Outcome.voicemail, Outcome.signed)


def differences(storm: "Storm", session: Session) -> Iterator[str]:
    desk = storm.house.desk(session)
    for clock in session.scalars(select(Clock).order_by(Clock.id)):
        events = list(session.scalars(select(Event).where(Event.case_id == clock.case_id).order_by(Event.id)))
        if clock.started_at not in _starts(clock, events):
            yield f"{clock.case.reference} {clock.name}: nothing in the history starts it"
        due = _due(desk, clock)
        if clock.due_at != due:
            yield f"{clock.case.reference} {clock.name}: due {clock.due_at}, by the calendar {due}"
        stop = _stop(session, clock, events)
        if clock.stopped_at != stop:
            yield f"{clock.case.reference} {clock.name}: stopped {clock.stopped_at}, by the history {stop}"


def _starts(clock: Clock, events: list[Event]) -> list[datetime]:
    if clock.name == ClockName.first_contact:
        return [each.at for each in events if each.name == "submitted"]
    return [each.at for each in events if each.name in WAKES]


def _due(desk: Desk, clock: Clock) -> datetime:
    sla = desk.settings.sla
    days = sla.first_contact_days if clock.name == ClockName.first_contact else sla.follow_up_days
    return desk.calendar.due(clock.started_at, days, sla.reading)


def _stop(session: Session, clock: Clock, events: list[Event]) -> datetime | None:
    """The first proven contact after the start, the end of the case, or (follow_up) no reason left."""
    proofs = [*_contacts(session, clock.case), *_letters(session, clock.case), *_moot(clock, events)]
    return min((each for each in proofs if each >= clock.started_at), default=None)


def _contacts(session: Session, case: Case) -> list[datetime]:
    found = select(Contact.at).where(Contact.case_id == case.id, Contact.outcome.in_(PROOFS))
    return list(session.scalars(found.where(Contact.struck_at.is_(None))))


def _letters(session: Session, case: Case) -> list[datetime]:
    found = select(Letter.accepted_at).where(Letter.case_id == case.id, Letter.caused_by_agent)
    return [at for at in session.scalars(found) if at is not None]


def _moot(clock: Clock, events: list[Event]) -> list[datetime]:
    """After which moves nothing of the case was requested any more, or all of it had ended."""
    states: dict[int, str] = {}
    moments = []
    for event in events:
        if event.to_state is None or event.cancellation_id is None:
            continue
        states[event.cancellation_id] = event.to_state
        ended = all(state in FINAL for state in states.values())
        idle = State.requested not in states.values() and clock.name == ClockName.follow_up
        if event.at >= clock.started_at and (ended or idle):
            moments.append(event.at)
    return moments
