"""Reads the whole history again: a line that was removed, changed or put elsewhere does not fit the chain.

The daily anchor is one digest over all lines up to it. Kept outside of the database, it vouches for them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any

import structlog
from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session, aliased

from workflows import chain, clock
from workflows.records import Anchor, Cancellation, Event
from workflows.states import State

A_WHILE = 3600
"""Seconds of the world after which no transaction under way can add a line below an anchor."""
ANONYMISED = "anonymised"
"""The event that tells that a case's personal words were taken away."""
AT_ONCE = 1000
"""Rows held in memory."""

log = structlog.get_logger()
_previous, _after = aliased(Event), aliased(Event)
_LINES: Select[Any] = (
    select(
        *Event.__table__.columns,
        _previous.digest.label("previous_digest"),
        _previous.case_id.label("previous_case"),
        _after.digest.label("after_digest"),
    )
    .outerjoin(_previous, _previous.id == Event.previous_id)
    .outerjoin(_after, _after.id == Event.after_id)
    .order_by(Event.id)
)


@dataclass
class Verified:
    """What was read, and a sentence for everything that does not fit."""

    lines: int = 0
    anchors: int = 0
    newest_anchor: str = ""
    problems: list[str] = field(default_factory=list)


class _Anchoring:
    """The digest over the lines since the last anchor, of which it is the continuation."""

    def __init__(self, before: str) -> None:
        self.lines, self._digest = 0, blake2b(before.encode(), digest_size=chain.SIZE)

    def take(self, line: int, digest: str) -> None:
        self.lines += 1
        self._digest.update(f"{line}:{digest};".encode())

    @property
    def digest(self) -> str:
        return self._digest.hexdigest()


def anchor(session: Session, at: datetime) -> Anchor | None:
    """The anchor over all lines since the last one; None where there is nothing new. It is logged too."""
    last = session.scalar(select(Anchor).order_by(Anchor.id.desc()).limit(1))
    first = last.through_id if last else 0
    settled = Event.at <= at - clock.lasting(A_WHILE)
    newest = select(Event.id).where(Event.id > first, settled).order_by(Event.id.desc()).limit(1)
    through = session.scalar(newest)
    if through is None:
        return None
    found = _Anchoring(last.digest if last else "")
    wanted = select(Event.id, Event.digest).where(Event.id > first, Event.id <= through).order_by(Event.id)
    for row in session.execute(wanted.execution_options(yield_per=AT_ONCE)):
        found.take(row.id, row.digest)
    made = Anchor(at=at, through_id=through, lines=found.lines, digest=found.digest)
    session.add(made)
    session.flush()
    log.info("history_anchored", through=through, lines=found.lines, digest=found.digest)
    return made


def verify(session: Session, kept_anchor: str = "") -> Verified:
    """Compares every line with the chain and every anchor with its lines. Changes nothing.

    `kept_anchor` is the digest of an anchor that was kept elsewhere: it has to be among ours."""
    done = Verified()
    anchors = list(session.scalars(select(Anchor).order_by(Anchor.id)))
    waiting, under_way = iter([*anchors, None]), _Anchoring("")
    due = next(waiting)
    for row in session.execute(_LINES.execution_options(yield_per=AT_ONCE)):
        while due is not None and row.id > due.through_id:
            under_way, due = _settle(done, due, under_way), next(waiting)
        under_way.take(row.id, row.digest)
        done.lines += 1
        done.problems.extend(_wrong(row))
    while due is not None:
        under_way, due = _settle(done, due, under_way), next(waiting)
    done.problems += [*_unchained(session), *_resealed(session), *_unfinished(session)]
    if kept_anchor and kept_anchor not in {each.digest for each in anchors}:
        done.problems.append(f"The anchor {kept_anchor} is not among the anchors of this database.")
    return done


def _settle(done: Verified, due: Anchor, found: _Anchoring) -> _Anchoring:
    if (found.digest, found.lines) != (due.digest, due.lines):
        lost = due.lines - found.lines
        many = f"{lost} of its lines are missing" if lost > 0 else "its lines are not those of that day"
        done.problems.append(f"The anchor of {due.at:%Y-%m-%d %H:%M} UTC does not hold: {many}.")
    done.anchors, done.newest_anchor = done.anchors + 1, due.digest
    return _Anchoring(due.digest)


def _wrong(row: Row[Any]) -> list[str]:
    if not row.digest:
        return []
    said = f"Line {row.id} ({_about(row)})"
    joined = ((row.previous_id, row.previous_digest), (row.after_id, row.after_digest))
    missing = {line for line, digest in joined if line is not None and digest is None}
    if missing:
        return [f"Line {line} is missing: line {row.id} ({_about(row)}) came after it." for line in missing]
    is_own_case = row.previous_id is None or row.previous_case == row.case_id
    if not is_own_case or any(line is not None and line >= row.id for line, _digest in joined):
        return [f"{said} does not stand where it was written."]
    words = row.sealed or chain.digest_of_words(row.salt, row.why, row.facts, row.source)
    found = chain.digest_of_line(row.previous_digest or "", row.after_digest or "", row._asdict(), words)
    return [] if found == row.digest else [f"{said} was changed, or stands in the place of another."]


def _about(row: Row[Any]) -> str:
    case = f"C-{1000 + row.case_id} " if row.case_id else ""
    return f"{case}{row.name}, {row.at:%Y-%m-%d %H:%M:%S} UTC"


def _unchained(session: Session) -> Iterator[str]:
    """Lines that nothing vouches for. Those of an earlier release were joined when it was upgraded."""
    found = select(func.count().label("lines"), func.min(Event.id).label("first")).where(Event.digest == "")
    row = session.execute(found).one()
    if row.lines:
        yield f"Line {row.first} was never chained{f', nor {row.lines - 1} others' if row.lines > 1 else ''}."


def _resealed(session: Session) -> Iterator[str]:
    """What is left of the lines of an anonymised case has its digest in the line that tells of it."""
    told = select(Event).where(Event.name == ANONYMISED).order_by(Event.id)
    for event in session.scalars(told.execution_options(yield_per=AT_ONCE)):
        if remains_of(session, event.case_id or 0, event.id) != event.facts.get("remains"):
            yield f"What was left of C-{1000 + (event.case_id or 0)} when it was anonymised was changed."


def remains_of(session: Session, case_id: int, before: int | None = None) -> str:
    """The digest over what an anonymised case's lines still say: all of them, or those up to a line."""
    lines = select(Event.id, Event.why, Event.facts, Event.sealed)
    found = lines.where(Event.case_id == case_id).order_by(Event.id)
    if before is not None:
        found = found.where(Event.id < before)
    return chain.digest_of([list(row) for row in session.execute(found)])


def _unfinished(session: Session) -> Iterator[str]:
    """A cancellation stands where its history ends; else the newest lines are missing."""
    last = (
        select(Event.to_state)
        .where(
            Event.case_id == Cancellation.case_id,
            Event.cancellation_id == Cancellation.id,
            Event.to_state.is_not(None),
        )
        .order_by(Event.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    ended = func.coalesce(last, State.requested.value)
    found = select(Cancellation.case_id, Cancellation.state, ended.label("ended"))
    for row in session.execute(found.where(ended != Cancellation.state)):
        yield f"C-{1000 + row.case_id} has a part that is {row.state}, but its history ends with {row.ended}."
