"""What stands on every staff page: the stop switch, the scheduler's sign of life, counts. One query."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ScalarSelect, func, literal, select

from workflows.desk import Desk
from workflows.records import Beat, Cancellation, Case, Stop, User
from workflows.reports import approvals
from workflows.reports.lists import end_of_today, soon
from workflows.standing import URGENT
from workflows.states import Role, State

SCHEDULER = "scheduler"
SILENT_AFTER = timedelta(seconds=60)
MOST = 1000
"""Counts end here: more is shown as 999+."""


@dataclass(frozen=True)
class Frame:
    mine: int
    unassigned: int
    open: int
    late: int
    today: int
    """Late and due today: of my queue."""
    next_run: datetime | None
    beat_at: datetime | None
    stopped_at: datetime | None
    stopped_by: str
    stopped_by_id: int | None
    stopped_why: str
    failed_runs: int
    """Cancellations whose run stopped and needs somebody."""
    approvals: int
    """Large ends that wait for a second approval; asked for managers only."""
    at: datetime

    @property
    def is_stopped(self) -> bool:
        return self.stopped_at is not None

    @property
    def is_silent(self) -> bool:
        """Whether no scheduler gave a sign of life for a minute."""
        return self.beat_at is None or self.at - self.beat_at > SILENT_AFTER


def read(desk: Desk, user: User, at: datetime) -> Frame:
    limit, today = soon(desk, at), end_of_today(desk, at)
    mine, nobody = Case.owner_id == user.id, Case.owner_id.is_(None)
    urgent = Case.queue_group == URGENT
    late = urgent & (Case.queue_at < at)
    now_till_night = urgent & (Case.queue_at >= at) & (Case.queue_at < today)
    row = desk.session.execute(
        select(
            _count(mine) + _count(nobody, urgent, Case.queue_at <= limit),
            _count(nobody),
            _count(),
            _count(mine, late) + _count(nobody, late),
            _count(mine, now_till_night) + _count(nobody, now_till_night),
            _next_run(),
            select(Beat.at).where(Beat.name == SCHEDULER).scalar_subquery(),
            *_stop(),
            _failed_runs(),
            approvals.count(desk) if user.role == Role.manager else literal(0),
        )
    ).one()
    return Frame(*row[:8], row[8] or "The desk itself", row[9], row[10] or "", row[11], row[12], at)


def _count(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    """How many open cases, counted up to MOST."""
    found = select(Case.id).where(Case.closed_at.is_(None), *conditions).limit(MOST).subquery()
    return select(func.count()).select_from(found).scalar_subquery()


def _failed_runs() -> ScalarSelect[int]:
    found = select(Cancellation.id).where(Cancellation.state == State.blocked).limit(MOST).subquery()
    return select(func.count()).select_from(found).scalar_subquery()


def _next_run() -> ScalarSelect[datetime | None]:
    due = select(Cancellation.begin_at).where(Cancellation.begin_at.is_not(None))
    return due.order_by(Cancellation.begin_at).limit(1).scalar_subquery()


def _stop() -> tuple[ScalarSelect[datetime], ScalarSelect[str], ScalarSelect[int], ScalarSelect[str]]:
    in_force = Stop.ended_at.is_(None)
    return (
        select(Stop.at).where(in_force).limit(1).scalar_subquery(),
        select(User.name).join(Stop, Stop.by_id == User.id).where(in_force).limit(1).scalar_subquery(),
        select(Stop.by_id).where(in_force).limit(1).scalar_subquery(),
        select(Stop.reason).where(in_force).limit(1).scalar_subquery(),
    )
