"""Leases and fencing: a run belongs to one worker at a time, and an older one can change nothing."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select, update

from workflows.desk import Desk
from workflows.errors import WorkflowError
from workflows.records import Run


class LostLease(WorkflowError):
    """Another worker holds the run now. The one who hears this stops and writes nothing."""


def claim(desk: Desk, run_id: int, worker: str, at: datetime) -> Run | None:
    """Takes a run whose lease is over, with a higher fencing token. None where another was faster."""
    won = desk.session.scalar(
        update(Run)
        .where(Run.id == run_id, or_(Run.lease_until.is_(None), Run.lease_until <= at))
        .values(worker=worker, fencing=Run.fencing + 1, lease_until=_end(desk, at))
        .returning(Run.id)
        .execution_options(synchronize_session=False)
    )
    if won is None:
        return None
    return desk.session.scalar(select(Run).where(Run.id == run_id).execution_options(populate_existing=True))


def _end(desk: Desk, at: datetime) -> datetime:
    return at + timedelta(seconds=desk.settings.termination.lease_seconds)


def renew(desk: Desk, run: Run, fencing: int, at: datetime) -> None:
    """Makes the lease last from now, and proves that it is still ours. Raises LostLease."""
    _write(desk, run, fencing, lease_until=_end(desk, at), progress_at=at)


def give_back(desk: Desk, run: Run, fencing: int, next_at: datetime | None) -> None:
    _write(desk, run, fencing, lease_until=None, worker="", next_at=next_at)


def _write(desk: Desk, run: Run, fencing: int, **values: object) -> None:
    desk.session.flush()
    won = desk.session.scalar(
        update(Run)
        .where(Run.id == run.id, Run.fencing == fencing)
        .values(**values)
        .returning(Run.id)
        .execution_options(synchronize_session="evaluate")
    )
    if won is None:
        desk.session.rollback()
        raise LostLease(f"Run {run.id} belongs to another worker now.")
