"""A house with a sandbox inside, a clock that stands still, and people to sign in as."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests import cheaper, databases
from workflows import books, clock, jobs
from workflows.adapters.memory_mail import MemoryMail
from workflows.adapters.sandbox import Books, SandboxCarrier, SandboxPlatform
from workflows.config import Secrets, Settings
from workflows.db import db
from workflows.desk import Desk
from workflows.house import House
from workflows.jobs import Shift
from workflows.records import User
from workflows.states import Role

MONDAY = datetime(2027, 3, 1, 16, 0, tzinfo=UTC)
"""Monday 1 March 2027, 10:00 in Chicago: the office is open."""
STAFF = {
    "agent": Role.agent,
    "agent2": Role.agent,
    "manager": Role.manager,
    "manager2": Role.manager,
    "admin": Role.admin,
}


@dataclass
class Time:
    """The only clock of a test."""

    now: datetime = MONDAY

    def read(self) -> datetime:
        return self.now

    def pass_(self, **parts: float) -> datetime:
        self.now += timedelta(**parts)
        return self.now


@dataclass
class World:
    """What a test can reach: the platform's books, the mail server, the house, time."""

    time: Time
    books: Books
    mail: MemoryMail
    house: House
    sent: list[str] = field(default_factory=list)

    def shift(self, session: Session) -> Shift:
        return Shift(
            self.house.desk(session), self.mail, "test", self.time.read, self.house.secrets.secret_key
        )

    def work(self, session: Session) -> None:
        """Lets the scheduler do all that is due now."""
        self.mail.now = self.time.now
        shift = self.shift(session)
        while due := [
            job
            for job in jobs.JOBS
            if jobs.soonest(shift.desk).get(job.name, self.time.now + timedelta(1)) <= self.time.now
        ]:
            for job in due:
                jobs.do(shift, job)
        session.commit()


def pytest_configure() -> None:
    cheaper.begin()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL what touches a database is run again, unless marked `once`; without it, what needs it is
    skipped."""
    if databases.on_postgres():
        kept = [each for each in items if _touches_a_database(each)]
        config.hook.pytest_deselected(items=[each for each in items if each not in kept])
        items[:] = kept
        return
    for each in items:
        if each.get_closest_marker("postgres"):
            each.add_marker(pytest.mark.skip(reason="needs PostgreSQL: python tests/with_postgres.py pytest"))


def _touches_a_database(item: pytest.Item) -> bool:
    names = getattr(item, "fixturenames", ())
    if item.get_closest_marker("once"):
        return False
    return bool({"tables", "bare_url"}.intersection(names) or item.get_closest_marker("postgres"))


@pytest.fixture(autouse=True)
def logs() -> Iterator[None]:
    """What a test sets up for its logs ends with it."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    standing = Time()
    monkeypatch.setattr(clock, "now", standing.read)
    return standing


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The database that each test gets a copy of."""
    with databases.template(tmp_path_factory.mktemp("tables")) as made:
        yield made


@pytest.fixture
def database_url(tmp_path: Path, tables: str) -> Iterator[str]:
    """A database of the test's own with all tables and no rows."""
    with databases.empty(tmp_path, tables) as made:
        yield made


@pytest.fixture
def secrets(database_url: str) -> Secrets:
    return Secrets(
        database_url=database_url,
        secret_key="test-key",
        api_token="api-token",
        handover_secret="handover-secret",
        webhook_secret="webhook-secret",
        bounce_secret="bounce-secret",
        platform_token="platform-token",
    )


@pytest.fixture
def world(time: Time, settings: Settings, secrets: Secrets) -> World:
    shelves, mail = Books(), MemoryMail(time.now)
    house = House(settings, secrets, SandboxPlatform(shelves, time.read), SandboxCarrier(shelves), mail)
    return World(time, shelves, mail, house)


@pytest.fixture
def engine(world: World) -> Iterator[Engine]:
    """The house's database, with the staff in it."""
    made = world.house.engine()
    with Session(made) as first:
        first.add_all(
            User(email=f"{name}@desk.example", name=name.title(), role=role) for name, role in STAFF.items()
        )
        first.commit()
    yield made
    made.dispose()


@pytest.fixture
def app(world: World, engine: Engine) -> Iterator[Flask]:
    from staff_app import create_app

    made = create_app(world.house)
    made.config.update(TESTING=True)
    yield made
    with made.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session of the test's own on the house's database."""
    with Session(engine, expire_on_commit=False) as made:
        yield made


@pytest.fixture
def desk(world: World, session: Session) -> Desk:
    return world.house.desk(session)


@pytest.fixture
def acme(world: World, desk: Desk) -> str:
    """An account with two locations, known to the desk. Returns its ref."""
    world.books.add_account(
        "acme",
        "Acme Dental",
        owner="pat@acme.example",
        authorised=["kim@acme.example"],
        names={"pat@acme.example": "Pat Doe"},
    )
    world.books.add_location(
        "acme",
        "HQ",
        "Front desk",
        renews_on=date(2027, 3, 28),
        numbers=["+12565550101", "+12565550102"],
        master_e911="+12565550101",
        services=["fax"],
    )
    world.books.add_location(
        "acme",
        "Branch",
        "Branch office",
        renews_on=date(2027, 3, 28),
        numbers=["+12565550103"],
        monthly_price=Decimal("61.00"),
    )
    books.read(desk, "acme", world.time.now)
    desk.session.commit()
    return "acme"
