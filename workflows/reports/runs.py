"""The run log and the page of one run: what was done, step by step. Reads only."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import contains_eager, selectinload

from workflows.business_days import at_local
from workflows.desk import Desk
from workflows.records import Cancellation, Case, Run, Step
from workflows.reports.searching import matches
from workflows.states import State, StepState

ROWS = 50


class Standing(StrEnum):
    """How a run stands, for readers."""

    under_way = "under_way"
    blocked = "blocked"
    finished = "finished"
    undone = "undone"


_LAST_STEP = (
    select(Step.id)
    .where(Step.run_id == Run.id, Step.name == "revoke_access", Step.state == StepState.done)
    .exists()
)
_IS_OVER = Run.ended_at.is_not(None)
CONDITIONS: dict[Standing, ColumnElement[bool]] = {
    Standing.under_way: ~_IS_OVER & (Cancellation.state != State.blocked),
    Standing.blocked: ~_IS_OVER & (Cancellation.state == State.blocked),
    Standing.finished: _IS_OVER & _LAST_STEP,
    Standing.undone: _IS_OVER & ~_LAST_STEP,
}


@dataclass(frozen=True)
class RunWish:
    """What an address asks for. None or empty stands for all."""

    standings: tuple[Standing, ...] = ()
    since: date | None = None
    """The first day of the office on which a run began."""
    until: date | None = None
    text: str = ""
    before: int | None = None
    """The run after which this page begins: the one with the lowest id of the page before."""


@dataclass(frozen=True)
class RunRow:
    run: Run
    standing: Standing

    @property
    def wanted(self) -> list[Step]:
        return [step for step in self.run.steps if step.state != StepState.left_out]

    @property
    def done(self) -> int:
        return sum(step.state == StepState.done for step in self.run.steps)


@dataclass(frozen=True)
class RunPage:
    rows: list[RunRow] = field(default_factory=list)
    next: int | None = None


def standing(run: Run) -> Standing:
    """The same as CONDITIONS, of a run whose steps are at hand."""
    if run.ended_at is None:
        is_blocked = run.cancellation.state == State.blocked
        return Standing.blocked if is_blocked else Standing.under_way
    is_done = any(step.name == "revoke_access" and step.state == StepState.done for step in run.steps)
    return Standing.finished if is_done else Standing.undone


def page(desk: Desk, wish: RunWish, most: int = ROWS) -> RunPage:
    """One page of the log, the newest first: two queries, however many rows there are."""
    found = _runs().where(*_filters(desk, wish)).order_by(Run.id.desc()).limit(most + 1)
    runs = desk.session.scalars(found.options(selectinload(Run.steps))).all()
    rows = [RunRow(each, standing(each)) for each in runs[:most]]
    return RunPage(rows, rows[-1].run.id if len(runs) > most else None)


def one(desk: Desk, run_id: int) -> RunRow | None:
    """A run with its whole ledger."""
    ledger = selectinload(Run.steps).selectinload(Step.calls)
    run = desk.session.scalar(_runs().where(Run.id == run_id).options(ledger))
    return RunRow(run, standing(run)) if run is not None else None


def _runs() -> Select[Run]:
    part = contains_eager(Run.cancellation)
    return (
        select(Run)
        .join(Run.cancellation)
        .join(Cancellation.location)
        .join(Cancellation.case)
        .options(
            part.contains_eager(Cancellation.location),
            part.contains_eager(Cancellation.case).joinedload(Case.account),
            part.joinedload(Cancellation.confirmed_by),
        )
    )


def _filters(desk: Desk, wish: RunWish) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wish.standings:
        found.append(or_(*(CONDITIONS[each] for each in wish.standings)))
    if wish.since is not None:
        found.append(Run.begun_at >= _midnight(desk, wish.since))
    if wish.until is not None:
        found.append(Run.begun_at < _midnight(desk, wish.until + timedelta(days=1)))
    if wish.text:
        found.append(matches(desk.session, wish.text))
    if wish.before is not None:
        found.append(Run.id < wish.before)
    return found


def _midnight(desk: Desk, day: date) -> datetime:
    return at_local(day, time(0), desk.calendar.time_zone)
