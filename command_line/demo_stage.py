"""Plays the demo's past: the real functions at simulated instants, so that every row has a true history."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

import scheduler
from command_line import demo_accounts
from workflows import (
    acting,
    actors,
    books,
    brakes,
    calendars,
    heartbeat,
    intake,
    jobs,
    porting,
    review,
    rounds,
    talking,
    users,
)
from workflows.actors import Actor
from workflows.adapters.memory_mail import MemoryMail
from workflows.adapters.sandbox import Books, SandboxCarrier, SandboxPlatform
from workflows.business_days import at_local
from workflows.config import Settings
from workflows.desk import Desk
from workflows.intake import NewRequest
from workflows.jobs import Shift
from workflows.letters import outbox
from workflows.records import Cancellation, Case, User
from workflows.states import Authentication, Channel, Disposition, OrderState, Outcome

PEOPLE = {
    "agent": ("Dana Whitfield", "dana@northline.example", "agent"),
    "agent2": ("Ravi Okafor", "ravi@northline.example", "agent"),
    "manager": ("Marisol Chen", "marisol@northline.example", "manager"),
    "manager2": ("Tom Lindqvist", "tom@northline.example", "manager"),
    "admin": ("Ada Brandt", "ada@northline.example", "admin"),
}
PAST = timedelta(days=25)
Moment = tuple[int, str] | int
"""A business day before today and a time in the office, or minutes before the end of the seeding."""


class Stage:
    """`ends` is the instant at which the played past meets the present."""

    def __init__(self, session: Session, settings: Settings, secret: str, ends: datetime) -> None:
        self.ends, self.now = ends, ends - PAST
        self.books = Books()
        self.mail = MemoryMail(self.now)
        platform = SandboxPlatform(self.books, self.read_clock)
        self.desk = Desk(session, settings, platform, SandboxCarrier(self.books), settings.calendar)
        self.shift = Shift(self.desk, self.mail, "demo", self.read_clock, secret)
        self.cases: dict[str, int] = {}
        self.staff: dict[str, User] = {}

    def read_clock(self) -> datetime:
        return self.now

    # Time

    def moment(self, when: Moment) -> datetime:
        if isinstance(when, int):
            return self.ends - timedelta(minutes=when)
        days, clock = when
        return at_local(self.business_day(days), time.fromisoformat(clock), self.desk.calendar.time_zone)

    def business_day(self, days: int) -> date:
        """So many business days before (negative) or after today."""
        day = self.desk.calendar.local_date(self.ends)
        if days >= 0:
            return self.desk.calendar.add_business_days(day, days)
        for _each in range(-days):
            day -= timedelta(days=1)
            while not self.desk.calendar.is_business_day(day):
                day -= timedelta(days=1)
        return day

    def advance(self, to: datetime) -> None:
        """The scheduler's work at every moment up to and including `to`."""
        while (moment := self._next()) is not None and moment <= to:
            self._set_clock(max(moment, self.now))
            self._work()
        self._set_clock(to)

    def _set_clock(self, at: datetime) -> None:
        self.now = self.mail.now = at

    def _next(self) -> datetime | None:
        last = heartbeat.last(self.desk.session, [each.name for each in rounds.ROUNDS])
        turns = [
            each.next_after(self.desk, last[each.name])
            for each in rounds.ROUNDS
            if each is not rounds.POLL or self.books.last_order_change > porting.seen(self.desk)
        ]
        soonest = jobs.soonest(self.desk).values()
        self.desk.session.commit()
        moments = [self.books.next_renewal(), self.mail.next_bounce(), *turns, *soonest]
        return min((each for each in moments if each), default=None)

    def _work(self) -> None:
        self.books.bill(self.now)
        for bounce in self.mail.due_bounces(self.now):
            outbox.bounced(self.desk, bounce.message_id, self.now, "550 5.1.1 No such mailbox.")
        self.desk.session.commit()
        while scheduler.tick(self.shift):
            pass
        if self.shift.put_off:
            raise RuntimeError(f"the demo's past failed: {self.shift.put_off}")

    # The beginning

    def open(self, password: str) -> None:
        """The books, the staff, the calendar, and the desk's first look at every account."""
        demo_accounts.fill(self.books, self.now.date())
        self.books.begin(self.now)
        calendars.adopt(self.desk.session, self.desk.settings, self.now)
        for key, (name, email, role) in PEOPLE.items():
            self.staff[key] = users.add(self.desk, email, name, role, password, at=self.now)
        for customer in demo_accounts.CUSTOMERS:
            books.read(self.desk, customer.ref, self.now)
        rounds.begin(self.desk, self.now)
        self.desk.session.commit()

    def play(self, story: list[tuple[Moment, str, dict[str, Any]]]) -> None:
        """Acts in the order of their time; what each makes due is done at once."""
        acts = sorted(((self.moment(when), place) for place, (when, _do, _keys) in enumerate(story)))
        for at, place in acts:
            _when, do, keys = story[place]
            self.advance(at)
            act: Callable[[], object] = partial(getattr(self, do), **keys)
            act()
            self.desk.session.commit()
            self._work()
        self.advance(self.ends)

    # What people do

    def by(self, who: str) -> Actor:
        return actors.staff(self.staff[who])

    def case(self, name: str) -> Case:
        return self.desk.session.get_one(Case, self.cases[name])

    def part(self, name: str, location: str | None) -> Cancellation:
        return acting.parts_of(self.case(name), location or self.case(name).cancellations[0].location.ref)[0]

    def submit(
        self,
        case: str,
        *,
        days: int,
        reason: str,
        category: str,
        owner: str | None = "agent",
        by: str | None = None,
        wish: str = "",
        key: str | None = None,
    ) -> None:
        """A customer asks for the end of all locations, so many days after today."""
        customer = next(each for each in demo_accounts.CUSTOMERS if each.ref == case)
        refs = tuple(place.ref for place in customer.places)
        sender = by or customer.owner[1]
        wanted = self.desk.calendar.local_date(self.ends) + timedelta(days=days)
        request = NewRequest(
            case, refs, wanted, reason, sender, refs, confirmed=True, category=category, wish=wish
        )
        made = intake.submit(
            self.desk, request, at=self.now, by=actors.customer(sender), key=key, came_by="form"
        )
        self.cases[case] = made.id
        if owner:
            brakes.assign(self.desk, made, by=self.by("manager"), at=self.now, to=self.staff[owner])

    def contact(
        self, case: str, outcome: str, *, who: str = "agent", how: str = "none", note: str = ""
    ) -> None:
        talking.log_contact(
            self.desk,
            self.case(case),
            by=self.by(who),
            at=self.now,
            channel=Channel.phone,
            outcome=Outcome(outcome),
            authenticated=Authentication(how),
            words=note,
        )

    def message(self, case: str, text: str, *, who: str = "agent", answer: str = "ok") -> None:
        self.mail.answer(answer, times=1)
        talking.message(self.desk, self.case(case), by=self.by(who), at=self.now, text=text)

    def note(self, case: str, text: str, *, who: str = "agent") -> None:
        talking.add_note(self.desk, self.case(case), by=self.by(who), at=self.now, text=text)

    def sign(self, case: str) -> None:
        made = self.case(case)
        by = actors.customer(made.requester)
        talking.sign(self.desk, made, list(made.cancellations), by=by, at=self.now)

    def dispose(self, case: str, to: str, *, location: str | None = None, numbers: int | None = None) -> None:
        """All numbers at a location, or the first so many."""
        part = self.part(case, location)
        chosen = [each.e164 for each in part.location.numbers][:numbers] if numbers else None
        evidence = "Said on the phone" if to == Disposition.not_needed else ""
        acting.dispose(
            self.desk, part, chosen, Disposition(to), by=self.by("agent"), at=self.now, evidence=evidence
        )

    def confirm(
        self, case: str, *, location: str | None = None, days: int | None = None, who: str = "agent"
    ) -> None:
        day = None if days is None else self.desk.calendar.local_date(self.ends) + timedelta(days=days)
        acting.confirm(self.desk, [self.part(case, location)], by=self.by(who), at=self.now, wanted=day)

    def confirm_on(self, case: str, day: date, *, who: str = "agent") -> None:
        acting.confirm(self.desk, [self.part(case, None)], by=self.by(who), at=self.now, wanted=day)

    def defer(self, case: str, *, who: str = "agent") -> None:
        review.defer(self.desk, self.part(case, None), by=self.by(who), at=self.now)

    def withdraw(self, case: str, reason: str) -> None:
        by = actors.customer(self.case(case).requester)
        review.withdraw(self.desk, self.part(case, None), by=by, at=self.now, reason=reason)

    def decline(self, case: str, reason: str, *, who: str = "agent2") -> None:
        review.decline(self.desk, self.part(case, None), by=self.by(who), at=self.now, reason=reason)

    def hold(self, case: str, reason: str) -> None:
        brakes.hold(self.desk, self.case(case), by=self.by("manager"), at=self.now, reason=reason)

    # What carriers and the platform do

    def port(
        self, account: str, order: str, state: str, *, numbers: int | None = None, foc_in: int | None = None
    ) -> None:
        """The carrier's order changes, and Lastcall is told. `foc_in` counts days from today."""
        customer = next(each for each in demo_accounts.CUSTOMERS if each.ref == account)
        foc = None if foc_in is None else self.ends.replace(minute=0, second=0) + timedelta(days=foc_in)
        chosen = customer.places[0].numbers[:numbers]
        self.books.port(order, account, chosen, OrderState(state), foc, at=self.now)
        porting.told(self.desk, order, self.now)

    def fail(self, on: str, answer: str, times: int = 1) -> None:
        self.books.fail(on, answer, times)
