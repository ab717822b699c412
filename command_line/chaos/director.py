"""The storm: everything is started, people act, processes die, until all is quiet again."""

import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from command_line.chaos import mailroom, processes, story
from command_line.chaos.mailroom import Mailroom
from command_line.chaos.pages import PageLost, Person
from command_line.chaos.postgres import Server
from command_line.chaos.processes import Fleet
from command_line.chaos.trial import LEASE, Ground, Size
from command_line.chaos.weather import Weather
from sandbox.main import serving
from sandbox.service import create_app
from workflows import clock, migrating, users
from workflows.adapters.sandbox import Books
from workflows.config import ConfigError
from workflows.house import House, open_house
from workflows.letters.outbox import UNSENT
from workflows.records import Cancellation, Letter, Location, Run
from workflows.states import FINAL, Role

DONE = 303
DEAD_FOR = 1.0
"""Seconds after which a killed process is started again, as a service manager does."""
STAFF = {"agent": Role.agent, "agent2": Role.agent, "manager": Role.manager, "admin": Role.admin}
SLEEPERS = 2
"""Workers at least that are put to sleep in the middle of a call; and as many ports that open in one."""
Progress = Callable[[str, int, int], None]


@dataclass
class Storm:
    """All that the proof needs afterwards."""

    size: Size
    ground: Ground
    house: House
    engine: Engine
    books: Books
    weather: Weather
    mail: Mailroom
    fleet: Fleet
    people: list[story.Fate]
    server: Server | None
    references: dict[str, set[str]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    stills: list[float] = field(default_factory=list)
    """Seconds from the stop switch to the last step that was done."""
    thrown_over: int = 0
    settled_after: float | None = None
    """Seconds from the end of the storm until nothing was open; None where it never came to that."""
    thrown_at: list[float] = field(default_factory=list)
    desk_seen: dict[str, Any] = field(default_factory=dict)
    """What the people at the desk saw: pages by status, acts, what broke."""

    @property
    def interrupted(self) -> list[float]:
        """When something died that may have been sending a letter (monotonic seconds)."""
        return [*self.fleet.killed_at, *self.thrown_at]


@contextmanager
def prepared(size: Size, ground: Ground, server: Server | None) -> Iterator[Storm]:
    """Books, mail server, database with people in it; no process of the desk yet."""
    ground.lay_out()
    migrating.to(ground.database_url)
    house = open_house(ground.config, ground.secrets)
    people, books = story.fates(size), Books()
    story.furnish(books, people)
    with ExitStack() as stack:
        engine = house.engine()
        stack.callback(engine.dispose)
        _hire(house, engine, ground)
        weather = Weather(_sandbox(books, ground), books, size)
        web = stack.enter_context(serving(weather, port=ground.platform))
        threading.Thread(target=web.serve_forever, daemon=True).start()
        stack.callback(web.shutdown)
        mail = stack.enter_context(mailroom.open_to_letters(size, ground.mail))
        fleet = processes.fleet(ground, size)
        stack.callback(fleet.end)
        storm = Storm(size, ground, house, engine, books, weather, mail, fleet, people, server)
        weather.put_to_sleep = lambda location, token: _put_to_sleep(storm, location, token)
        yield storm


def _sandbox(books: Books, ground: Ground) -> Callable[..., Any]:
    hooks = f"http://127.0.0.1:{ground.web}/api/v1/webhooks/carrier"
    return create_app(books, token=ground.token, webhook_url=hooks, webhook_secret=ground.token)


def _hire(house: House, engine: Engine, ground: Ground) -> None:
    with Session(engine) as session:
        for name, role in STAFF.items():
            email = f"{name}@desk.example"
            users.add(house.desk(session), email, name.title(), role, ground.token, at=clock.now())
        session.commit()


def blow(storm: Storm, tell: Progress) -> None:
    """Raises ConfigError where the desk does not come up."""
    storm.fleet.start()
    if not processes.wait_for_web(storm.ground):
        raise ConfigError(f"The web app did not come up; see {storm.ground.folder / 'web.log'}.")
    began, over = time.monotonic(), threading.Event()
    parts = [
        story.Store(storm.ground, storm.people, storm.references, storm.wrong).run,
        story.Carrier(storm.ground, storm.size, storm.people).run,
        lambda began, over: _strike(storm, began, over),
    ]
    threads = [threading.Thread(target=_guarded, args=(storm, part, began, over)) for part in parts]
    for each in threads:
        each.start()
    while (passed := time.monotonic() - began) < storm.size.seconds or threads[0].is_alive():
        tell("storm", _ended(storm), int(passed))
        time.sleep(0.5)
    over.set()
    for each in threads:
        each.join()
    _calm(storm)
    _settle(storm, tell)
    storm.fleet.end()
    storm.desk_seen = json.loads((storm.ground.folder / processes.SEEN_BY_STAFF).read_text("utf-8"))


def _guarded(storm: Storm, part: Callable[..., None], began: float, over: threading.Event) -> None:
    try:
        part(began, over)
    except Exception as bug:
        storm.wrong.append(f"the trial itself failed: {type(bug).__name__}: {bug}")


def _strike(storm: Storm, began: float, over: threading.Event) -> None:
    """Kills, freezes, stops, and a database that falls over, each at a moment that the seed decides."""
    coming = sorted(_blows(storm), key=lambda blow: blow[0])
    while not over.wait(0.2):
        passed = time.monotonic() - began
        while coming and coming[0][0] <= passed:
            coming.pop(0)[1]()
        storm.fleet.revive(DEAD_FOR)


def _blows(storm: Storm) -> list[tuple[float, Callable[[], None]]]:
    size, fleet = storm.size, storm.fleet
    dice, last = size.dice("blows"), size.seconds - LEASE
    acts: list[tuple[float, Callable[[], None]]] = []
    for _ in range(size.kills):
        which, is_web = dice.randrange(processes.SCHEDULERS), dice.random() < 0.3
        kill = fleet.kill_web_worker if is_web else fleet.kill_scheduler
        acts.append((dice.uniform(3, last), lambda kill=kill, which=which: kill(which)))  # type: ignore[misc]
    for _ in range(size.kills // 4):
        which, nap = dice.randrange(processes.SCHEDULERS), dice.uniform(1.2, 1.8) * LEASE
        acts.append((dice.uniform(3, last), lambda which=which, nap=nap: _freeze(storm, which, nap)))  # type: ignore[misc]
    minutes = range(max(1, int(size.seconds // 60)))
    acts += [(60 * n + dice.uniform(10, 35), lambda: _stop_switch(storm)) for n in minutes]
    for _ in range(max(SLEEPERS, size.kills // 20)):
        acts += [(dice.uniform(3, last / 2), lambda trap=trap: _set_trap(storm, trap)) for trap in TRAPS]  # type: ignore[misc]
    if storm.server is not None:
        acts.append((size.seconds / 2, lambda: _throw_over(storm)))
    return acts


def _freeze(storm: Storm, which: int, seconds: float) -> None:
    """Longer than the lease; it is woken by itself while the storm goes on."""
    process = storm.fleet.schedulers[which]
    process.send(signal.SIGSTOP)
    storm.fleet.kills["frozen"] += 1
    threading.Timer(seconds, lambda: process.send(signal.SIGCONT)).start()


TRAPS = ("sleeper", "port_first")


def _set_trap(storm: Storm, trap: str) -> None:
    storm.weather.traps[trap] += 1


def _put_to_sleep(storm: Storm, location: str, token: int) -> bool:
    """Freezes the scheduler that is in the middle of this call, until its lease is over."""
    holds = (
        select(Run.worker)
        .join(Cancellation, Cancellation.id == Run.cancellation_id)
        .join(Location, Location.id == Cancellation.location_id)
        .where(Location.ref == location, Run.fencing == token)
    )
    try:
        with storm.engine.connect().execution_options(reading=True) as connection:
            worker = str(connection.scalar(holds) or "")
    except SQLAlchemyError:
        return False
    process = storm.fleet.with_pid(int(worker.rpartition(":")[2] or 0))
    if process is None:
        return False
    process.send(signal.SIGSTOP)
    storm.fleet.kills["asleep in a call"] += 1
    threading.Timer(2 * LEASE, lambda: process.send(signal.SIGCONT)).start()
    return True


def _throw_over(storm: Storm) -> None:
    assert storm.server is not None
    storm.thrown_at.append(time.monotonic())
    storm.server.throw_over()
    storm.thrown_over += 1


def _stop_switch(storm: Storm) -> None:
    """One click; then it is measured how long any step is still done."""
    manager, admin = (_somebody(storm, name) for name in ("manager", "admin"))
    with suppress(PageLost):
        manager.read("/me")
        clicked = time.monotonic()
        if manager.click("/desk/stop-all") == DONE:
            time.sleep(3)
            storm.stills.append(max(0.0, storm.weather.last_call - clicked))
    with suppress(PageLost):
        admin.send("/desk/start-again")


def _somebody(storm: Storm, name: str) -> Person:
    return Person(storm.ground.address, f"{name}@desk.example", storm.ground.token)


def _calm(storm: Storm) -> None:
    storm.weather.is_calm = storm.mail.is_calm = True
    for each in storm.fleet.all():
        each.send(signal.SIGCONT)
    storm.fleet.revive()
    with suppress(PageLost):
        _somebody(storm, "admin").send("/desk/start-again")


def _settle(storm: Storm, tell: Progress) -> None:
    """Waits until nothing is open any more; what then still is, is stuck."""
    began = time.monotonic()
    while (passed := time.monotonic() - began) < storm.size.patience:
        story.finish_orders(storm.books, storm.size)
        storm.fleet.revive()
        tell("settling", _ended(storm), int(passed))
        if _is_quiet(storm):
            storm.settled_after = passed
            return
        time.sleep(1)


def _count(storm: Storm, what: object) -> int:
    try:
        with storm.engine.connect().execution_options(reading=True) as connection:
            return int(connection.scalar(what) or 0)  # type: ignore[call-overload]
    except SQLAlchemyError:
        return -1


def _ended(storm: Storm) -> int:
    return max(0, _count(storm, select(func.count(Cancellation.id)).where(Cancellation.state.in_(FINAL))))


def _is_quiet(storm: Storm) -> bool:
    open_ones = select(func.count(Cancellation.id)).where(Cancellation.state.not_in(FINAL))
    runs = select(func.count(Run.id)).where(Run.next_at.is_not(None))
    letters = select(func.count(Letter.id)).where(Letter.state.in_(UNSENT))
    return all(_count(storm, each) == 0 for each in (open_ones, runs, letters))
