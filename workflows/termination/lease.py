"""Leases and fencing: a run belongs to one worker at a time, and an older one can change nothing.

A lease lasts for seconds of the world, also where the desk's clock runs fast (`clock.lasting`)."""

from datetime import datetime, timedelta

from sqlalchemy import case, or_, select, true, update

from workflows import clock
from workflows.desk import Desk
from workflows.errors import WorkflowError
from workflows.records import Run


class LostLease(WorkflowError):
    """Another worker holds the run now. The one who hears this stops and writes nothing."""


def claim(
    desk: Desk,
    run_id: int,
    worker: str,
    at: datetime,
    *,
    only_due: bool = False,
    lasting: timedelta | None = None,
) -> Run | None:
    """Takes a run whose lease is over, with a higher fencing token. None where another was faster.

    `only_due`: and only where its next step is due, as for a worker. Tokens come from the clock, so that
    they go on rising where an older state of the database was restored."""
    token = int(at.timestamp())
    won = desk.session.scalar(
        update(Run)
        .where(Run.id == run_id, or_(Run.lease_until.is_(None), Run.lease_until <= at))
        .where(Run.next_at <= at if only_due else true())
        .values(
            worker=worker,
            fencing=case((Run.fencing >= token, Run.fencing + 1), else_=token),
            lease_until=at + (lasting or _length(desk)),
        )
        .returning(Run.id)
        .execution_options(synchronize_session=False)
    )
    if won is None:
        return None
    return desk.session.scalar(select(Run).where(Run.id == run_id).execution_options(populate_existing=True))


def _length(desk: Desk) -> timedelta:
    return clock.lasting(desk.settings.termination.lease_seconds)


def renew(desk: Desk, run: Run, fencing: int, at: datetime) -> datetime:
    """Makes the lease last from now, and proves that it is still ours: until when. Raises LostLease."""
    until = at + _length(desk)
    _write(desk, run, fencing, lease_until=until)
    return until


def prove(desk: Desk, run: Run, fencing: int, at: datetime) -> None:
    """That the lease is still ours, as long as it was claimed for. Raises LostLease."""
    _write(desk, run, fencing, progress_at=at)


def outlasts_a_call(desk: Desk, until: datetime, at: datetime) -> bool:
    """Whether a lease until then would still hold when a call that begins now times out."""
    return until - at > clock.lasting(desk.platform.timeout)


def give_back(desk: Desk, run: Run, fencing: int, next_at: datetime | None) -> None:
    """Raises LostLease."""
    _write(desk, run, fencing, lease_until=None, worker="", next_at=next_at)


def _write(desk: Desk, run: Run, fencing: int, **values: object) -> None:
    """All that waits to be written goes with it, or nothing does."""
    desk.session.flush()
    won = desk.session.scalar(
        update(Run)
        .where(Run.id == run.id, Run.fencing == fencing)
        .values(**values)
        .returning(Run.id)
        .execution_options(synchronize_session="evaluate")
    )
    if won is None:
        number = run.id
        desk.session.rollback()
        raise LostLease(f"Run {number} belongs to another worker now: token {fencing} is no longer its own.")
