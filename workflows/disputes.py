"""A customer disputes that a number was to be released: written down for the figures, nothing is undone."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from workflows import allowed
from workflows.actors import Actor
from workflows.desk import Desk
from workflows.errors import Line
from workflows.history import note
from workflows.moves import out_of_date
from workflows.records import Cancellation, Event, Number
from workflows.states import State

NAME = "disputed"


def released(part: Cancellation) -> list[Number]:
    """The numbers that its termination released."""
    if part.state != State.terminated:
        return []
    return [each for each in part.location.numbers if each.ended_as == "released"]


def dispute(
    desk: Desk, part: Cancellation, numbers: Sequence[str], *, by: Actor, at: datetime, why: str
) -> list[Number]:
    """One event for each number, in the customer's words. Raises Refused."""
    allowed.case_work(by)
    known = {each.e164: each for each in released(part)}
    wanted = [known[each] for each in dict.fromkeys(numbers) if each in known]
    lines = [] if part.state == State.terminated else [out_of_date(desk, part)]
    if not lines and len(wanted) < len(set(numbers)):
        lines.append(Line("invalid", f"Only numbers that {part.location.name} lost are disputed.", "numbers"))
    if not wanted and not lines:
        lines.append(Line("invalid", "Choose at least one number.", "numbers"))
    if not why.strip():
        lines.append(Line("invalid", "Say what the customer disputes.", "reason"))
    lines += _told_before(desk, part, wanted)
    allowed.refuse(lines)
    for each in wanted:
        note(desk, NAME, at=at, by=by, cancellation=part, why=why.strip(), number=each.id)
    return wanted


def _told_before(desk: Desk, part: Cancellation, numbers: list[Number]) -> list[Line]:
    told = select(Event.facts).where(Event.case_id == part.case_id, Event.name == NAME)
    known = {facts.get("number") for facts in desk.session.scalars(told)}
    return [
        Line("out_of_date", f"The loss of {each.last_four} is written down already.", "numbers")
        for each in numbers
        if each.id in known
    ]
