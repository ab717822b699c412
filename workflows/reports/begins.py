"""Why a scheduled cancellation has not begun: what belongs to gate B alone, with its state now. Reads only.

The lines of gate A stand in its to-do list; nothing of this is asked before the run's moment."""

from dataclasses import dataclass
from datetime import datetime

from workflows import moments
from workflows.desk import Desk
from workflows.errors import Line
from workflows.gates import ONLY_WAITS
from workflows.letters.wording import count
from workflows.records import Cancellation, Stop
from workflows.states import State
from workflows.termination import guards, plan
from workflows.termination.guards import CapLine, Caps


@dataclass(frozen=True)
class BeginLine:
    """One line of gate B as the pages show it."""

    title: str
    unmet: Line | None
    settled: str = ""
    """What makes a met line met, in words."""
    until: datetime | None = None
    """When it changes by itself, where that is known."""

    @property
    def waits(self) -> bool:
        """Whether it only holds the run; what does not wait sends it back to a person."""
        return self.unmet is not None and self.unmet.code in ONLY_WAITS


@dataclass(frozen=True)
class Begin:
    """How the begin of one cancellation stands."""

    part: Cancellation
    lines: list[BeginLine]
    is_due: bool
    """Whether its moment has come."""
    next_look: datetime | None
    """When gate B is asked next, where its moment has come."""
    was_unreachable: bool
    """Whether it is asked again only because the platform could not be read."""


def read(desk: Desk, parts: list[Cancellation], at: datetime) -> dict[int, Begin]:
    """By cancellation, of those that are scheduled. Two queries, however many there are."""
    scheduled = [part for part in parts if part.state == State.scheduled]
    if not scheduled:
        return {}
    stop, caps = guards.stop_in_force(desk), guards.caps(desk, at)
    return {part.id: _begin(desk, part, at, stop, caps) for part in scheduled}


def _begin(desk: Desk, part: Cancellation, at: datetime, stop: Stop | None, caps: Caps) -> Begin:
    assert part.run_at is not None
    is_due = part.run_at <= at
    next_look = part.begin_at if is_due else None
    put_off = next_look is not None and next_look > part.run_at and not part.waits_for
    lines = [
        _moment(part, at),
        _in_time(desk, part, at),
        _switch(stop),
        _plan(part),
        _approval(desk, part),
        _caps(desk, part, at, caps),
    ]
    return Begin(part, lines, is_due, next_look, put_off)


def _moment(part: Cancellation, at: datetime) -> BeginLine:
    return BeginLine("Its moment has come", guards.is_due(part, at), "", part.run_at)


def _in_time(desk: Desk, part: Cancellation, at: datetime) -> BeginLine:
    latest = moments.latest_start(desk, part)
    return BeginLine("It is not too late", guards.is_in_time(desk, part, at), "It may begin", latest)


def _switch(stop: Stop | None) -> BeginLine:
    return BeginLine("Terminations are on", guards.stopped_by(stop), "The stop switch is off.")


def _plan(part: Cancellation) -> BeginLine:
    return BeginLine(
        "Nothing changed since the confirmation",
        guards.is_unchanged(part),
        "Numbers, services and decisions are as confirmed.",
    )


def _approval(desk: Desk, part: Cancellation) -> BeginLine:
    steps = part.plan["steps"]
    if part.approved_by is not None:
        settled = f"Approved by {part.approved_by.name}."
    elif plan.is_large(desk, steps, part.location.monthly_price):
        settled = ""
    else:
        settled = "An end of this size needs none."
    return BeginLine("A second approval, where it is large", guards.is_approved(desk, part, steps), settled)


def _caps(desk: Desk, part: Cancellation, at: datetime, caps: Caps) -> BeginLine:
    found = guards.is_below_caps(desk, part, at, caps)
    hour = f"{caps.this_hour} of {count(caps.per_hour, 'begin', 'begins')} in the last hour"
    until = found.until if isinstance(found, CapLine) else None
    return BeginLine("The caps leave room", found, f"{hour}, {caps.today} of {caps.per_day} today.", until)
