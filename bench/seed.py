"""Databases of a size, made with bulk inserts: open cases with a running clock each, or scheduled ends."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, insert
from sqlalchemy.orm import Session

from workflows import users
from workflows.config import Settings
from workflows.db import with_manners
from workflows.desk import Desk
from workflows.records import (
    Account,
    Base,
    Cancellation,
    Case,
    Clock,
    Location,
    Number,
    Person,
    Request,
    Word,
)
from workflows.standing import PLANNED, URGENT
from workflows.states import State

NOW = datetime(2027, 3, 1, 16, 0, tzinfo=UTC)
OWNERS = 10
PER_ACCOUNT = 5
CHUNK = 5000
PASSWORD = "a long word for benches"


def database(folder: Path, name: str) -> Engine:
    """An empty database with all tables."""
    engine = with_manners(create_engine(f"sqlite:///{folder / name}.db"))
    Base.metadata.create_all(engine)
    return engine


def fill(engine: Engine, cases: int, *, state: State) -> None:
    """So many open cases, each with one location; the agents `agent1@bench.example` … own them in turn."""
    with Session(engine) as session:
        _staff(session)
        for noun, rows in _rows(cases, state):
            for start in range(0, len(rows), CHUNK):
                session.execute(insert(noun), rows[start : start + CHUNK])
        session.commit()
    with engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")


def _staff(session: Session) -> None:
    nothing: Any = None
    desk = Desk(session, Settings(), nothing, nothing, Settings().calendar)
    users.add(desk, "agent1@bench.example", "Agent 1", "agent", PASSWORD, at=NOW)
    users.add(desk, "manager@bench.example", "Manager", "manager", PASSWORD, at=NOW)
    for each in range(2, OWNERS + 1):
        user = users.add(desk, f"agent{each}@bench.example", f"Agent {each}", "agent", PASSWORD, at=NOW)
        session.add(user)
    session.flush()


def _rows(cases: int, state: State) -> list[tuple[type[Base], list[dict[str, Any]]]]:
    every = range(1, cases + 1)
    accounts = range(1, cases // PER_ACCOUNT + 2)
    tables: list[tuple[type[Base], list[dict[str, Any]]]] = [
        (Account, [_account(each) for each in accounts]),
        (Person, [_person(each) for each in accounts]),
        (Location, [_location(each) for each in every]),
        (Number, [_number(each) for each in every]),
        (Case, [_case(each, state) for each in every]),
        (Word, [row for each in accounts for row in _words("account_id", each, f"customer {each} a{each}")]),
        (Word, [row for each in every for row in _words("location_id", each, f"location {each} l{each}")]),
        (Word, [_word("account_id", each, f"owner{each}@customer.example") for each in accounts]),
        (Request, [_request(each) for each in every]),
        (Cancellation, [_cancellation(each, state) for each in every]),
    ]
    return tables if state == State.scheduled else [*tables, (Clock, [_clock(each) for each in every])]


def _account(each: int) -> dict[str, Any]:
    address = f"owner{each}@customer.example"
    names = {"ref": f"a{each}", "name": f"Customer {each}"}
    return {"id": each, **names, "address_of_record": address, "read_at": NOW}


def _person(each: int) -> dict[str, Any]:
    return {"account_id": each, "email": f"owner{each}@customer.example", "name": "Owner", "role": "owner"}


def _words(of: str, each: int, words: str) -> list[dict[str, Any]]:
    return [_word(of, each, word) for word in words.split()]


def _word(of: str, each: int, word: str) -> dict[str, Any]:
    return {"account_id": None, "location_id": None, "case_id": None, of: each, "word": word}


def _location(each: int) -> dict[str, Any]:
    return {
        "id": each,
        "account_id": each // PER_ACCOUNT + 1,
        "ref": f"l{each}",
        "name": f"Location {each}",
        "time_zone": "America/Chicago",
        "jurisdiction": "US",
        "master_e911": None,
        "trunks": 1,
        "trunks_enabled": True,
        "services": [],
        "renews_on": date(2027, 4, 1),
        "renewal_on": True,
        "monthly_price": Decimal("49.00"),
        "read_at": NOW,
    }


def _number(each: int) -> dict[str, Any]:
    return {"location_id": each, "e164": f"+1256{each:07}", "held": True, "disposition": "undecided"}


def _due(each: int) -> datetime:
    return NOW + timedelta(minutes=each % 20_000 - 2_000)


def _run(each: int) -> datetime:
    return NOW + timedelta(days=1 + each % 300, minutes=each % 600)


def _case(each: int, state: State) -> dict[str, Any]:
    is_planned = state == State.scheduled
    return {
        "id": each,
        "account_id": each // PER_ACCOUNT + 1,
        "owner_id": each % OWNERS + 1,
        "requester": f"owner{each // PER_ACCOUNT + 1}@customer.example",
        "received_at": NOW - timedelta(days=2),
        "queue_group": PLANNED if is_planned else URGENT,
        "queue_at": _run(each) if is_planned else _due(each),
        "customer": f"customer {each // PER_ACCOUNT + 1}",
        "wanted_for": date(2027, 4, 1),
    }


def _request(each: int) -> dict[str, Any]:
    day = date(2027, 4, 1)
    return {"case_id": each, "content": {}, "requested_for": day, "reason": "Closing", "came_by": "form"}


def _cancellation(each: int, state: State) -> dict[str, Any]:
    is_planned = state == State.scheduled
    return {
        "id": each,
        "case_id": each,
        "location_id": each,
        "state": state,
        "state_since": NOW - timedelta(days=2),
        "requested_for": date(2027, 4, 1),
        "run_at": _run(each) if is_planned else None,
        "begin_at": _run(each) if is_planned else None,
        "plan": {"steps": ["freeze"], "basis": {}} if is_planned else {},
    }


def _clock(each: int) -> dict[str, Any]:
    return {
        "case_id": each,
        "name": "first_contact",
        "started_at": NOW - timedelta(days=2),
        "due_at": _due(each),
        "at_risk_at": _due(each) - timedelta(hours=4),
        "calendar_version": 1,
        "explanation": "Counted for a bench.",
        "told_at_risk": True,
        "told_breached": _due(each) < NOW,
    }
