"""What stands on every staff page: the stop switch, the scheduler's sign of life, counts. One query."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Subquery, func, literal, select, true
from sqlalchemy.orm import aliased

from workflows.desk import Desk
from workflows.records import Beat, Cancellation, Case, Contact, Person, Stop, User
from workflows.reports import approvals
from workflows.reports.lists import end_of_today, soon
from workflows.standing import URGENT
from workflows.states import Role, State

SCHEDULER = "scheduler"
SILENT_AFTER = timedelta(seconds=60)
MOST = 1000
"""Counts end here: more is shown as 999+."""


@dataclass(frozen=True)
class Reminder:
    """A next try that somebody set and whose moment has come."""

    case_id: int
    version: int
    contact_id: int
    person: str
    at: datetime

    @property
    def reference(self) -> str:
        return f"C-{1000 + self.case_id}"


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
    reminder: Reminder | None = None

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
            *(due := _next_try(user, at)).c,
        ).select_from(select(literal(1)).subquery().outerjoin(due, true()))
    ).one()
    reminder = Reminder(*list[Any](row[13:])) if row[13] is not None else None
    stopped_by = row[8] or "The desk itself"
    return Frame(*row[:8], stopped_by, row[9], row[10] or "", row[11], row[12], at, reminder)


def _next_try(user: User, at: datetime) -> Subquery:
    """The oldest due next try in this user's cases: one that no later contact has answered."""
    later = aliased(Contact)
    answered = select(later.id).where(
        later.case_id == Contact.case_id, later.id > Contact.id, later.struck_at.is_(None)
    )
    same_address = func.lower(Person.email) == func.lower(Contact.person)
    name = func.coalesce(func.nullif(Person.name, ""), Contact.person)
    return (
        select(Case.id, Case.version, Contact.id.label("contact"), name.label("name"), Contact.next_try_at)
        .join(Contact, Contact.case_id == Case.id)
        .outerjoin(Person, (Person.account_id == Case.account_id) & same_address)
        .where(Case.owner_id == user.id, Case.closed_at.is_(None), Contact.struck_at.is_(None))
        .where(Contact.next_try_at <= at, ~answered.exists())
        .order_by(Contact.next_try_at, Contact.id)
        .limit(1)
        .subquery()
    )


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
