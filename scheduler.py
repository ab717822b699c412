"""The heartbeat of the desk: `python scheduler.py`, a process of its own beside the web app.

Any number may run. A tick asks the database what is due and does it in the order of one instant;
it holds no state but the rows that it leaves alone for a while because they failed."""

import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Event
from types import FrameType

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from workflows import calendars, clock, heartbeat, jobs, logs, rounds
from workflows.config import ConfigError, Secrets
from workflows.house import House, open_house
from workflows.jobs import JOBS, Job, Shift
from workflows.rounds import ANCHOR, AWAY, DIGEST, POLL, RECONCILE, RETENTION, TIDY, Round

TICK_SECONDS = 3
BEFORE_THE_ROUNDS = 5
"""So many jobs of their table come before the reconciler."""
TABLE: tuple[Job | Round, ...] = (
    AWAY,
    POLL,
    *JOBS[:BEFORE_THE_ROUNDS],
    RECONCILE,
    DIGEST,
    *JOBS[BEFORE_THE_ROUNDS:],
    TIDY,
    RETENTION,
    ANCHOR,
)
"""What is done, in the order of one instant. Jobs are looked at in every tick, rounds have their times."""

log = structlog.get_logger()


def described() -> list[tuple[str, str, str]]:
    """Name, what it does and how often, for people."""
    every = f"when a row is due, every {TICK_SECONDS} s"
    return [(each.name, each.words, each.how_often if isinstance(each, Round) else every) for each in TABLE]


def tick(shift: Shift) -> int:
    """Does what is due now. Returns how many jobs and rounds had something to do."""
    desk, done = shift.desk, 0
    turns, rows = rounds.due(desk, shift.now()), jobs.soonest(desk)
    desk.session.commit()
    for each in TABLE:
        if shift.is_leaving():
            break
        if isinstance(each, Round):
            did = each.name in turns and rounds.do(shift, each, turns[each.name])
        else:
            did = each.name in rows and rows[each.name] <= shift.now() and jobs.do(shift, each) > 0
        if did:
            done, rows = done + 1, jobs.soonest(desk)
    return done


@dataclass
class Heart:
    """What a scheduler process keeps between two ticks."""

    house: House
    engine: Engine
    now: Callable[[], datetime] = clock.now
    worker: str = field(default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}")
    leaving: Event = field(default_factory=Event)
    put_off: dict[tuple[str, int], datetime] = field(default_factory=dict)
    trouble: str = ""

    @contextmanager
    def shift(self) -> Iterator[Shift]:
        """A session of its own; what it reads first locks nobody out."""
        with Session(self.engine) as session:
            session.connection(execution_options={"reading": True})
            desk, key = self.house.desk(session), self.house.secrets.secret_key
            yield Shift(desk, self.house.mail, self.worker, self.now, key, self.put_off, self.leaving.is_set)

    def begin(self) -> None:
        """The first look at the database: turns are counted from here, a changed calendar is told of."""
        with Session(self.engine) as session:
            calendars.adopt(session, self.house.settings, self.now())
            rounds.begin(self.house.desk(session), self.now())
            for name, words in calendars.differences(session, self.house.settings):
                log.warning(name, why=words)
            session.commit()

    def tick(self) -> None:
        """One tick; trouble with the database is told and the next tick tries again."""
        if self.leaving.is_set():
            return
        try:
            with self.shift() as shift:
                tick(shift)
            self.trouble = ""
        except SQLAlchemyError as wrong:
            self.trouble = "The database did not do what was asked."
            log.error("database_trouble", why=type(wrong).__name__, words=str(wrong).splitlines()[0])
        except Exception as wrong:
            self.trouble = type(wrong).__name__
            log.exception("tick_failed")

    def beat(self) -> None:
        try:
            with Session(self.engine) as session:
                heartbeat.beat(session, self.now(), self.trouble)
                session.commit()
        except SQLAlchemyError as wrong:
            log.error("no_heartbeat", why=type(wrong).__name__)

    def leave(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """The step under way is finished, no other is begun."""
        self.leaving.set()


def check(house: House) -> None:
    """Raises ConfigError where a secret is missing, or a lease could end while the platform still answers."""
    house.secrets.need("secret_key", "platform_token")
    lease, longest = house.settings.termination.lease_seconds, house.platform.timeout
    if lease <= longest:
        raise ConfigError(
            f"termination.lease_seconds: {lease} is too short. A call of the platform may take {longest:g}"
            " seconds, and a worker must hold its run for longer than that."
        )


def serve(house: House) -> None:
    """Beats until the process is asked to end. Raises ConfigError, SQLAlchemyError."""
    check(house)
    heart = Heart(house, house.engine())
    signal.signal(signal.SIGTERM, heart.leave)
    signal.signal(signal.SIGINT, heart.leave)
    heart.begin()
    beating = BackgroundScheduler(timezone="UTC", job_defaults={"max_instances": 1, "coalesce": True})
    beating.add_job(heart.tick, "interval", seconds=TICK_SECONDS, misfire_grace_time=None)
    beating.add_job(heart.beat, "interval", seconds=heartbeat.EVERY.seconds, misfire_grace_time=None)
    beating.start()
    log.info("scheduler_started", worker=heart.worker, jobs=len(TABLE), every=TICK_SECONDS)
    _wait(heart.leaving)
    beating.shutdown(wait=True)
    heart.engine.dispose()
    log.info("scheduler_ended", worker=heart.worker)


def _wait(leaving: Event) -> None:
    """In turns, so that a signal is heard at once on every system."""
    while not leaving.wait(1):
        pass


def main(config_file: Path | None = None, secrets: Secrets | None = None) -> int:
    """The exit status: 0 when it was asked to end, 2 where it cannot begin."""
    logs.set_up()
    try:
        serve(open_house(config_file, secrets))
    except ConfigError as wrong:
        log.error("cannot_begin", why=str(wrong))
        return 2
    except SQLAlchemyError as wrong:
        log.error("cannot_begin", why=f"The database cannot be used: {str(wrong).splitlines()[0]}")
        return 2
    return 0


if __name__ == "__main__":
    default = Path("config.toml")
    sys.exit(main(default if default.is_file() else None))
