"""Leases and fencing: a run belongs to one worker at a time, and an older one can change nothing.

A lease lasts for seconds of the world, also where the desk's clock runs fast (`clock.lasting`)."""

from datetime import datetime, timedelta

from sqlalchemy import BindParameter, bindparam, case, or_, update

from workflows import clock, rows
from workflows.desk import Desk
from workflows.errors import WorkflowError
from workflows.records import Run

_AT: BindParameter[datetime] = bindparam("at")
_TOKEN: BindParameter[int] = bindparam("token")
_CLAIM = (
    update(Run)
    .where(Run.id == bindparam("run"), or_(Run.lease_until.is_(None), Run.lease_until <= _AT))
    .values(
        worker=bindparam("worker"),
        fencing=case((Run.fencing >= _TOKEN, Run.fencing + 1), else_=_TOKEN),
        lease_until=bindparam("until"),
    )
    .returning(Run)
    .execution_options(synchronize_session=False, populate_existing=True)
)
_CLAIM_DUE = _CLAIM.where(Run.next_at <= _AT)


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
    asked = {
        "run": run_id,
        "at": at,
        "until": at + (lasting or _length(desk)),
        "token": int(at.timestamp()),
        "worker": worker,
    }
    return desk.session.scalar(_CLAIM_DUE if only_due else _CLAIM, asked)


def _length(desk: Desk) -> timedelta:
    return clock.lasting(desk.settings.termination.lease_seconds)


def renew(desk: Desk, run: Run, fencing: int, at: datetime, progress_at: datetime) -> datetime:
    """Makes the lease last from now, and proves that it is still ours: until when. Raises LostLease."""
    until = at + _length(desk)
    _write(desk, run, fencing, lease_until=until, progress_at=progress_at)
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
    if not rows.compare_and_set(desk.session, run, {"fencing": fencing}, values):
        number = run.id
        desk.session.rollback()
        raise LostLease(f"Run {number} belongs to another worker now: token {fencing} is no longer its own.")
