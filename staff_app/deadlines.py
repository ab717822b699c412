"""The next promise of a case in words: how long is left or how late it is, and the moment itself."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from staff_app.words import Say
from workflows.promises import ClockState, state_of
from workflows.records import Cancellation, Clock
from workflows.stages import Stage
from workflows.states import ClockName, State

NONE = timedelta()
LOOKS = {
    Stage.new: ("spark", "line"),
    Stage.attempted: ("phone", "blue"),
    Stage.contacted: ("check", "green"),
    Stage.port_completed: ("portdone", "amber"),
    Stage.port_failed: ("tri", "red"),
    Stage.review_due: ("clock", "amber"),
    Stage.look_again: ("tri", "red"),
    Stage.waiting: ("port", "violet"),
    Stage.scheduled: ("cal", "green"),
    Stage.ending: ("refresh", "amber"),
    Stage.run_failed: ("alert", "red"),
    Stage.terminated: ("power", ""),
    Stage.withdrawn: ("undo", ""),
    Stage.declined: ("x", ""),
}
"""The shape and the colour of each stage's badge."""
PROMISES = {ClockName.first_contact: "First contact", ClockName.follow_up: "Follow up"}
GATE_B = {
    "not_due": "its moment",
    "stopped": "the stop switch",
    "cap_reached": "the cap",
    "needs_second_approval": "a second approval",
    "on_hold": "the hold",
    "unreachable": "the platform",
}


@dataclass(frozen=True)
class Ribbon:
    """How much of the promised time is used, in per cent, and whether it is over."""

    used: int
    is_over: bool
    tone: str


@dataclass(frozen=True)
class Deadline:
    first: str
    second: str = ""
    icon: str = "clock"
    tone: str = ""
    """`red`, `amber` or none."""
    instant: datetime | None = None
    title: str = ""
    ribbon: Ribbon | None = None
    left: int | None = None
    """Business seconds until it is due; below nothing once it is late."""


def of(say: Say, part: Cancellation, clock: Clock | None) -> Deadline:
    """What a list shows for the most urgent part of a case."""
    if part.state == State.blocked:
        since = part.state_since
        return Deadline(f"Run stopped {say.when(since)}", "Service may be half on", "alert", "red", since)
    if clock is not None:
        return of_clock(say, clock)
    return _of_state(say, part)


def _of_state(say: Say, part: Cancellation) -> Deadline:
    match State(part.state):
        case State.requested:
            return _asked_for(say, part.wanted_for)
        case State.deferred if part.review_on:
            return Deadline(f"Look again {say.day(part.review_on)}", say.away(part.review_on), "pause")
        case State.scheduled:
            return _ends(say, part)
        case State.terminating:
            return Deadline("Ending now", f"since {say.when(part.state_since)}", "refresh", "amber")
        case _:
            return Deadline(f"Closed {say.when(part.ended_at or part.state_since)}", "", "check")


def _asked_for(say: Say, day: date) -> Deadline:
    passed = day < say.today
    tone, icon = ("amber", "tri") if passed else ("", "cal")
    words = f"was {say.away(day)}" if passed else say.away(day)
    return Deadline(f"Asked for {say.day(day)}", words, icon, tone)


def _ends(say: Say, part: Cancellation) -> Deadline:
    assert part.run_at is not None
    moment = say.where(part.run_at, part.location.time_zone)
    if not part.waits_for:
        return Deadline(f"Ends {moment}", say.away(say.local(part.run_at).date()), "cal", "", part.run_at)
    waits = ", ".join(GATE_B.get(code, code) for code in part.waits_for)
    return Deadline(f"Was to end {moment}", f"Waits for {waits}", "pause", "amber", part.run_at)


def of_clock(say: Say, clock: Clock) -> Deadline:
    """A running clock: business time left or late, and the wall clock."""
    state = state_of(clock, say.at)
    late = state == ClockState.breached
    span = say.desk.calendar.between(*sorted((clock.due_at, say.at)))
    if late:
        first = f"{say.business(span)} late" if span else "Late since closing time"
    else:
        first = f"{say.business(span)} left"
    verb = "was due" if late else "due"
    tone = {ClockState.breached: "red", ClockState.at_risk: "amber"}.get(state, "")
    icon = {ClockState.breached: "alert", ClockState.at_risk: "tri"}.get(state, "clock")
    second = f"{verb} {say.when(clock.due_at)}"
    left = round(-span.total_seconds() if late else span.total_seconds())
    title = f"{PROMISES[ClockName(clock.name)]}: {say.full(clock.due_at)}. {clock.explanation}"
    return Deadline(first, second, icon, tone, clock.due_at, title, ribbon(say, clock, state), left)


def ribbon(say: Say, clock: Clock, state: ClockState) -> Ribbon:
    whole = say.desk.calendar.between(clock.started_at, clock.due_at)
    until = min(clock.stopped_at or say.at, clock.due_at)
    used = say.desk.calendar.between(clock.started_at, until) if until > clock.started_at else NONE
    share = round(100 * (used / whole)) if whole else 100
    is_over = state in (ClockState.breached, ClockState.missed)
    tone = {ClockState.at_risk: "risk", ClockState.running: "ok", ClockState.met: "met"}.get(state, "over")
    return Ribbon(100 if is_over else min(share, 100), is_over, tone)


def group_of(say: Say, group: int, instant: datetime, end_of_today: datetime) -> str:
    """The heading under which the queue shows a place."""
    if group == 1 and instant < say.at:
        return "act"
    if group == 1:
        return "today" if instant < end_of_today else "next"
    return {3: "next", 4: "waiting"}.get(group, "planned")


GROUPS = {
    "act": ("Act now", "Past the promised time, or a run that did not finish", "alert", "red-t"),
    "today": ("Due today", "Promised before closing time", "clock", ""),
    "next": ("Next", "Promised for a later day, or to settle by the date asked for", "clock", ""),
    "waiting": ("Waiting", "Nothing due until the date shown", "pause", ""),
    "planned": ("Scheduled", "Confirmed and clear; runs by itself at its moment", "cal", ""),
}
COUNTED = {"act": "late", "today": "today", "next": "next", "waiting": "waiting", "planned": "planned"}
"""Which count of a list belongs to which heading."""
