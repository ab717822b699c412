"""Signs of life: a row per scheduler job tells when it was last done, and one that a scheduler is alive."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from workflows import clock
from workflows.records import Beat

SCHEDULER = "scheduler"
EVERY = timedelta(seconds=10)
SILENT = timedelta(seconds=60)
"""After so long without a beat no scheduler is alive."""


def beat(session: Session, at: datetime, trouble: str = "") -> None:
    """A scheduler says that it is alive."""
    if not _touch(session, SCHEDULER, at, trouble):
        begin(session, SCHEDULER, at)


def is_alive(session: Session, at: datetime) -> bool:
    """Whether any scheduler gave a sign of life in the last minute."""
    seen = last(session, [SCHEDULER]).get(SCHEDULER)
    return seen is not None and at - seen < clock.lasting(SILENT.seconds)


def last(session: Session, names: Iterable[str]) -> dict[str, datetime]:
    """When each was last done; those never done are left out."""
    rows = session.execute(select(Beat.name, Beat.at).where(Beat.name.in_(list(names))))
    return {row.name: row.at for row in rows}


def begin(session: Session, name: str, at: datetime) -> None:
    """The first beat of a name, whoever else writes it at the same time."""
    try:
        with session.begin_nested():
            session.execute(insert(Beat).values(name=name, at=at, trouble=""))
    except IntegrityError:
        return


def claim(session: Session, name: str, seen: datetime, at: datetime) -> bool:
    """Takes the next turn of a job. False where another scheduler was faster."""
    won = session.scalar(
        update(Beat)
        .where(Beat.name == name, Beat.at == seen)
        .values(at=at, trouble="")
        .returning(Beat.name)
        .execution_options(synchronize_session=False)
    )
    return won is not None


def give_back(session: Session, name: str, seen: datetime, trouble: str) -> None:
    """The turn was not done after all: it stays due."""
    _touch(session, name, seen, trouble)


def put(session: Session, name: str, at: datetime) -> None:
    """Passes over what is due up to `at`."""
    if not _touch(session, name, at, ""):
        begin(session, name, at)


def _touch(session: Session, name: str, at: datetime, trouble: str) -> bool:
    done = update(Beat).where(Beat.name == name).values(at=at, trouble=trouble).returning(Beat.name)
    return session.scalar(done.execution_options(synchronize_session=False)) is not None
