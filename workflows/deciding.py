"""Dispositions: what becomes of each number, with evidence (product rules, sections 2 and 3)."""

from collections.abc import Sequence
from datetime import datetime

from workflows import allowed, rows, waiting
from workflows.actors import Actor
from workflows.asking import Reading
from workflows.desk import Desk
from workflows.errors import Line
from workflows.history import note
from workflows.records import Cancellation, Location, Number
from workflows.states import Disposition, OrderState


def dispose(
    desk: Desk,
    part: Cancellation,
    numbers: Sequence[str] | None,
    to: Disposition,
    *,
    by: Actor,
    at: datetime,
    evidence: str = "",
    moved_to: Location | None = None,
    reading: Reading | None = None,
) -> list[Number]:
    """Sets dispositions; `numbers` None is every number still at the location, as last read.

    `ported` needs a `reading` that shows it, `moved` needs `moved_to`. Raises Refused."""
    allowed.case_work(by)
    known = {row.e164: row for row in part.location.numbers}
    wanted = (
        [e164 for e164, row in known.items() if row.held] if numbers is None else list(dict.fromkeys(numbers))
    )
    lines = [*allowed.closed(part.case)] or allowed.ended(desk, part)
    lines += [
        Line("invalid", f"{each} is no number of {part.location.name}.", "numbers")
        for each in wanted
        if each not in known
    ]
    if to == Disposition.moved:
        lines += _target_problems(part, moved_to)
    if to == Disposition.ported:
        lines += [line for each in wanted if each in known for line in _not_shown(part, each, reading)]
    allowed.refuse(lines)
    found = [known[each] for each in wanted]
    _set(desk, found, to, by, at, evidence, moved_to if to == Disposition.moved else None)
    note(
        desk,
        "disposed",
        at=at,
        by=by,
        cancellation=part,
        why=evidence,
        to=to,
        numbers=[each.id for each in found],
    )
    waiting.ask_again(part, at)
    return found


def _target_problems(part: Cancellation, target: Location | None) -> list[Line]:
    if target is None:
        return [Line("invalid", "Say to which location the number moves.", "moved_to")]
    if target.id == part.location_id:
        return [Line("invalid", "A number cannot move to the location at which it is.", "moved_to")]
    if target.ended_at is not None:
        return [Line("invalid", f"{target.name} has ended.", "moved_to")]
    return []


def _not_shown(part: Cancellation, number: str, reading: Reading | None) -> list[Line]:
    """The platform decides whether a number is ported."""
    book = reading.book.location(part.location.ref) if reading and reading.book else None
    has_left = book is not None and number not in book.numbers
    completed = reading is not None and any(
        number in order.numbers and order.state == OrderState.completed for order in reading.orders
    )
    if has_left or completed:
        return []
    return [Line("invalid", f"The platform does not show {number[-4:]} as ported.", "numbers")]


def _set(
    desk: Desk,
    found: list[Number],
    to: Disposition,
    by: Actor,
    at: datetime,
    evidence: str,
    moved_to: Location | None,
) -> None:
    words = {"disposition": to, "evidence": evidence, "evidence_by": by.name, "evidence_at": at}
    rows.put_all(desk.session, found, {**words, "moved_to_id": moved_to.id if moved_to else None})
    for each in found:
        rows.show(each, {"moved_to": moved_to})
