"""The table of jobs: what is done, in which order at one instant, and when there is something to do.

Each job asks the database for its soonest moment, so a tick costs what is due, not what exists.
One row is one transaction. Any number of schedulers may run: rows are claimed or compared-and-set."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Select, select
from sqlalchemy.exc import OperationalError

from workflows import dated, porting, promises, rows
from workflows.adapters.mail import Mail
from workflows.desk import Desk
from workflows.errors import WorkflowError
from workflows.letters import outbox
from workflows.records import Cancellation
from workflows.termination import beginning, running
from workflows.termination.lease import LostLease

SECOND = timedelta(seconds=1)
AT_ONCE = timedelta(0)
POISON = timedelta(minutes=5)
A_BREATH = timedelta(seconds=30)

log = structlog.get_logger()


@dataclass
class Shift:
    """What a scheduler process works with. `now` gives UTC in whole seconds."""

    desk: Desk
    mail: Mail
    worker: str
    now: Callable[[], datetime]
    secret: str
    put_off: dict[tuple[str, int], datetime] = field(default_factory=dict)
    """Rows that failed by a bug of ours, and until when they are left alone."""
    is_leaving: Callable[[], bool] = lambda: False
    """Whether the process was asked to end: the step under way is finished, no other begun."""


@dataclass(frozen=True)
class Job:
    name: str
    words: str
    soonest: Select[Any]
    """The earliest instant at which a row of it is due, or NULL."""
    due: Callable[[Desk, datetime], Sequence[int]]
    one: Callable[[Shift, int], None]
    after: timedelta = AT_ONCE
    """How long after its `soonest` there is something to do."""


def _begin(shift: Shift, part_id: int) -> None:
    desk = shift.desk
    part = desk.session.get(Cancellation, part_id)
    if part is not None:
        beginning.try_to_begin(desk, part, shift.now())


def _telling(tell: Callable[[Desk, int, datetime], None]) -> Callable[[Shift, int], None]:
    return lambda shift, row: tell(shift.desk, row, shift.now())


def _work(shift: Shift, run_id: int) -> None:
    running.work(shift.desk, run_id, shift.worker, shift.now, shift.is_leaving)


def _send(shift: Shift, letter_id: int) -> None:
    outbox.send(shift.desk, letter_id, shift.mail, shift.now, shift.secret)


JOBS: tuple[Job, ...] = (
    Job(
        "at_risk",
        "tells of clocks at risk",
        promises.NEXT_RISK,
        promises.at_risk,
        _telling(promises.tell_at_risk),
    ),
    Job(
        "breached",
        "tells of broken promises",
        promises.NEXT_BREACH,
        promises.breached,
        _telling(promises.tell_breached),
        SECOND,
    ),
    Job(
        "review_due",
        "wakes what was deferred",
        dated.NEXT_REVIEW,
        dated.reviews,
        _telling(dated.wake_for_review),
    ),
    Job(
        "renewal_ahead",
        "tells of renewals",
        dated.NEXT_RENEWAL_NOTICE,
        dated.renewal_notices,
        _telling(dated.tell_renewal),
    ),
    Job(
        "port_stale", "tells of stale ports", porting.NEXT_STALE, porting.stale, _telling(porting.tell_stale)
    ),
    Job(
        "tomorrow",
        "tells of ends a day ahead",
        dated.NEXT_TOMORROW,
        dated.tomorrows,
        _telling(dated.tell_tomorrow),
    ),
    Job("begin", "begins what is due", beginning.NEXT_BEGIN, beginning.due, _begin),
    Job("run", "takes the steps of runs", running.NEXT_WORK, running.due, _work),
    Job("letters", "sends letters", outbox.NEXT_LETTER, outbox.due, _send),
)
SOONEST = select(*(job.soonest.scalar_subquery().label(job.name) for job in JOBS))


def soonest(desk: Desk) -> dict[str, datetime]:
    """When each job next has something to do, in one query; jobs with nothing to come are left out."""
    row = rows.run(desk.session, SOONEST).one()
    return {job.name: moment + job.after for job, moment in zip(JOBS, row, strict=True) if moment}


def do(shift: Shift, job: Job, by: datetime | None = None) -> int:
    """Does what is due of one job, a transaction each. Returns how many rows were done.

    With `by`, only what was due by that instant already."""
    rows = [row for row in _due(shift, job, by) if _is_due(shift, job, row)]
    if not rows:
        shift.desk.session.commit()
    for row in rows:
        if shift.is_leaving():
            break
        _do_one(shift, job, row)
    return len(rows)


def _due(shift: Shift, job: Job, by: datetime | None) -> Sequence[int]:
    now = shift.now()
    rows = job.due(shift.desk, now)
    if by is None or by >= now:
        return rows
    early = set(job.due(shift.desk, by))
    return [row for row in rows if row in early]


def _is_due(shift: Shift, job: Job, row: int) -> bool:
    until = shift.put_off.get((job.name, row))
    return until is None or until <= shift.now()


def _do_one(shift: Shift, job: Job, row: int) -> None:
    """A poisoned row is put off and logged; the others go on.

    Trouble of the database itself (away, full, locked) is nobody's row: it ends the tick, and this row
    lets the others pass at the next."""
    session = shift.desk.session
    try:
        job.one(shift, row)
        session.commit()
    except LostLease as lost:
        session.rollback()
        log.warning("lost_lease", job=job.name, row=row, worker=shift.worker, why=str(lost))
    except WorkflowError as overtaken:
        session.rollback()
        log.info("overtaken", job=job.name, row=row, why=str(overtaken))
    except OperationalError:
        session.rollback()
        shift.put_off[job.name, row] = shift.now() + A_BREATH
        raise
    except Exception:
        session.rollback()
        shift.put_off[job.name, row] = shift.now() + POISON
        log.exception("put_off", job=job.name, row=row)
