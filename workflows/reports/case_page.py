"""All that the page of one case shows. Reads only."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased, defer, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from workflows import brakes, hazards, proofs, safe_dates
from workflows.actors import SYSTEM
from workflows.desk import Desk
from workflows.gates import GateLine, Question
from workflows.letters.facts import person_name
from workflows.records import (
    Account,
    Cancellation,
    Case,
    Clock,
    Contact,
    Event,
    File,
    Hold,
    Letter,
    Location,
    Number,
    Override,
    PortOrder,
    PortOrderNumber,
    Request,
    Run,
    Step,
    User,
)
from workflows.reports import lists
from workflows.reports.lists import Pips, Row
from workflows.safe_dates import Leak, SafeDate
from workflows.stages import Stage, Talk, stage_of
from workflows.standing import most_urgent
from workflows.states import Authentication, Disposition, OrderState, Outcome, State

_OTHER = aliased(Case)
EVENTS = 50
CONTACTS = ("contact", "contact_struck", "try_dropped", "signed", "agreed")
LETTERS = (
    "letter_written",
    "letter_accepted",
    "letter_bounced",
    "entered_bounce",
    "letter_sent_again",
    "message",
    "address_corrected",
)
HISTORIES = {
    "contacts": Event.name.in_(CONTACTS),
    "letters": Event.name.in_(LETTERS),
    "notes": Event.name == "note",
    "system": Event.actor == SYSTEM.name,
}
"""What the history may be narrowed to."""
UNSETTLED = (State.requested, State.deferred, State.scheduled)


@dataclass(frozen=True)
class NumberRow:
    number: Number
    order: PortOrder | None
    """The newest port order that names it."""


@dataclass(frozen=True)
class Section:
    """One location of the case."""

    part: Cancellation
    asked: Question
    """Gate A's question, with what was read at hand."""
    stage: Stage
    to_do: list[GateLine]
    numbers: list[NumberRow]
    runs: Sequence[Run]
    overrides: Sequence[Override]
    waits_for_approval: bool
    is_hazard: bool
    safe: SafeDate | None
    """The earliest safe day, while a date is still to be agreed."""
    leak: Leak | None


@dataclass(frozen=True)
class CasePage:
    row: Row
    request: Request | None
    clocks: Sequence[Clock]
    contacts: Sequence[Contact]
    letters: Sequence[Letter]
    files: Sequence[File]
    holds: Sequence[Hold]
    events: Sequence[Event]
    newest_event: int
    """The newest of all, whatever the history is narrowed to: forms carry it."""
    sections: list[Section]
    others: int
    """How many cases more the customer has."""
    staff: list[User] = field(default_factory=list)
    has_more_events: bool = False

    @property
    def attempts(self) -> list[Contact]:
        """The attempts to reach the customer that count, the oldest first: their place is their number."""
        return [
            each for each in reversed(self.contacts) if each.struck_at is None and each.outcome != "signed"
        ]

    @property
    def section(self) -> Section:
        """That of the most urgent location."""
        return next(each for each in self.sections if each.part is self.row.part)

    @property
    def hold(self) -> Hold | None:
        return next((each for each in self.holds if each.released_at is None), None)


def read(desk: Desk, case: Case, at: datetime, *, history: str = "", before: int | None = None) -> CasePage:
    """A fixed number of queries, however many numbers, contacts, letters and events there are.

    `history` is one of HISTORIES, or nothing for all of it; `before` an event, for the older ones."""
    session = desk.session
    found = session.scalars(_events(case, history, before)).all()
    parts, talks = lists.parts_of(desk, [case.id])
    set_committed_value(case, "cancellations", parts[case.id])
    contacts = session.scalars(
        select(Contact).where(Contact.case_id == case.id).order_by(Contact.id.desc())
    ).all()
    staff = list(session.scalars(select(User)))
    brakes_found = _brakes(desk, case)
    known = _Known(at, contacts, talks, brakes_found.holds, brakes_found.overrides)
    known.orders = _orders(desk, _with_numbers(desk, case))
    sections = _sections(desk, case, known)
    return CasePage(
        row=_row(case, sections, talks, brakes_found.holds),
        request=brakes_found.request,
        clocks=sorted(case.clocks, key=lambda each: -each.id),
        contacts=contacts,
        letters=_letters(desk, case),
        files=session.scalars(select(File).where(File.case_id == case.id).order_by(File.id.desc())).all(),
        holds=brakes_found.holds,
        events=found[:EVENTS],
        newest_event=brakes_found.newest_event,
        sections=sections,
        others=brakes_found.others,
        staff=staff,
        has_more_events=len(found) > EVENTS,
    )


def _events(case: Case, history: str, before: int | None) -> Select[Event]:
    found = select(Event).where(Event.case_id == case.id)
    if history in HISTORIES:
        found = found.where(HISTORIES[history])
    if before is not None:
        found = found.where(Event.id < before)
    return found.order_by(Event.id.desc()).limit(EVENTS + 1)


def of_page() -> tuple[Any, ...]:
    """What is loaded together with the case of a page."""
    return joinedload(Case.account).joinedload(Account.people), joinedload(Case.clocks)


def _letters(desk: Desk, case: Case) -> Sequence[Letter]:
    """Letters to the customer, the newest first, without their long texts."""
    found = select(Letter).where(Letter.case_id == case.id, Letter.to_customer).order_by(Letter.id.desc())
    long_ones = (Letter.text, Letter.html, Letter.facts, Letter.calendar)
    return desk.session.scalars(found.options(*(defer(each) for each in long_ones))).all()


@dataclass(frozen=True)
class _Brakes:
    """What else belongs to a case: the request, holds and overrides, and how many cases more."""

    request: Request | None
    holds: list[Hold]
    overrides: list[Override]
    others: int
    newest_event: int


def _brakes(desk: Desk, case: Case) -> _Brakes:
    others = select(func.count()).where(_OTHER.account_id == case.account_id, _OTHER.id != case.id)
    newest_event = select(func.max(Event.id)).where(Event.case_id == case.id)
    found = desk.session.execute(
        select(Request, Hold, Override, others.scalar_subquery(), newest_event.scalar_subquery())
        .select_from(Case)
        .outerjoin(Request, Request.case_id == Case.id)
        .outerjoin(Hold, Hold.case_id == Case.id)
        .outerjoin(Cancellation, Cancellation.case_id == Case.id)
        .outerjoin(Override, Override.cancellation_id == Cancellation.id)
        .where(Case.id == case.id)
    ).all()
    holds = {row[1].id: row[1] for row in found if row[1]}
    overrides = {row[2].id: row[2] for row in found if row[2]}
    newest = [holds[each] for each in sorted(holds, reverse=True)]
    latest = [overrides[each] for each in sorted(overrides, reverse=True)]
    return _Brakes(found[0][0], newest, latest, found[0][3], found[0][4] or 0)


def _with_numbers(desk: Desk, case: Case) -> list[Number]:
    """Every number of the case's locations, and each location with its own."""
    places = {part.location_id: part.location for part in case.cancellations}
    found = desk.session.scalars(
        select(Number)
        .where(Number.location_id.in_(places))
        .options(joinedload(Number.moved_to))
        .order_by(Number.e164)
    ).all()
    for place in places.values():
        here = [each for each in found if each.location_id == place.id]
        set_committed_value(place, "numbers", here)
    return list(found)


def _orders(desk: Desk, numbers: list[Number]) -> dict[str, list[PortOrder]]:
    """The port orders that name each number, the oldest first."""
    named = desk.session.execute(
        select(PortOrderNumber.e164, PortOrder)
        .join(PortOrder)
        .where(PortOrderNumber.e164.in_({each.e164 for each in numbers}))
        .order_by(PortOrder.id)
    )
    orders: dict[str, list[PortOrder]] = defaultdict(list)
    for e164, order in named:
        orders[e164].append(order)
    return orders


@dataclass
class _Known:
    """What was read of a case, for questions about its parts."""

    at: datetime
    contacts: Sequence[Contact]
    talks: dict[int, Talk]
    holds: list[Hold]
    overrides: list[Override]
    orders: dict[str, list[PortOrder]] = field(default_factory=dict)

    def question(self, desk: Desk, part: Cancellation) -> Question:
        """Gate A of a part, answered from what was read."""
        spoke = (Outcome.reached, Outcome.signed)
        here = [each for each in reversed(self.contacts) if each.cancellation_id in (None, part.id)]
        return Question.known(
            desk,
            part,
            self.at,
            spoken_to=[each for each in here if each.outcome in spoke and each.struck_at is None],
            overrides={each.code: each for each in self._overrides(part) if each.ended_at is None},
            open_orders=self._open_orders(part),
            hold=next((each for each in self.holds if each.released_at is None), None),
            completed=self.numbers_in(part, OrderState.completed),
        )

    def _overrides(self, part: Cancellation) -> list[Override]:
        return [each for each in self.overrides if each.cancellation_id == part.id]

    def _open_orders(self, part: Cancellation) -> list[PortOrder]:
        """As `review_dates.open_orders`: of numbers that are here, or believed to be porting."""
        there = [
            order
            for number in part.location.numbers
            if number.held or number.disposition == Disposition.porting
            for order in self.orders.get(number.e164, ())
            if order.is_open
        ]
        return sorted({order.id: order for order in there}.values(), key=lambda each: each.id)

    def numbers_in(self, part: Cancellation, state: OrderState) -> set[str]:
        """The numbers of the location that an order of this state names."""
        return {
            number.e164
            for number in part.location.numbers
            if any(order.state == state for order in self.orders.get(number.e164, ()))
        }


def _sections(desk: Desk, case: Case, known: _Known) -> list[Section]:
    runs = _runs(desk, case)
    return [_section(desk, part, known, runs) for part in case.cancellations]


def _section(desk: Desk, part: Cancellation, known: _Known, runs: Sequence[Run]) -> Section:
    asked = known.question(desk, part)
    committed = known.numbers_in(part, OrderState.committed)
    return Section(
        part=part,
        asked=asked,
        stage=stage_of(part, known.talks[part.id]),
        to_do=proofs.told(asked) if part.is_open else [],
        numbers=_numbers(part, known.orders),
        runs=[run for run in runs if run.cancellation_id == part.id],
        overrides=[each for each in known.overrides if each.cancellation_id == part.id],
        waits_for_approval=brakes.steps_to_approve(desk, part) is not None,
        is_hazard=part.is_open and hazards.leaves_others(part.location, committed),
        safe=safe_dates.of(desk, part.location, known.at, known.orders) if part.state in UNSETTLED else None,
        leak=safe_dates.leak(part.location, known.orders),
    )


def _numbers(part: Cancellation, orders: dict[str, list[PortOrder]]) -> list[NumberRow]:
    """Those that need a decision first, then those that port, then what is settled."""
    first = {"undecided": 0, "porting": 1}
    rows = [
        NumberRow(each, next(reversed(orders.get(each.e164, [])), None)) for each in part.location.numbers
    ]
    return sorted(rows, key=lambda row: (first.get(row.number.disposition, 2), row.number.e164))


def _runs(desk: Desk, case: Case) -> Sequence[Run]:
    """The runs of all parts, the newest first. What was never confirmed has none."""
    planned = [part.id for part in case.cancellations if part.plan]
    if not planned:
        return []
    found = select(Run).where(Run.cancellation_id.in_(planned)).order_by(Run.id.desc())
    return desk.session.scalars(found.options(joinedload(Run.steps).joinedload(Step.calls))).unique().all()


def _row(case: Case, sections: list[Section], talks: dict[int, Talk], holds: list[Hold]) -> Row:
    """The case as lists show it, from what was read."""
    part = most_urgent(case.cancellations)
    section = next(each for each in sections if each.part is part)
    running = [each for each in case.clocks if each.stopped_at is None]
    shown = [each for each in sections if each.part.is_open] or sections
    return Row(
        case,
        list(case.cancellations),
        part,
        section.stage,
        talks[part.id],
        min(running, key=lambda each: each.due_at, default=None),
        any(each.released_at is None for each in holds),
        sum((_pips(each.part.location) for each in shown), Pips()),
    )


def _pips(place: Location) -> Pips:
    counted = Counter(
        each.disposition for each in place.numbers if each.held or each.disposition != Disposition.undecided
    )
    open_ones, porting = counted[Disposition.undecided], counted[Disposition.porting]
    return Pips(counted.total() - open_ones - porting, porting, open_ones)


def agreed_with(case: Case, contacts: Sequence[Contact]) -> Contact | None:
    """The newest contact that counts as the customer's authenticated word."""
    counting = (Outcome.reached, Outcome.signed)
    return next(
        (
            each
            for each in contacts
            if each.outcome in counting
            and each.struck_at is None
            and each.authenticated != Authentication.none
        ),
        None,
    )


def named(case: Case, address: str) -> str:
    """The name of a person of the account, or the address."""
    return person_name(case, address)
