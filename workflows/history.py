"""Writes events: one line of history in the transaction of what it tells."""

from datetime import datetime
from typing import Any

from workflows import chain, rows
from workflows.actors import Actor
from workflows.desk import Desk
from workflows.records import Cancellation, Case
from workflows.states import By


def note(
    desk: Desk,
    name: str,
    *,
    at: datetime,
    by: Actor,
    case: Case | None = None,
    cancellation: Cancellation | None = None,
    moved: tuple[str, str] | None = None,
    why: str = "",
    **facts: Any,
) -> None:
    """Adds the event `name`; `moved` is (from, to) where a state changed.

    What a person does makes pages of the case stale that were loaded before."""
    if by.address:
        facts["address"] = by.address
    if cancellation is not None and case is None:
        case = cancellation.case
    event = {
        "case_id": case.id if case else None,
        "cancellation_id": cancellation.id if cancellation else None,
        "at": at,
        "actor": by.name,
        "name": name,
        "from_state": moved[0] if moved else None,
        "to_state": moved[1] if moved else None,
        "why": why,
        "facts": facts,
        "source": desk.source,
    }
    chain.add(desk.session, event)
    if case is not None and by.kind != By.system:
        rows.put(desk.session, case, {"version": case.version + 1})
