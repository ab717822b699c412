"""How the desk itself is: the scheduler's signs of life, letters, adapters, caps, stops, the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.orm import aliased, defer

from workflows import heartbeat, rounds
from workflows.desk import Desk
from workflows.records import Account, Beat, Event, Feed, Letter, Stop, User
from workflows.records.letter import UNSENT
from workflows.termination import guards
from workflows.termination.guards import Caps

STOPS = 10
LOOKS_BACK = timedelta(days=7)
UNREAD = ("reconciler_could_not_read", "begin_put_off")
"""Events that tell that the platform could not be read."""


@dataclass(frozen=True)
class Sign:
    """The last sign of life of one thing that the scheduler does."""

    words: str
    at: datetime | None
    next_at: datetime | None
    trouble: str
    is_late: bool


@dataclass(frozen=True)
class Adapter:
    """When something outside was last read or reached, and the last failure that is not over."""

    name: str
    read_at: datetime | None
    failed_at: datetime | None
    failure: str

    @property
    def is_well(self) -> bool:
        return self.failed_at is None or (self.read_at is not None and self.read_at >= self.failed_at)


@dataclass(frozen=True)
class StopRow:
    stop: Stop
    by: str
    ended_by: str


@dataclass(frozen=True)
class Database:
    kind: str
    version: str
    bytes: int


@dataclass(frozen=True)
class Health:
    signs: list[Sign]
    unsent: int
    oldest_unsent: Letter | None
    adapters: list[Adapter]
    caps: Caps
    stops: list[StopRow]
    database: Database


def read(desk: Desk, at: datetime) -> Health:
    unsent, oldest = _unsent(desk)
    return Health(
        signs=_signs(desk, at),
        unsent=unsent,
        oldest_unsent=oldest,
        adapters=[_platform(desk, at), _carrier(desk), _mail(desk)],
        caps=guards.caps(desk, at),
        stops=_stops(desk),
        database=_database(desk),
    )


def _signs(desk: Desk, at: datetime) -> list[Sign]:
    """The scheduler itself first; then each round with its next turn."""
    known = {each.name: each for each in desk.session.scalars(select(Beat))}
    alive = known.get(heartbeat.SCHEDULER)
    silent = alive is None or at - alive.at > heartbeat.SILENT
    seen, trouble = (alive.at, alive.trouble) if alive else (None, "")
    first = Sign("A scheduler is alive", seen, None, trouble, silent)
    return [first, *(_turn(desk, each, known.get(each.name), at) for each in rounds.ROUNDS)]


def _turn(desk: Desk, each: rounds.Round, beat: Beat | None, at: datetime) -> Sign:
    words = each.words[0].upper() + each.words[1:]
    if beat is None:
        return Sign(words, None, None, "", is_late=True)
    next_at = each.next_after(desk, beat.at)
    return Sign(words, beat.at, next_at, beat.trouble, is_late=at - next_at > heartbeat.SILENT)


def _unsent(desk: Desk) -> tuple[int, Letter | None]:
    waiting = text(f"letter.{UNSENT}")
    found = select(Letter).where(waiting).order_by(Letter.written_at, Letter.id).limit(1)
    long_ones = (Letter.text, Letter.html, Letter.facts, Letter.calendar)
    oldest = desk.session.scalar(found.options(*(defer(each) for each in long_ones)))
    return desk.session.scalar(select(func.count(Letter.id)).where(waiting)) or 0, oldest


def _platform(desk: Desk, at: datetime) -> Adapter:
    failures = select(Event).where(Event.name.in_(UNREAD), Event.at > at - LOOKS_BACK)
    failed = desk.session.scalar(failures.order_by(Event.at.desc(), Event.id.desc()).limit(1))
    read_at = desk.session.scalar(select(func.max(Account.read_at)))
    return Adapter("Platform", read_at, failed.at if failed else None, failed.why if failed else "")


def _carrier(desk: Desk) -> Adapter:
    feed = desk.session.scalar(select(Feed).limit(1))
    if feed is None:
        return Adapter("Carriers", None, None, "")
    return Adapter("Carriers", feed.read_at, feed.failed_at, feed.failure)


def _mail(desk: Desk) -> Adapter:
    """The last letter that the server took, and what it said to one that still waits."""
    taken = select(Letter.accepted_at).where(Letter.accepted_at.is_not(None))
    accepted = desk.session.scalar(taken.order_by(Letter.accepted_at.desc()).limit(1))
    waiting = select(Letter.first_try_at, Letter.trouble).where(text(f"letter.{UNSENT}"))
    failed = desk.session.execute(
        waiting.where(Letter.trouble != "", Letter.tries > 0).order_by(Letter.first_try_at.desc()).limit(1)
    ).first()
    return Adapter("Mail server", accepted, failed[0] if failed else None, failed[1] if failed else "")


def _stops(desk: Desk) -> list[StopRow]:
    by, ended_by = aliased(User), aliased(User)
    found = desk.session.execute(
        select(Stop, by.name, ended_by.name)
        .outerjoin(by, by.id == Stop.by_id)
        .outerjoin(ended_by, ended_by.id == Stop.ended_by_id)
        .order_by(Stop.id.desc())
        .limit(STOPS)
    )
    return [StopRow(row[0], row[1] or "The desk itself", row[2] or "") for row in found]


def _database(desk: Desk) -> Database:
    connection = desk.session.connection()
    version = ".".join(str(each) for each in connection.dialect.server_version_info or ())
    if connection.dialect.name == "sqlite":
        pages: Sequence[int] = [
            connection.exec_driver_sql(f"PRAGMA {each}").scalar_one() for each in ("page_count", "page_size")
        ]
        return Database("SQLite", version, pages[0] * pages[1])
    size = connection.execute(select(func.pg_database_size(func.current_database()))).scalar_one()
    return Database("PostgreSQL", version, size)
