"""The world of a rehearsal: the sandbox's books, a mail server in memory, a database, one clock.

Time moves from one moment to the next at which somebody has something to do. At one instant the
order is: renewals, bounces, poll, then the jobs in the order of their table with the reconciler
before `tomorrow`."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from workflows import books, jobs, porting
from workflows.adapters.memory_mail import MemoryMail
from workflows.adapters.sandbox import Books, SandboxCarrier, SandboxPlatform, WorkerKilled
from workflows.desk import Desk
from workflows.jobs import Job, Shift
from workflows.letters import outbox
from workflows.moments import next_daily, next_on_grid
from workflows.records import User
from workflows.rehearsal.language import Rehearsal
from workflows.states import Role
from workflows.termination.reconcile import reconcile

QUIET_AFTER = timedelta(days=15)
"""So long after the last change the reconciler can still find something new: the longest wait for
"longer than a business day" of any sensible calendar, and then some."""
STAFF = {
    "agent": Role.agent,
    "agent2": Role.agent,
    "manager": Role.manager,
    "manager2": Role.manager,
    "admin": Role.admin,
}
BEFORE_RECONCILER = 5
"""How many jobs of the table come before the reconciler."""


class JobFailed(Exception):
    """A row of a job was put off because of a bug of ours: a rehearsal does not go on from there."""


class World:
    def __init__(self, rehearsal: Rehearsal, session: Session) -> None:
        settings = rehearsal.settings
        self.now = rehearsal.steps[0].at
        self.books = Books()
        self.mail = MemoryMail(self.now)
        self.desk = Desk(
            session,
            settings,
            SandboxPlatform(self.books, self.read_clock),
            SandboxCarrier(self.books),
            settings.calendar,
        )
        self.shift = Shift(self.desk, self.mail, "rehearsal", self.read_clock, "rehearsal")
        self.is_scheduler_running = True
        self.polled_at = self.reconciled_at = self.changed_at = self.now
        self._seen_changes = 0
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
        for name, role in STAFF.items():
            self.desk.session.add(User(email=f"{name}@desk.example", name=name, role=role))
        for account in rehearsal.accounts:
            books.read(self.desk, account.ref, self.now)
        self.desk.session.commit()

    def advance(self, to: datetime) -> None:
        """Does all that is due up to and including `to`, in order of time."""
        while (moment := self._next_moment()) is not None and moment <= to:
            self._set_clock(max(moment, self.now))
            self.work()
        self._set_clock(to)

    def _set_clock(self, at: datetime) -> None:
        self.now = self.mail.now = at

    def _next_moment(self) -> datetime | None:
        moments = [self.books.next_renewal(), self.mail.next_bounce()]
        if self.is_scheduler_running:
            moments += [self._next_poll(), self._next_reconcile(), *jobs.soonest(self.desk).values()]
            self.desk.session.commit()
        return min((each for each in moments if each), default=None)

    def _next_poll(self) -> datetime | None:
        """The next point of the grid, where a poll would find something."""
        if self.books.last_order_change <= porting.seen(self.desk):
            return None
        return next_on_grid(self.polled_at, self.desk.settings.ports.poll_minutes, self.desk.settings.zone)

    def _next_reconcile(self) -> datetime | None:
        if self.reconciled_at - self.changed_at > QUIET_AFTER:
            return None
        return next_daily(self.reconciled_at, self.desk)

    def work(self) -> None:
        """Does all that is due at this instant, until nothing is."""
        self.books.bill(self.now)
        self._take_bounces()
        if self.is_scheduler_running:
            while self._work_once():
                pass
        self._note_change()

    def _take_bounces(self) -> None:
        for bounce in self.mail.due_bounces(self.now):
            outbox.bounced(self.desk, bounce.message_id, self.now, "mailbox unknown")
        self.desk.session.commit()

    def _work_once(self) -> bool:
        """The first thing in the order of one instant. False where nothing is due."""
        if (poll := self._next_poll()) and poll <= self.now:
            porting.poll(self.desk, self.now)
            self.polled_at = self.now
            self.desk.session.commit()
            return True
        due = jobs.soonest(self.desk)
        for place, job in enumerate(jobs.JOBS):
            if place == BEFORE_RECONCILER and self._reconcile():
                return True
            if job.name in due and due[job.name] <= self.now:
                return self._do(job)
        return False

    def _do(self, job: Job) -> bool:
        try:
            done = jobs.do(self.shift, job)
        except WorkerKilled:
            self.desk.session.rollback()
            return True
        if self.shift.put_off:
            raise JobFailed(", ".join(f"{name} of row {row}" for name, row in self.shift.put_off))
        return bool(done)

    def _reconcile(self) -> bool:
        due = self._next_reconcile()
        if due is None or due > self.now:
            return False
        self._note_change()
        reconcile(self.desk, self.now)
        self.desk.session.commit()
        self.reconciled_at = self.now
        return True

    def _note_change(self) -> None:
        """Since when nothing has changed, at the platform or here."""
        if self.books.changes != self._seen_changes:
            self._seen_changes, self.changed_at = self.books.changes, self.now

    def acted(self) -> None:
        """A step was played: what it makes due is due now."""
        self.changed_at = self.now
        self.work()

    def webhook(self, order: str) -> None:
        porting.told(self.desk, order, self.now)
        self.desk.session.commit()

    def switch_scheduler(self, running: bool) -> None:
        """A poll that was missed waits for the next point of the grid."""
        if running and not self.is_scheduler_running:
            self.polled_at = self.now
        self.is_scheduler_running = running
