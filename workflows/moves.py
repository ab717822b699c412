"""The only writer of `Cancellation.state`."""

from datetime import datetime

from sqlalchemy import select, update

from workflows.actors import Actor
from workflows.desk import Desk
from workflows.errors import Line, Overtaken, Refused
from workflows.history import note
from workflows.promises import settle, start
from workflows.records import Cancellation, Case, Event, Number, Override
from workflows.standing import restand
from workflows.states import MOVES, WAKES, Action, ClockName, Disposition, State

UNSETTLED = (State.requested, State.deferred)


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
    if not _won(desk, part, before, step.to, at):
        desk.session.refresh(part)
        raise Overtaken(out_of_date(desk, part))
    part.case.version += 1
    moved = note(desk, action, at=at, by=by, cancellation=part, moved=(before, step.to), why=why)
    moved.facts = {**moved.facts, **_dates_told(part), "forgotten": _follow(desk, part, action, at)}
    _close(part.case, at)
    if action in WAKES:
        start(desk, part.case, ClockName.follow_up, at)
    settle(desk, part.case, at)
    restand(desk, part.case, at)


def _won(desk: Desk, part: Cancellation, before: State, to: State, at: datetime) -> bool:
    desk.session.flush()
    won = desk.session.scalar(
        update(Cancellation)
        .where(Cancellation.id == part.id, Cancellation.state == before)
        .values(state=to, state_since=at, **_dates(part, to))
        .returning(Cancellation.id)
        .execution_options(synchronize_session="evaluate")
    )
    return won is not None


def _dates(part: Cancellation, to: State) -> dict[str, object]:
    """The dates that belong to a state leave with it."""
    cleared: dict[str, object] = {"begin_at": part.begin_at if to == State.scheduled else None}
    if to != State.deferred:
        cleared |= {"review_on": None, "review_at": None}
    if to in UNSETTLED:
        cleared |= {"run_at": None, "waits_for": []}
    if to != State.scheduled:
        cleared |= {"tomorrow_at": None}
    return cleared


def _dates_told(part: Cancellation) -> dict[str, str | None]:
    """The dates of the new state, for the history."""
    dates = {"run_at": part.run_at, "review_on": part.review_on, "agreed_for": part.agreed_for}
    return {name: value.isoformat() if value else None for name, value in dates.items()}


def _follow(desk: Desk, part: Cancellation, action: Action, at: datetime) -> list[int]:
    """What each new state brings with it. Returns the numbers (ids) of which the word was forgotten."""
    part.woken_by = action if action in WAKES else None
    if part.state not in UNSETTLED:
        part.unsettled_since = None
    elif part.unsettled_since is None:
        part.unsettled_since = at
    if part.state in UNSETTLED or not part.is_open:
        _end_overrides(desk, part, at)
    if not part.is_open:
        part.ended_at = at
    return _forget_the_word(desk, part) if part.state in (State.withdrawn, State.declined) else []


def _end_overrides(desk: Desk, part: Cancellation, at: datetime) -> None:
    desk.session.execute(
        update(Override)
        .where(Override.cancellation_id == part.id, Override.ended_at.is_(None))
        .values(ended_at=at)
    )


def _forget_the_word(desk: Desk, part: Cancellation) -> list[int]:
    """`not_needed` was the customer's word for this request alone."""
    forgotten = []
    for number in desk.session.scalars(
        select(Number).where(
            Number.location_id == part.location_id, Number.disposition == Disposition.not_needed
        )
    ):
        number.disposition, number.evidence, number.evidence_by = Disposition.undecided, "", ""
        number.evidence_at = None
        forgotten.append(number.id)
    return forgotten


def _close(case: Case, at: datetime) -> None:
    if case.closed_at is None and not any(part.is_open for part in case.cancellations):
        case.closed_at = at


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
