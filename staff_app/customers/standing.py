"""Where each location of a request stands, for the customer: facts only. The templates have the words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select

from staff_app.customers.steps import Step, steps
from workflows import refunds, review_dates
from workflows.desk import Desk
from workflows.letters import facts
from workflows.letters.customer import confirmation_number
from workflows.moments import local_day
from workflows.records import Cancellation, Case, Clock, Contact, Number, PortOrder
from workflows.refunds import Refund
from workflows.states import Action, Disposition, State

UNSETTLED = (State.requested, State.deferred)
KEEPABLE = (State.requested, State.deferred, State.scheduled)
WOKEN = {
    Action.port_completed: "port_completed",
    Action.port_failed: "port_failed",
    Action.review_due: "again",
    Action.recheck: "again",
}


@dataclass(frozen=True)
class Fate:
    """What happens to some numbers, by their last 4 digits."""

    kind: str
    numbers: list[str]
    on: date | None = None
    where: str = ""


@dataclass(frozen=True)
class Part:
    id: int
    name: str
    kind: str
    """new, spoken, port_completed, port_failed, again, deferred, scheduled, waiting, terminating, blocked,
    terminated, withdrawn or declined."""
    zone: str
    refund: Refund | None
    is_set: bool
    """Whether the last day is settled."""
    contact_by: datetime | None
    is_late: bool
    expected: date | None
    run_at: datetime | None
    ended_at: datetime | None
    asked_for: date
    wish: date | None
    confirmation: str
    reason: str
    price: Decimal | None
    renews_on: date | None
    numbers: list[Fate] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return self.kind not in ("terminated", "withdrawn", "declined")

    @property
    def may_keep(self) -> bool:
        """Whether the customer may still keep it on this page."""
        return self.is_open and self.kind not in ("terminating", "blocked")

    @property
    def may_sign(self) -> bool:
        return self.may_keep and self.kind not in ("scheduled", "waiting")

    @property
    def moving(self) -> list[str]:
        return [number for fate in self.numbers if fate.kind == "porting" for number in fate.numbers]


def shown(desk: Desk, case: Case, at: datetime, *, with_price: bool) -> list[Part]:
    talk = first_contact(desk, case)
    due = contact_by(desk, case)
    return [_part(desk, each, at, talk, due, with_price) for each in case.cancellations]


def _part(
    desk: Desk,
    part: Cancellation,
    at: datetime,
    talk: tuple[str, datetime] | None,
    due: datetime | None,
    with_price: bool,
) -> Part:
    place, kind = part.location, _kind(part, talk is not None, at)
    numbers = _fates(desk, part) if part.is_open else []
    expected = review_dates.latest_foc(desk, place) if part.is_open else None
    return Part(
        id=part.id,
        name=place.name,
        kind=kind,
        zone=place.time_zone,
        refund=refunds.of(part) if part.is_open else None,
        is_set=part.state not in UNSETTLED,
        contact_by=due,
        is_late=due is not None and at > due,
        expected=expected,
        run_at=part.run_at if part.is_open else None,
        ended_at=part.ended_at,
        asked_for=part.wanted_for,
        wish=part.date_wish if part.is_open else None,
        confirmation=confirmation_number(part),
        reason=facts.private(desk, part.case, part.end_reason) if kind == "declined" else "",
        price=place.monthly_price if with_price and part.is_open else None,
        renews_on=place.renews_on if part.is_open and place.renewal_on else None,
        numbers=numbers,
        steps=steps(part, kind, talk, due, expected, {fate.kind for fate in numbers}),
    )


def _kind(part: Cancellation, has_talked: bool, at: datetime) -> str:
    match State(part.state):
        case State.requested if part.woken_by:
            return WOKEN[Action(part.woken_by)]
        case State.requested:
            return "spoken" if has_talked else "new"
        case State.scheduled if part.run_at is not None and part.run_at <= at:
            return "waiting"
        case state:
            return str(state)


def contact_by(desk: Desk, case: Case) -> datetime | None:
    """When the promised contact is due, while one is owed."""
    running = select(Clock.due_at).where(Clock.case_id == case.id, Clock.stopped_at.is_(None))
    return desk.session.scalar(running.order_by(Clock.due_at).limit(1))


def first_contact(desk: Desk, case: Case) -> tuple[str, datetime] | None:
    """How and when the first contact was made: `reached`, `signed`, `voicemail` or `letter`."""
    stopped = select(Clock).where(Clock.case_id == case.id, Clock.stopped_at.is_not(None))
    for clock in desk.session.scalars(stopped.order_by(Clock.id)):
        proof, _, number = clock.stopped_by.partition(":")
        assert clock.stopped_at is not None
        if proof == "letter":
            return "letter", clock.stopped_at
        if proof == "contact":
            contact = desk.session.get(Contact, int(number))
            return (contact.outcome if contact else "reached"), clock.stopped_at
    return None


def _fates(desk: Desk, part: Cancellation) -> list[Fate]:
    """What happens to the numbers, those that still move first."""
    moves = _expected(desk, part)
    found: dict[tuple[str, date | None, str], list[str]] = {}
    for number in part.location.numbers:
        kind = _fate(number, moves)
        if kind:
            on = _local(part, moves.get(number.e164)) if kind == "porting" else _left_on(number)
            where = number.moved_to.name if kind == "moved" and number.moved_to else ""
            found.setdefault((kind, on, where), []).append(number.last_four)
    fates = [Fate(kind, numbers, on, where) for (kind, on, where), numbers in found.items()]
    return sorted(fates, key=lambda fate: ORDER.index(fate.kind))


ORDER = ("porting", "undecided", "ported", "moved", "not_needed")


def _fate(number: Number, moves: dict[str, datetime | None]) -> str:
    if number.e164 in moves and number.held:
        return "porting"
    if number.held or number.disposition in (Disposition.ported, Disposition.moved, Disposition.porting):
        return number.disposition
    return ""


def _left_on(number: Number) -> date | None:
    return number.ended_on if number.disposition == Disposition.ported else None


def _expected(desk: Desk, part: Cancellation) -> dict[str, datetime | None]:
    """By number, when its transfer is set to happen; the last one counts where there are several."""
    orders: Sequence[PortOrder] = review_dates.open_orders(desk, part.location)
    return {e164: order.foc for order in orders for e164 in order.e164s}


def _local(part: Cancellation, instant: datetime | None) -> date | None:
    return None if instant is None else local_day(part.location, instant)
