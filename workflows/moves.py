"""The only writer of `Cancellation.state`."""

from datetime import datetime

from sqlalchemy import bindparam, select

from workflows import rows
from workflows.actors import Actor
from workflows.desk import Desk
from workflows.errors import Line, Overtaken, Refused
from workflows.history import note
from workflows.promises import settle, start
from workflows.records import Cancellation, Case, Event, Override
from workflows.records.base import Row
from workflows.standing import restand
from workflows.states import MOVES, WAKES, Action, By, ClockName, Disposition, State

UNSETTLED = (State.requested, State.deferred)
_STANDING_OVERRIDES = select(Override.id).where(
    Override.cancellation_id == bindparam("part"), Override.ended_at.is_(None)
)


def may(part: Cancellation, action: Action, by: Actor) -> bool:
    """Whether the table of moves has this action for this state and actor."""
    move = MOVES.get((State(part.state), action))
    return move is not None and by.kind in move.by


def move(desk: Desk, part: Cancellation, action: Action, *, at: datetime, by: Actor, why: str = "") -> None:
    """Moves a cancellation by the table: compare-and-set on its state, event, clocks, queue.

    Raises Refused (`out_of_date`) where the table does not allow it, Overtaken where another
    process was faster."""
    before = State(part.state)
    step = MOVES.get((before, action))
    if step is None or by.kind not in step.by:
        raise Refused(out_of_date(desk, part))
    brings = _brings(part, action, step.to, at) | _wish(step.to, by)
    if not rows.compare_and_set(desk.session, part, {"state": before}, {"state": step.to, **brings}):
        desk.session.refresh(part)
        raise Overtaken(out_of_date(desk, part))
    _touch(desk, part.case, at)
    facts: Row = {**_dates_told(part), "forgotten": _follow(desk, part, at)}
    note(desk, action, at=at, by=by, cancellation=part, moved=(before, step.to), why=why, **facts)
    if action in WAKES:
        start(desk, part.case, ClockName.follow_up, at)
    settle(desk, part.case, at)
    restand(desk, part.case, at)


def _brings(part: Cancellation, action: Action, to: State, at: datetime) -> Row:
    """What each new state brings with it."""
    brings: Row = {"state_since": at, "woken_by": action if action in WAKES else None}
    brings["unsettled_since"] = part.unsettled_since or at if to in UNSETTLED else None
    if to.is_final:
        brings["ended_at"] = at
    return brings | _dates(part, to)


def _wish(to: State, by: Actor) -> Row:
    """The date that the customer asked for is answered by who acts, and done with once a date is set."""
    if to == State.scheduled or to.is_final:
        return {"date_wish": None, "date_wish_at": None}
    return {"date_wish_at": None} if by.kind == By.agent else {}


def _dates(part: Cancellation, to: State) -> Row:
    """The dates that belong to a state leave with it."""
    cleared: Row = {"begin_at": part.begin_at if to == State.scheduled else None}
    if to != State.deferred:
        cleared |= {"review_on": None, "review_at": None}
    if to in UNSETTLED:
        cleared |= {"run_at": None, "day_ends_at": None, "waits_for": []}
    if to != State.scheduled:
        cleared |= {"tomorrow_at": None}
    return cleared


def _dates_told(part: Cancellation) -> dict[str, str | None]:
    """The dates of the new state, for the history."""
    dates = {"run_at": part.run_at, "review_on": part.review_on, "agreed_for": part.agreed_for}
    return {name: value.isoformat() if value else None for name, value in dates.items()}


def _touch(desk: Desk, case: Case, at: datetime) -> None:
    """Pages of the case are stale now; it closes with its last cancellation."""
    touched: Row = {"version": case.version + 1}
    if case.closed_at is None and not any(part.is_open for part in case.cancellations):
        touched["closed_at"] = at
    rows.put(desk.session, case, touched)


def _follow(desk: Desk, part: Cancellation, at: datetime) -> list[int]:
    """What belonged to the old state. Returns the numbers (ids) of which the word was forgotten."""
    if part.state in UNSETTLED or not part.is_open:
        _end_overrides(desk, part, at)
    return _forget_the_word(desk, part) if part.state in (State.withdrawn, State.declined) else []


def _end_overrides(desk: Desk, part: Cancellation, at: datetime) -> None:
    for standing in rows.ids(desk.session, _STANDING_OVERRIDES, {"part": part.id}):
        rows.put(desk.session, desk.session.get_one(Override, standing), {"ended_at": at})


def _forget_the_word(desk: Desk, part: Cancellation) -> list[int]:
    """`not_needed` was the customer's word for this request alone."""
    forgotten = []
    meant = (each for each in part.location.numbers if each.disposition == Disposition.not_needed)
    for number in meant:
        number.disposition, number.evidence, number.evidence_by = Disposition.undecided, "", ""
        number.evidence_at = None
        forgotten.append(number.id)
    return forgotten


def out_of_date(desk: Desk, part: Cancellation) -> Line:
    """The friendly words for a move that came too late: it says who did what."""
    last = desk.session.scalar(
        select(Event)
        .where(Event.cancellation_id == part.id, Event.to_state.is_not(None))
        .order_by(Event.id.desc())
        .limit(1)
    )
    words = f"{part.location.name} is {part.state} and no longer allows this."
    if last is not None:
        words = f"{words} {last.actor} made it so at {last.at:%Y-%m-%d %H:%M} UTC ({last.name})."
    return Line("out_of_date", words)
