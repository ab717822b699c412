"""What must not grow with what exists: the queue's page, and a tick with nothing due."""

import gc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
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
WARM = 5
TIMES = 50


def queue_page() -> dict[str, Any]:
    """My queue of an agent, at 10,000 and at 100,000 open cases."""
    real, clock.now = clock.now, lambda: NOW
    try:
        with ExitStack() as stack:
            small, large = (stack.enter_context(queue(cases)) for cases in (10_000, 100_000))
            return {**compared(small.get, large.get), "queries": [small.queries(), large.queries()]}
    finally:
        clock.now = real


def idle_tick() -> dict[str, Any]:
    """A tick of the scheduler with nothing due, at 1,000 and at 100,000 scheduled ends."""
    with ExitStack() as stack:
        small, large = (stack.enter_context(_tick(cases)) for cases in (1_000, 100_000))
        return compared(small, large)


def compared(small: Callable[[], object], large: Callable[[], object]) -> dict[str, Any]:
    """The medians of many in turn, so that whatever slows the machine slows both.

    What seeding left in memory is frozen: collecting it is no cost of what is measured."""
    for act in (small, large) * WARM:
        act()
    gc.collect()
    gc.freeze()
    taken: tuple[list[float], list[float]] = ([], [])
    for _each in range(TIMES):
        for act, times in zip((small, large), taken, strict=True):
            times.append(_ms(act))
    gc.unfreeze()
    less, more = (median(times) for times in taken)
    ratio = more / less
    return {
        "ms": [round(less, 2), round(more, 2)],
        "ratio": round(ratio, 2),
        "target": MOST,
        "ok": ratio <= MOST,
    }


def _ms(act: Callable[[], object]) -> float:
    began = process_time()
    act()
    return (process_time() - began) * 1000


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


@dataclass
class Queue:
    """An agent in front of their queue."""

    client: FlaskClient
    engine: Engine

    def get(self) -> None:
        answer = self.client.get("/queue")
        assert answer.status_code == 200, answer.status

    def page(self) -> bytes:
        return self.client.get("/queue").data

    def queries(self) -> int:
        said: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            said.append(statement)

        event.listen(self.engine, "before_cursor_execute", note)
        self.get()
        event.remove(self.engine, "before_cursor_execute", note)
        return sum(each.lstrip().upper().startswith(("SELECT", "WITH")) for each in said)


@contextmanager
def queue(cases: int) -> Iterator[Queue]:
    with _filled(cases, State.requested) as (house, _engine):
        app = create_app(house)
        app.config.update(WTF_CSRF_ENABLED=False)
        client = app.test_client()
        client.post("/sign-in", data={"email": "agent1@bench.example", "password": PASSWORD})
        with app.app_context():
            made = db.engine
        yield Queue(client, made)
        made.dispose()


@contextmanager
def _tick(scheduled: int) -> Iterator[Callable[[], object]]:
    with _filled(scheduled, State.scheduled) as (house, engine), Session(engine) as session:
        shift = Shift(house.desk(session), house.mail, "bench", lambda: NOW, "key")
        rounds.begin(shift.desk, NOW)
        session.commit()
        assert scheduler.tick(shift) == 0
        yield lambda: scheduler.tick(shift)
