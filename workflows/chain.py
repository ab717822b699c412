"""The chain of the history: each line holds a digest of itself and of the lines that stood before it.

A line is joined to the one before it in its case and to the newest line of all, as its transaction saw
them, so nobody waits for anybody. Personal words enter as a salted digest: when they are taken away
later (retention.py), the digest stays in their place and the chain holds."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, NamedTuple

from sqlalchemy import bindparam, event, literal, select, union_all
from sqlalchemy.orm import Session, SessionTransaction

from workflows import rows
from workflows.records import Event

KEY, ALONE = "chain", "writes alone"
SIZE = 20
"""Bytes of a digest."""


class Tip(NamedTuple):
    """A line to which the next one is joined. Before the first line there is none: id None."""

    id: int | None = None
    digest: str = ""


@dataclass
class Ends:
    """The newest lines that a transaction saw or wrote, of all and of each case (None: the desk's own)."""

    transactions: tuple[SessionTransaction | None, SessionTransaction | None]
    newest: Tip | None = None
    of_case: dict[int | None, Tip] = field(default_factory=dict)


def digest_of(*parts: Any) -> str:
    """Of values that JSON knows. The same for a row as it is written and as it is read."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return blake2b(text.encode(), digest_size=SIZE).hexdigest()


def digest_of_words(salt: str, why: str, facts: Mapping[str, Any], source: str) -> str:
    """What stands in the chain for words that may be personal. Without the salt nobody can guess them."""
    return digest_of(salt, why, facts, source)


def digest_of_line(previous: str, after: str, line: Mapping[str, Any], words: str) -> str:
    """`previous` and `after` are the digests of the lines that this one is joined to."""
    at: datetime = line["at"]
    moved = (line["from_state"], line["to_state"])
    return digest_of(
        previous,
        after,
        line["case_id"],
        line["cancellation_id"],
        at.astimezone(UTC).isoformat(),
        line["actor"],
        line["name"],
        *moved,
        words,
    )


def add(session: Session, line: dict[str, Any]) -> None:
    """Writes a line of the history, joined to those before it. All its own columns are given."""
    ends, case = _ends(session, line["case_id"]), line["case_id"]
    previous, after = ends.of_case[case], ends.newest or Tip()
    salt = os.urandom(8).hex()
    words = digest_of_words(salt, line["why"], line["facts"], line["source"])
    digest = digest_of_line(previous.digest, after.digest, line, words)
    joined = {"salt": salt, "previous_id": previous.id, "after_id": after.id, "digest": digest}
    ends.newest = ends.of_case[case] = Tip(rows.add(session, Event, line | joined), digest)


def seal(line: Event) -> None:
    """Takes the personal words of a line away; their digest stays, and the salt goes with them."""
    if not line.sealed:
        line.sealed = digest_of_words(line.salt, line.why, line.facts, line.source)
    line.salt, line.why, line.facts, line.source = "", "", {}, ""


def _ends(session: Session, case: int | None) -> Ends:
    """What this transaction knows; what another has written since is met by the next transaction."""
    now = (session.get_transaction(), session.get_nested_transaction())
    ends: Ends | None = session.info.get(KEY)
    if ends is None or (ends.transactions != now and ALONE not in session.info):
        ends = session.info[KEY] = Ends(now)
    if case not in ends.of_case:
        _read(session, ends, case)
    return ends


def write_alone(session: Session) -> None:
    """Nobody else writes: what this session wrote last stays the newest line, unless it is taken back."""
    session.info[ALONE] = True
    event.listen(session, "after_soft_rollback", lambda each, _transaction: each.info.pop(KEY, None))


def _read(session: Session, ends: Ends, case: int | None) -> None:
    found = {
        bool(row.is_newest): Tip(row.id, row.digest)
        for row in rows.run(session, _OF_CASE if case is not None else _OF_DESK, {"case": case})
    }
    ends.of_case[case] = found.get(False, Tip())
    ends.newest = ends.newest or found.get(True)


def _newest(*where: Any, is_newest: int) -> Any:
    one = select(Event.id, Event.digest, literal(is_newest).label("is_newest"))
    return select(one.where(*where).order_by(Event.id.desc()).limit(1).subquery())


_ALL = _newest(is_newest=1)
_OF_CASE = union_all(_newest(Event.case_id == bindparam("case"), is_newest=0), _ALL)
_OF_DESK = union_all(_newest(Event.case_id.is_(None), is_newest=0), _ALL)
