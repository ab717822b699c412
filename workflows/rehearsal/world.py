"""The world of a rehearsal: the sandbox's books, a mail server in memory, a database, one clock.

Time moves from one moment to the next at which somebody has something to do. At one instant the
order is: renewals, bounces, poll, then the jobs in the order of their table with the reconciler
before `tomorrow`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from workflows import books, jobs, porting, rows
from workflows.adapters.memory_mail import MemoryMail
from workflows.adapters.sandbox import Books, SandboxCarrier, SandboxPlatform, WorkerKilled
from workflows.desk import Desk
from workflows.jobs import Job, Shift
from workflows.letters import outbox
from workflows.moments import A_DAY, next_daily, next_on_grid
from workflows.records import User
from workflows.rehearsal.language import Rehearsal
from workflows.rehearsal.mornings import SECOND, Mornings
from workflows.states import Role
from workflows.termination.reconcile import reconcile

STAFF = {
    "agent": Role.agent,
    "agent2": Role.agent,
    "manager": Role.manager,
    "manager2": Role.manager,
    "admin": Role.admin,
}
BEFORE_RECONCILER = 5
"""How many jobs of the table come before the reconciler."""
ONLY_TELL = frozenset({"at_risk", "breached", "renewal_ahead", "port_stale", "tomorrow", "letters"})
"""Jobs that change nothing which the reconciler compares with the books."""


class JobFailed(Exception):
    """A row of a job was put off because of a bug of ours: a rehearsal does not go on from there."""


@dataclass(frozen=True)
class Turn:
    """One thing that is due: its moment and its place at that moment, and what does it."""

    order: tuple[datetime, float]
    take: Callable[[], bool]


class World:
    def __init__(self, rehearsal: Rehearsal, session: Session) -> None:
        settings = rehearsal.settings
        self.now = rehearsal.steps[0].at
        self.books = Books()
        self.mail = MemoryMail(self.now)
        self.desk = Desk(
            session,
            settings,
            SandboxPlatform(self.books, self.read_clock, timeout=0),  # it answers at once, or never
            SandboxCarrier(self.books),
            settings.calendar,
        )
        self.shift = Shift(self.desk, self.mail, "rehearsal", self.read_clock, "rehearsal")
        self.is_scheduler_running = True
        self.polled_at = self._went_at = self.now
        self._back_at: datetime | None = None
        """When the scheduler last went down, and when it came back."""
        self.mornings = Mornings(self.desk, self.now)
        self._polled = self._reconciled = 0
        """The carriers' and the books' last change that was read."""
        self._due: dict[str, datetime] | None = None
        """When each job next has something to do; None where rows were written since it was asked."""
        self._open(rehearsal)

    def read_clock(self) -> datetime:
        return self.now

    def _open(self, rehearsal: Rehearsal) -> None:
        """The platform's books as the file says, the staff, and the desk's first read of it all."""
        for account in rehearsal.accounts:
            self.books.add_account(
                account.ref,
                owner=account.owner,
                authorised=account.authorised,
                address_of_record=account.address_of_record,
            )
            for place in account.location:
                values = place.model_dump() | {
                    "time_zone": place.time_zone or rehearsal.settings.office.time_zone
                }
                self.books.add_location(account.ref, **values)
        self.books.begin(self.now)
        staff = [
            {"email": f"{name}@desk.example", "name": name, "role": role} for name, role in STAFF.items()
        ]
        rows.add_all(self.desk.session, User, staff)
        for account in rehearsal.accounts:
            books.read(self.desk, account.ref, self.now)
        self.desk.session.commit()
        self._reconciled = self.books.changes

    def advance(self, to: datetime) -> None:
        """Does all that is due up to and including `to`, in order of time."""
        while (moment := self._next_moment(to)) is not None and moment <= to:
            self._set_clock(max(moment, self.now))
            self.work()
        self._set_clock(to)
        if self.is_scheduler_running:
            self.mornings.pass_to(to)

    def _set_clock(self, at: datetime) -> None:
        self.now = self.mail.now = at
        if self.is_scheduler_running:
            self.mornings.pass_to(at - SECOND)

    def _next_moment(self, to: datetime) -> datetime | None:
        moments = [self.books.next_renewal(), self.mail.next_bounce()]
        if self.is_scheduler_running:
            moments += [self._next_poll(), self._next_morning(to), *self._soonest().values()]
        return min((each for each in moments if each), default=None)

    def _soonest(self) -> dict[str, datetime]:
        if self._due is None:
            self._due = jobs.soonest(self.desk)
        return self._due

    def _wrote(self, *, quietly: bool = False) -> None:
        """Rows were written; quietly, where the reconciler has nothing to compare because of it."""
        self._due = None
        self.mornings.forget()
        self.mornings.is_changed |= not quietly

    def _next_poll(self) -> datetime | None:
        """The next point of the grid, where a poll would find something."""
        if self.books.last_order_change <= self._polled:
            return None
        return next_on_grid(self.polled_at, self.desk.settings.ports.poll_minutes, self.desk.settings.zone)

    def _next_morning(self, to: datetime) -> datetime | None:
        self.mornings.is_changed |= self.books.changes != self._reconciled
        return self.mornings.next(to)

    def work(self) -> None:
        """Does all that is due at this instant, until nothing is."""
        self.books.bill(self.now)
        self._take_bounces()
        if self.is_scheduler_running:
            while self._work_once():
                pass
            self.mornings.pass_to(self.now)

    def _take_bounces(self) -> None:
        for bounce in self.mail.due_bounces(self.now):
            outbox.bounced(self.desk, bounce.message_id, self.now, "mailbox unknown")
            self.desk.session.commit()
            self._wrote(quietly=True)

    def _work_once(self) -> bool:
        """The first thing that is due and finds work. False where nothing does."""
        return self._poll() or any(turn.take() for turn in sorted(self._turns(), key=lambda turn: turn.order))

    def _turns(self) -> Iterator[Turn]:
        """What is due: in the order of one instant; what the scheduler missed, in order of its time."""
        if self._next_morning(self.now) is not None:
            morning = next_daily(self.now - A_DAY, self.desk)
            yield Turn((self._in_turn(morning), BEFORE_RECONCILER - 0.5), self._reconcile)
        soonest = self._soonest()
        for place, job in enumerate(jobs.JOBS):
            due = soonest.get(job.name)
            if due is not None and due <= self.now:
                moment = self._in_turn(due)
                yield Turn((moment, place), partial(self._do, job, moment))

    def _in_turn(self, due: datetime) -> datetime:
        """Only what was missed goes by its own time; all else is due now."""
        return max(due, self._went_at if self.now == self._back_at else self.now)

    def _poll(self) -> bool:
        due = self._next_poll()
        if due is None or due > self.now:
            return False
        porting.poll(self.desk, self.now)
        self.desk.session.commit()
        self.polled_at, self._polled = self.now, porting.seen(self.desk)
        self._wrote()
        return True

    def _do(self, job: Job, by: datetime) -> bool:
        self._wrote(quietly=job.name in ONLY_TELL)
        try:
            done = jobs.do(self.shift, job, by)
        except WorkerKilled:
            self.desk.session.rollback()
            return True
        if self.shift.put_off:
            raise JobFailed(", ".join(f"{name} of row {row}" for name, row in self.shift.put_off))
        return bool(done)

    def _reconcile(self) -> bool:
        if self._next_morning(self.now) is None:
            return False
        new = reconcile(self.desk, self.now)
        self.desk.session.commit()
        self.mornings.pass_to(self.now)
        self.mornings.is_changed, self._reconciled = False, self.books.changes
        self._wrote(quietly=not new)
        return True

    def acted(self, *, quietly: bool = False) -> None:
        """A step was played: what it makes due is due now. Quietly: see `_wrote`."""
        self._wrote(quietly=quietly)
        self.work()

    def webhook(self, order: str) -> None:
        porting.told(self.desk, order, self.now)
        self.desk.session.commit()

    def switch_scheduler(self, running: bool) -> None:
        """A poll that was missed waits for the next point of the grid."""
        if running and not self.is_scheduler_running:
            self.polled_at = self._back_at = self.now
        if not running and self.is_scheduler_running:
            self._went_at = self.now
        self.is_scheduler_running = running
