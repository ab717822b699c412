"""A small world for letters: one account with three locations, its people, its case and the staff."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import cast

import pytest
from sqlalchemy import Connection, create_engine, select
from sqlalchemy.orm import Session

from workflows.adapters.platform import Carrier, Platform
from workflows.config.settings import Settings
from workflows.desk import Desk
from workflows.records import (
    Account,
    Base,
    Cancellation,
    Case,
    Clock,
    Contact,
    Letter,
    Location,
    Number,
    Person,
    PortOrder,
    PortOrderNumber,
    Request,
    Run,
    Step,
    User,
)

AT = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
"""Tuesday, 09:30 in Chicago; Thursday of that week is a holiday."""
RUN_AT = datetime(2026, 12, 5, 0, 0, tzinfo=UTC)
"""Friday 4 December, 18:00 in Chicago."""


@dataclass
class Scene:
    """The rows that letters are written from, and short ways to add more."""

    desk: Desk
    case: Case
    agent: User
    manager: User
    at: datetime = AT

    @property
    def session(self) -> Session:
        return self.desk.session

    @property
    def hq(self) -> Cancellation:
        return self.case.cancellations[0]

    @property
    def lab(self) -> Cancellation:
        return self.case.cancellations[1]

    @property
    def toronto(self) -> Cancellation:
        return self.case.cancellations[2]

    def schedule(self, part: Cancellation, run_at: datetime) -> None:
        part.state, part.run_at = "scheduled", run_at
        part.confirmed_at, part.confirmed_by = self.at, self.agent

    def settle(self, part: Cancellation) -> None:
        """Scheduled as Pat agreed; HQ's second number has moved to the lab."""
        self.schedule(part, RUN_AT if part is self.hq else RUN_AT - timedelta(hours=1))
        self.dispose(part, "not_needed")
        if part is self.hq:
            self.contact()
            part.location.numbers[1].disposition = "moved"
            part.location.numbers[1].moved_to = self.lab.location

    def defer(self, part: Cancellation) -> None:
        """Waits for a port; only that of HQ has an order."""
        part.state, part.review_on, part.deferred_on = "deferred", date(2027, 1, 4), date(2026, 11, 20)
        self.dispose(part, "porting")
        if part is self.hq:
            self.order("P-1", part, "committed", foc=RUN_AT)

    def dispose(self, part: Cancellation, disposition: str, *, held: bool = True) -> None:
        for number in part.location.numbers:
            number.disposition, number.held = disposition, held

    def contact(self, **more: object) -> Contact:
        usual = {
            "channel": "phone",
            "outcome": "reached",
            "authenticated": "callback",
            "person": "pat@acme.example",
        }
        row = Contact(case=self.case, at=self.at, by=self.agent.email, **{**usual, **more})
        self.session.add(row)
        self.session.flush()
        return row

    def order(self, ref: str, part: Cancellation, state: str, **more: object) -> PortOrder:
        row = PortOrder(
            ref=ref,
            account_id=self.case.account_id,
            state=state,
            first_seen_at=self.at,
            read_at=self.at,
            numbers=[PortOrderNumber(e164=number.e164) for number in part.location.numbers],
            **more,
        )
        self.session.add(row)
        self.session.flush()
        return row

    def run(self, part: Cancellation, *steps: tuple[str, str]) -> Run:
        """A run with these steps, each of a name and a state, done a second apart."""
        row = Run(cancellation_id=part.id, begun_at=self.at, progress_at=self.at)
        for position, (name, state) in enumerate(steps):
            done_at = self.at + timedelta(seconds=position) if state == "done" else None
            row.steps.append(
                Step(position=position, name=name, state=state, request_id=f"r{position}", done_at=done_at)
            )
        self.session.add(row)
        self.session.flush()
        return row

    def clock(self, name: str, due_at: datetime) -> Clock:
        row = Clock(
            case=self.case,
            name=name,
            started_at=self.at,
            due_at=due_at,
            at_risk_at=due_at,
            calendar_version=1,
            explanation="Received Tue 24 Nov 09:30; Thu 26 Nov is closed (Thanksgiving).",
        )
        self.session.add(row)
        self.session.flush()
        return row

    def letters(self) -> list[Letter]:
        return list(self.session.scalars(select(Letter).order_by(Letter.id)))


@pytest.fixture(scope="module")
def empty_tables() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def scene(empty_tables: Connection) -> Iterator[Scene]:
    """Never committed: the next test finds the tables empty again."""
    settings = Settings()
    with empty_tables.begin() as transaction, Session(empty_tables) as session:
        desk = Desk(session, settings, cast(Platform, None), cast(Carrier, None), settings.calendar)
        yield _scene(desk)
        transaction.rollback()


def _scene(desk: Desk) -> Scene:
    agent = User(email="agent@northline.example", name="Dana Webb", role="agent")
    manager = User(email="manager@northline.example", name="Mina Aho", role="manager")
    second = User(email="manager2@northline.example", name="Ravi Osei", role="manager")
    gone = User(email="gone@northline.example", name="Old Boss", role="manager", is_active=False)
    account = _account()
    case = Case(account=account, requester="kim@acme.example", received_at=AT, queue_at=AT, owner=agent)
    desk.session.add_all([agent, manager, second, gone, account, case])
    desk.session.flush()
    for location in account.locations:
        case.cancellations.append(
            Cancellation(
                location=location, state="requested", state_since=AT, requested_for=date(2026, 12, 4), plan={}
            )
        )
    desk.session.add(_request(case))
    desk.session.flush()
    return Scene(desk, case, agent, manager)


def _account() -> Account:
    people = [
        Person(email="pat@acme.example", name="Pat Doe", phone="+12565550170", role="owner"),
        Person(email="kim@acme.example", name="", phone="", role="authorised"),
    ]
    return Account(
        ref="acme",
        name="Acme & Sons",
        address_of_record="pat@acme.example",
        read_at=AT,
        people=people,
        locations=[
            _location("HQ", "America/Chicago", "US", "+12565550101", "+12565550102"),
            _location("Lab", "America/New_York", "US-NY", "+12565550201"),
            _location("Toronto", "America/Toronto", "CA-ON", "+14165550301"),
        ],
    )


def _location(name: str, zone: str, jurisdiction: str, *numbers: str) -> Location:
    return Location(
        ref=name.lower(),
        name=name,
        time_zone=zone,
        jurisdiction=jurisdiction,
        master_e911=numbers[0],
        trunks=4 if name == "HQ" else 1,
        services=["fax", "sms"] if name == "HQ" else [],
        renews_on=date(2026, 12, 1),
        renewal_on=True,
        monthly_price=Decimal("214.00"),
        read_at=AT,
        numbers=[Number(e164=each) for each in numbers],
    )


def _request(case: Case) -> Request:
    return Request(
        case=case,
        content={},
        requested_for=date(2026, 12, 4),
        reason="Moving <all> & everything away from +1 (256) 555-0101",
        category=None,
        wish="Please keep 256.555.0102",
        came_by="form",
    )
