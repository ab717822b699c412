"""All that the page of one case shows. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from workflows import brakes, hazards, proofs
from workflows.desk import Desk
from workflows.gates import GateLine
from workflows.letters.facts import person_name
from workflows.records import (
    Cancellation,
    Case,
    Clock,
    Contact,
    Event,
    Hold,
    Letter,
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
from workflows.reports.lists import Row
from workflows.stages import Stage, stage_of, talks
from workflows.states import Authentication, Outcome

EVENTS = 100


@dataclass(frozen=True)
class NumberRow:
    number: Number
    order: PortOrder | None
    """The newest port order that names it."""


@dataclass(frozen=True)
class Section:
    """One location of the case."""

    part: Cancellation
    stage: Stage
    to_do: list[GateLine]
    numbers: list[NumberRow]
    runs: Sequence[Run]
    overrides: Sequence[tuple[Override, str]]
    """Each with the name of who overrode."""
    waits_for_approval: bool
    is_hazard: bool


@dataclass(frozen=True)
class CasePage:
    row: Row
    request: Request | None
    clocks: Sequence[Clock]
    contacts: Sequence[Contact]
    letters: Sequence[Letter]
    holds: Sequence[Hold]
    events: Sequence[Event]
    sections: list[Section]
    others: Sequence[Case]
    staff: list[User] = field(default_factory=list)
    has_more_events: bool = False

    @property
    def hold(self) -> Hold | None:
        return next((each for each in self.holds if each.released_at is None), None)


def read(desk: Desk, case: Case, at: datetime, *, all_events: bool = False) -> CasePage:
    session = desk.session
    events = select(Event).where(Event.case_id == case.id).order_by(Event.id.desc())
    found = session.scalars(events if all_events else events.limit(EVENTS + 1)).all()
    shown = found if all_events else found[:EVENTS]
    return CasePage(
        row=lists.one(desk, case),
        request=session.scalar(select(Request).where(Request.case_id == case.id)),
        clocks=session.scalars(select(Clock).where(Clock.case_id == case.id).order_by(Clock.id.desc())).all(),
        contacts=session.scalars(
            select(Contact).where(Contact.case_id == case.id).order_by(Contact.id.desc())
        ).all(),
        letters=session.scalars(
            select(Letter).where(Letter.case_id == case.id, Letter.to_customer).order_by(Letter.id.desc())
        ).all(),
        holds=session.scalars(select(Hold).where(Hold.case_id == case.id).order_by(Hold.id.desc())).all(),
        events=shown,
        sections=_sections(desk, case, at),
        others=_others(desk, case),
        staff=list(session.scalars(select(User))),
        has_more_events=len(found) > len(shown),
    )


def _others(desk: Desk, case: Case) -> Sequence[Case]:
    """Other cases of the same customer, the newest first."""
    found = select(Case).where(Case.account_id == case.account_id, Case.id != case.id)
    return desk.session.scalars(found.order_by(Case.id.desc()).limit(5)).all()


def _sections(desk: Desk, case: Case, at: datetime) -> list[Section]:
    known = talks(desk.session, case.cancellations)
    return [_section(desk, part, stage_of(part, known[part.id]), at) for part in case.cancellations]


def _section(desk: Desk, part: Cancellation, stage: Stage, at: datetime) -> Section:
    overrides = desk.session.execute(
        select(Override, User.name)
        .join(User, User.id == Override.by_id)
        .where(Override.cancellation_id == part.id)
        .order_by(Override.id.desc())
    ).all()
    return Section(
        part=part,
        stage=stage,
        to_do=proofs.shown(desk, part, at) if part.is_open else [],
        numbers=_numbers(desk, part),
        runs=_runs(desk, part),
        overrides=[(row[0], row[1]) for row in overrides],
        waits_for_approval=brakes.steps_to_approve(desk, part) is not None,
        is_hazard=part.is_open and hazards.is_hazard(desk, part.location),
    )


def _numbers(desk: Desk, part: Cancellation) -> list[NumberRow]:
    """Those that need a decision first, then those that port, then what is settled."""
    numbers = desk.session.scalars(
        select(Number)
        .where(Number.location_id == part.location_id)
        .options(selectinload(Number.moved_to))
        .order_by(Number.e164)
    ).all()
    named = desk.session.execute(
        select(PortOrderNumber.e164, PortOrder)
        .join(PortOrder)
        .where(PortOrderNumber.e164.in_([each.e164 for each in numbers]))
        .order_by(PortOrder.id)
    )
    orders: dict[str, PortOrder] = {row[0]: row[1] for row in named}
    first = {"undecided": 0, "porting": 1}
    rows = [NumberRow(each, orders.get(each.e164)) for each in numbers]
    return sorted(rows, key=lambda row: (first.get(row.number.disposition, 2), row.number.e164))


def _runs(desk: Desk, part: Cancellation) -> Sequence[Run]:
    return desk.session.scalars(
        select(Run)
        .where(Run.cancellation_id == part.id)
        .options(selectinload(Run.steps).selectinload(Step.calls))
        .order_by(Run.id.desc())
    ).all()


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
