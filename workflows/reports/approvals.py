"""Large ends that wait for a second approval: the list for managers, and how many there are. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, String, cast, func, literal, or_, select, tuple_
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from workflows.desk import Desk
from workflows.records import Cancellation, Case, Location, Number, Run
from workflows.records.base import UTCDateTime
from workflows.states import Disposition, State
from workflows.termination import ledger, plan

ROWS, MOST = 50, 1000
RELEASE, SERVICES = "release:", '"remove_services"'
Key = tuple[datetime, int]
"""A place in the list: the run's moment, the cancellation."""


@dataclass(frozen=True)
class Waiting:
    """One end that waits, with what makes it large."""

    part: Cancellation
    steps: list[str]

    @property
    def releases(self) -> int:
        return sum(step.startswith(RELEASE) for step in self.steps)


@dataclass(frozen=True)
class ApprovalPage:
    rows: list[Waiting]
    next: Key | None = None


def page(desk: Desk, after: Key | None = None, most: int = ROWS) -> ApprovalPage:
    """The soonest first; a fixed number of queries."""
    found = desk.session.scalars(_waiting(desk, after).limit(most + 1)).unique().all()
    runs = _newest_runs(desk, [part.id for part in found if part.state == State.blocked])
    rows = [Waiting(part, _steps_of(part, runs.get(part.id))) for part in found[:most]]
    last = found[most - 1] if len(found) > most else None
    return ApprovalPage(rows, (last.run_at, last.id) if last is not None and last.run_at else None)


def count(desk: Desk) -> ScalarSelect[int]:
    """How many wait, counted up to MOST; for a query that asks for more."""
    found = select(Cancellation.id).join(Cancellation.location).where(*waits(desk)).limit(MOST).subquery()
    return select(func.count()).select_from(found).scalar_subquery()


def _newest_runs(desk: Desk, parts: list[int]) -> dict[int, Run]:
    """The newest run of each blocked cancellation, with its steps."""
    if not parts:
        return {}
    found = (
        select(Run).where(Run.cancellation_id.in_(parts)).options(selectinload(Run.steps)).order_by(Run.id)
    )
    return {run.cancellation_id: run for run in desk.session.scalars(found)}


def _steps_of(part: Cancellation, run: Run | None) -> list[str]:
    """As `brakes.steps_to_approve`, of rows that are at hand."""
    if part.state == State.scheduled:
        return list(part.plan["steps"])
    return plan.remaining(plan.build(part.location), ledger.done(run) if run else set())


def _waiting(desk: Desk, after: Key | None) -> Select[Cancellation]:
    found = (
        select(Cancellation)
        .join(Cancellation.location)
        .join(Cancellation.case)
        .options(
            contains_eager(Cancellation.location).selectinload(Location.numbers),
            contains_eager(Cancellation.case).joinedload(Case.account),
            joinedload(Cancellation.confirmed_by),
        )
        .where(*waits(desk))
        .order_by(Cancellation.run_at, Cancellation.id)
    )
    if after is None:
        return found
    here = tuple_(Cancellation.run_at, Cancellation.id)
    return found.where(here > tuple_(literal(after[0], UTCDateTime()), literal(after[1])))


def waits(desk: Desk) -> Sequence[ColumnElement[bool]]:
    """As `brakes.steps_to_approve` judges, of a Cancellation joined with its Location."""
    limit = desk.settings.termination.second_approval
    planned = Cancellation.state == State.scheduled
    stopped = Cancellation.state == State.blocked
    is_dear = Location.monthly_price > limit.monthly
    many = or_(
        planned & (_times(_steps(), RELEASE) > limit.numbers),
        stopped & (_left().with_only_columns(func.count()).scalar_subquery() > limit.numbers),
    )
    return planned | stopped, is_dear | many, Cancellation.approved_at.is_(None) | _grew(planned, stopped)


def _grew(planned: ColumnElement[bool], stopped: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether something is to be done now that was not approved."""
    approved = cast(Cancellation.approved_steps, String)
    named = RELEASE + Number.e164
    here = select(Number.id).where(Number.location_id == Cancellation.location_id)
    is_new = approved.not_like("%" + named + "%")
    return or_(
        planned & here.where(_steps().like("%" + named + "%"), is_new).exists(),
        stopped & _left().where(is_new).exists(),
        ~approved.contains(SERVICES)
        & or_(planned & _steps().contains(SERVICES), stopped & (cast(Location.services, String) != "[]")),
    )


def _steps() -> ColumnElement[str]:
    return cast(Cancellation.plan, String)


def _left() -> Select[Any]:
    """The numbers that a retry would still release."""
    return select(Number.id).where(
        Number.location_id == Cancellation.location_id,
        Number.held,
        Number.disposition == Disposition.not_needed,
    )


def _times(text: ColumnElement[str], part: str) -> ColumnElement[Any]:
    """How often a text holds a part of itself."""
    return (func.length(text) - func.length(func.replace(text, part, ""))) / len(part)


def write_key(key: Key) -> str:
    return f"{int(key[0].timestamp())}.{key[1]}"


def read_key(text: str) -> Key | None:
    """The key of an address; None where it is none."""
    try:
        instant, part_id = (int(each) for each in text.split("."))
        return datetime.fromtimestamp(instant, UTC), part_id
    except (ValueError, OverflowError, OSError):
        return None
