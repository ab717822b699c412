"""The mornings at which the reconciler would find something; the others of a rehearsal are passed over."""

from datetime import datetime, timedelta

from sqlalchemy import BindParameter, bindparam, func, select, text

from workflows import rows
from workflows.desk import Desk
from workflows.moments import next_daily
from workflows.records import Cancellation, Case, Letter, Run
from workflows.records.letter import UNSENT
from workflows.states import State
from workflows.termination.reconcile import AN_HOUR

SECOND = timedelta(seconds=1)
A_DAY_AND_A_HALF = timedelta(hours=36)
AGO: BindParameter[datetime] = bindparam("ago")
WAITING = select(
    select(func.min(Cancellation.run_at))
    .where(Cancellation.state == State.scheduled, Cancellation.run_at > AGO)
    .scalar_subquery(),
    select(func.min(Letter.written_at))
    .where(text(f"letter.{UNSENT}"), Letter.written_at >= AGO)
    .scalar_subquery(),
    select(func.min(Run.progress_at))
    .join(Cancellation)
    .where(Cancellation.state == State.terminating, Run.ended_at.is_(None), Run.progress_at >= AGO)
    .scalar_subquery(),
    select(func.max(Case.idle_since)).where(Case.closed_at.is_(None)).scalar_subquery(),
)
"""What becomes a finding an hour later, without what the last morning could show."""
IDLE = select(Case.idle_since).where(Case.closed_at.is_(None), Case.idle_since.is_not(None))


class Mornings:
    """`seen` is the instant up to which every morning was worked or had nothing to find."""

    def __init__(self, desk: Desk, now: datetime) -> None:
        self.desk, self.seen = desk, now
        self.is_changed = False
        """Whether books or rows changed in a way that only the reconciler's own look can judge."""
        self._found_at: datetime | None = None
        self._is_known = False

    def next(self, by: datetime) -> datetime | None:
        """The next morning, up to and including `by`, at which there is something to look at."""
        morning = next_daily(self.seen, self.desk)
        if morning > by or self.is_changed:
            return morning if morning <= by else None
        found_at = self._next_finding()
        if found_at is None or found_at > by:
            return None
        return max(morning, next_daily(found_at - SECOND, self.desk))

    def pass_to(self, at: datetime) -> None:
        """All mornings up to and including `at` are done with."""
        self.seen = max(self.seen, at)

    def forget(self) -> None:
        """Rows were written: what becomes a finding by itself may be another one."""
        self._is_known = False

    def _next_finding(self) -> datetime | None:
        """When something becomes a finding that no earlier morning could show."""
        if not self._is_known:
            self._found_at, self._is_known = self._ask(), True
        return self._found_at

    def _ask(self) -> datetime | None:
        sla, calendar, last = self.desk.settings.sla, self.desk.calendar, self._last()
        session = self.desk.session
        row = rows.run(session, WAITING, {"ago": last - AN_HOUR}).one()
        run, letter, progress, idle = tuple(row)
        idle_ones = rows.run(session, IDLE).scalars() if idle else ()
        overdue = (calendar.due(since, 1, sla.reading) for since in idle_ones)
        moments = [since + SECOND for since in overdue if since >= last]
        moments += [since + AN_HOUR for since in (run,) if since]
        moments += [since + AN_HOUR + SECOND for since in (letter, progress) if since]
        return min(moments, default=None)

    def _last(self) -> datetime:
        """The last morning that is done with."""
        return next_daily(next_daily(self.seen, self.desk) - A_DAY_AND_A_HALF, self.desk)
