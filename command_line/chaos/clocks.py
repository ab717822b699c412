"""Recomputes every promise by walking through the history, and compares it with the rows."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows.desk import Desk
from workflows.records import Case, Clock, Event, Letter
from workflows.states import FINAL, ClockName, Outcome, State

if TYPE_CHECKING:
    from command_line.chaos.director import Storm

PROOFS = (Outcome.reached, Outcome.voicemail, Outcome.signed)
Times = tuple[str, datetime, datetime | None]
"""A clock's name, its start and its stop."""


def differences(storm: "Storm", session: Session) -> Iterator[str]:
    desk = storm.house.desk(session)
    for case in session.scalars(select(Case).order_by(Case.id)):
        rows = list(session.scalars(select(Clock).where(Clock.case_id == case.id).order_by(Clock.id)))
        wanted = _History(session, case).walk()
        if (found := [(row.name, row.started_at, row.stopped_at) for row in rows]) != wanted:
            yield f"{case.reference}: {_shown(found)}, by the history {_shown(wanted)}"
        for row in rows:
            if row.due_at != (due := _due(desk, row)):
                yield f"{case.reference} {row.name}: due {row.due_at}, by the calendar {due}"


def _shown(times: list[Times]) -> str:
    return ", ".join(f"{name} {start:%d %H:%M:%S} to {stop or 'now'}" for name, start, stop in times)


def _due(desk: Desk, clock: Clock) -> datetime:
    sla = desk.settings.sla
    days = sla.first_contact_days if clock.name == ClockName.first_contact else sla.follow_up_days
    return desk.calendar.due(clock.started_at, days, sla.reading)


class _History:
    """One case's events in their order: what starts a clock, and what stops those that run."""

    def __init__(self, session: Session, case: Case) -> None:
        events = select(Event).where(Event.case_id == case.id).order_by(Event.id)
        self.events = list(session.scalars(events))
        proving = select(Letter.name, Letter.accepted_at).where(Letter.case_id == case.id)
        self.proving = {tuple(row) for row in session.execute(proving.where(Letter.caused_by_agent))}
        self.states: dict[int, str] = {}
        self.clocks: list[Times] = []

    def walk(self) -> list[Times]:
        for event in self.events:
            if event.name == "clock_started":
                self.clocks.append((event.facts["clock"], event.at, None))
            elif self._proves(event):
                self._stop(event.at, ClockName.first_contact, ClockName.follow_up)
            elif event.to_state is not None and event.cancellation_id is not None:
                self.states[event.cancellation_id] = event.to_state
                self._moved(event.at)
        return self.clocks

    def _proves(self, event: Event) -> bool:
        if event.name == "letter_accepted":
            return (event.facts["letter"], event.at) in self.proving
        return event.name == "contact" and event.facts["outcome"] in PROOFS

    def _moved(self, at: datetime) -> None:
        """The end of the case stops all; a follow-up ends when nothing is requested any more."""
        if all(state in FINAL for state in self.states.values()):
            self._stop(at, ClockName.first_contact, ClockName.follow_up)
        elif State.requested not in self.states.values():
            self._stop(at, ClockName.follow_up)

    def _stop(self, at: datetime, *names: str) -> None:
        self.clocks = [(n, start, stop or (at if n in names else None)) for n, start, stop in self.clocks]
