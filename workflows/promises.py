"""The promises: clocks start, stop at the first proven contact, and run again when the proof falls.

A clock's state is computed from its instants. It is never paused (product rules, section 4)."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import BindParameter, bindparam, select, text

from workflows import rows
from workflows.actors import SYSTEM
from workflows.business_words import explain
from workflows.desk import Desk
from workflows.history import note
from workflows.letters import staff
from workflows.records import Case, Clock, Contact, Letter
from workflows.standing import restand, running_clocks
from workflows.states import ClockName, Outcome, State


class ClockState(StrEnum):
    running = "running"
    at_risk = "at_risk"
    breached = "breached"
    met = "met"
    missed = "missed"


def state_of(clock: Clock, at: datetime) -> ClockState:
    """What the clock shows at an instant. One due at 18:00:00 is breached from 18:00:01."""
    if clock.stopped_at is not None:
        return ClockState.met if clock.stopped_at <= clock.due_at else ClockState.missed
    if at > clock.due_at:
        return ClockState.breached
    return ClockState.at_risk if at >= clock.at_risk_at else ClockState.running


def start(desk: Desk, case: Case, name: ClockName, at: datetime) -> Clock | None:
    """Starts a clock; None where one of that name runs already (one per case at a time)."""
    if any(clock.name == name for clock in running_clocks(desk, case)):
        return None
    sla, calendar = desk.settings.sla, desk.calendar
    days = sla.first_contact_days if name == ClockName.first_contact else sla.follow_up_days
    due = calendar.due(at, days, sla.reading)
    clock = Clock(
        case_id=case.id,
        name=name,
        started_at=at,
        due_at=due,
        at_risk_at=calendar.before(due, timedelta(hours=sla.at_risk_hours)),
        calendar_version=calendar.version,
        explanation=explain(calendar, at, days, sla.reading),
    )
    rows.write(desk.session, clock)
    rows.show(clock, {"case": case})
    rows.show(case, {"clocks": [*case.clocks, clock]})
    note(desk, "clock_started", at=at, by=SYSTEM, case=case, clock=name, due=due.isoformat())
    return clock


def proves(desk: Desk, contact: Contact) -> bool:
    """Whether a logged contact keeps the promise under the policy in force."""
    if contact.struck_at is not None:
        return False
    if contact.outcome in (Outcome.reached, Outcome.signed):
        return True
    return contact.outcome == Outcome.voicemail and desk.settings.sla.stops_on == "contact"


def contacted(desk: Desk, contact: Contact, at: datetime) -> None:
    """A contact was logged: it stops the running clocks if it proves anything."""
    if proves(desk, contact):
        _stop_all(desk, contact.case, at, f"contact:{contact.id}")


def accepted(desk: Desk, letter: Letter, at: datetime) -> None:
    """The mail server accepted a letter: proof of contact if an agent's action caused it."""
    if letter.case and letter.caused_by_agent and desk.settings.sla.stops_on == "contact":
        _stop_all(desk, letter.case, at, f"letter:{letter.id}")


def _stop_all(desk: Desk, case: Case, at: datetime, by: str) -> None:
    for clock in running_clocks(desk, case):
        _stop(desk, clock, at, by)
    restand(desk, case, at)


def _stop(desk: Desk, clock: Clock, at: datetime, by: str, noted_at: datetime | None = None) -> None:
    """`noted_at` is the present where the proof is an older one."""
    rows.put(desk.session, clock, {"stopped_at": at, "stopped_by": by})
    verdict = state_of(clock, at)
    _tell(desk, clock, "clock_stopped", noted_at or at, stopped=at.isoformat(), proof=by, verdict=verdict)


def _tell(desk: Desk, clock: Clock, name: str, at: datetime, **facts: Any) -> None:
    """An event of one clock; its start tells it from others of the name."""
    started = clock.started_at.isoformat()
    note(desk, name, at=at, by=SYSTEM, case=clock.case, clock=clock.name, started=started, **facts)


def settle(desk: Desk, case: Case, at: datetime) -> None:
    """After a move: stops the clocks that the case no longer needs."""
    requested = any(part.state == State.requested for part in case.cancellations)
    for clock in case.clocks:
        needed = case.is_open and (requested or clock.name == ClockName.first_contact)
        if needed or clock.moot_at is not None:
            continue
        rows.put(desk.session, clock, {"moot_at": at})
        if clock.stopped_at is None:
            _stop(desk, clock, at, "moot")


def proof_fell(desk: Desk, case: Case, at: datetime, proof: str) -> None:
    """A proof no longer counts (bounced, struck): its clocks stop at the next one, or run again."""
    desk.session.flush()
    for clock in reversed(case.clocks):
        if clock.stopped_by == proof:
            _run_again(desk, clock, at)
    restand(desk, case, at)


def _run_again(desk: Desk, clock: Clock, at: datetime) -> None:
    found = _first_proof(desk, clock)
    if found is None and any(each.name == clock.name for each in running_clocks(desk, clock.case)):
        return
    rows.put(desk.session, clock, {"stopped_at": None, "stopped_by": ""})
    _tell(desk, clock, "clock_runs_again", at)
    if found is not None:
        _stop(desk, clock, *found, noted_at=at)


def _first_proof(desk: Desk, clock: Clock) -> tuple[datetime, str] | None:
    proofs = [(clock.moot_at, "moot")] if clock.moot_at else []
    contacts = select(Contact).where(Contact.case_id == clock.case_id, Contact.at >= clock.started_at)
    proofs += [
        (each.at, f"contact:{each.id}") for each in desk.session.scalars(contacts) if proves(desk, each)
    ]
    if desk.settings.sla.stops_on == "contact":
        proofs += [
            (each.accepted_at, f"letter:{each.id}")
            for each in _proving_letters(desk, clock)
            if each.accepted_at
        ]
    return min(proofs, default=None)


def _proving_letters(desk: Desk, clock: Clock) -> list[Letter]:
    return list(
        desk.session.scalars(
            select(Letter).where(
                Letter.case_id == clock.case_id,
                Letter.caused_by_agent,
                Letter.accepted_at >= clock.started_at,
                Letter.bounced_at.is_(None),
            )
        )
    )


RUNNING = Clock.stopped_at.is_(None)
NEXT_RISK = (
    select(Clock.at_risk_at)
    .where(RUNNING, ~Clock.told_at_risk, ~Clock.told_breached)
    .order_by(Clock.at_risk_at)
    .limit(1)
)
NEXT_BREACH = select(Clock.due_at).where(RUNNING, ~Clock.told_breached).order_by(Clock.due_at).limit(1)
_AT: BindParameter[datetime] = bindparam("at")
_BREACHED = (
    select(Clock.id).where(RUNNING, ~Clock.told_breached, Clock.due_at < _AT).order_by(Clock.due_at, Clock.id)
)
_AT_RISK = (
    select(Clock.id)
    .where(RUNNING, ~Clock.told_at_risk, ~Clock.told_breached, Clock.at_risk_at <= _AT, Clock.due_at >= _AT)
    .order_by(Clock.at_risk_at, Clock.id)
)
_STILL_RUNS = text("clock.stopped_at IS NULL")


def breached(desk: Desk, at: datetime) -> list[int]:
    """Running clocks past their due time of which nobody was told."""
    return rows.ids(desk.session, _BREACHED, {"at": at})


def at_risk(desk: Desk, at: datetime) -> list[int]:
    """Running clocks at risk of which nobody was told; one already breached gets no such letter."""
    return rows.ids(desk.session, _AT_RISK, {"at": at})


def tell_breached(desk: Desk, clock_id: int, at: datetime) -> None:
    clock = _first_to_tell(desk, clock_id, "told_breached")
    if clock is not None:
        staff.breached(desk, clock, at)
        note(desk, "clock_breached", at=at, by=SYSTEM, case=clock.case, clock=clock.name)


def tell_at_risk(desk: Desk, clock_id: int, at: datetime) -> None:
    clock = _first_to_tell(desk, clock_id, "told_at_risk")
    if clock is not None:
        staff.at_risk(desk, clock, at)
        note(desk, "clock_at_risk", at=at, by=SYSTEM, case=clock.case, clock=clock.name)


def _first_to_tell(desk: Desk, clock_id: int, told: str) -> Clock | None:
    """Once per clock and kind, whoever else is telling. None where another was faster."""
    clock = desk.session.get_one(Clock, clock_id)
    won = rows.compare_and_set(desk.session, clock, {told: False}, {told: True}, only=_STILL_RUNS)
    return clock if won else None
