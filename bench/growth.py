"""What must not grow with what exists: the queue's page, and a tick with nothing due."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

import scheduler
from bench import seed
from bench.seed import NOW, PASSWORD
from staff_app import create_app
from workflows import clock, rounds
from workflows.adapters.memory_mail import MemoryMail
from workflows.adapters.sandbox import Books, SandboxCarrier, SandboxPlatform
from workflows.config import Secrets, Settings
from workflows.db import db
from workflows.house import House
from workflows.jobs import Shift
from workflows.states import State

MOST = 1.3
"""How many times slower the larger one may be."""
TIMES = 30


def queue_page() -> dict[str, Any]:
    """My queue of an agent, at 10,000 and at 100,000 open cases."""
    small, large = (_queue(cases) for cases in (10_000, 100_000))
    return {**_compared(small["ms"], large["ms"]), "queries": [small["queries"], large["queries"]]}


def idle_tick() -> dict[str, Any]:
    """A tick of the scheduler with nothing due, at 1,000 and at 100,000 scheduled ends."""
    return _compared(_tick(1_000), _tick(100_000))


def _compared(small: float, large: float) -> dict[str, Any]:
    ratio = large / small
    taken = [round(small, 2), round(large, 2)]
    return {"ms": taken, "ratio": round(ratio, 2), "target": MOST, "ok": ratio <= MOST}


def _house(folder: Path) -> House:
    books = Books()
    secrets = Secrets(secret_key="bench" * 8, database_url=f"sqlite:///{folder / 'bench'}.db")
    return House(
        Settings(), secrets, SandboxPlatform(books, lambda: NOW), SandboxCarrier(books), MemoryMail(NOW)
    )


@contextmanager
def _filled(cases: int, state: State) -> Iterator[tuple[House, Engine]]:
    with TemporaryDirectory() as name:
        engine = seed.database(Path(name), "bench")
        seed.fill(engine, cases, state=state)
        yield _house(Path(name)), engine
        engine.dispose()


def _ms(act: Callable[[], object]) -> float:
    """The median of many, after some to warm up."""
    for _each in range(5):
        act()
    taken = []
    for _each in range(TIMES):
        began = process_time()
        act()
        taken.append((process_time() - began) * 1000)
    return median(taken)


def _queue(cases: int) -> dict[str, Any]:
    real, clock.now = clock.now, lambda: NOW
    try:
        with _filled(cases, State.requested) as (house, _engine):
            app = create_app(house)
            app.config.update(WTF_CSRF_ENABLED=False)
            client = app.test_client()
            client.post("/sign-in", data={"email": "agent1@bench.example", "password": PASSWORD})
            with app.app_context():
                made = db.engine
            found = {"queries": _queries(made, client), "ms": _ms(lambda: _get(client))}
            made.dispose()
            return found
    finally:
        clock.now = real


def _get(client: FlaskClient) -> None:
    answer = client.get("/queue")
    assert answer.status_code == 200, answer.status


def _queries(engine: Engine, client: FlaskClient) -> int:
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    _get(client)
    event.remove(engine, "before_cursor_execute", note)
    return sum(each.lstrip().upper().startswith(("SELECT", "WITH")) for each in said)


def _tick(scheduled: int) -> float:
    with _filled(scheduled, State.scheduled) as (house, engine), Session(engine) as session:
        shift = Shift(house.desk(session), house.mail, "bench", lambda: NOW, "key")
        rounds.begin(shift.desk, NOW)
        session.commit()
        assert scheduler.tick(shift) == 0
        return _ms(lambda: scheduler.tick(shift))
