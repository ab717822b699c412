"""Runs whose moment has come and that wait: when something changes, gate B is asked again at once."""

from datetime import datetime

from sqlalchemy import select

from workflows.desk import Desk
from workflows.records import Cancellation
from workflows.states import State


def ask_again(part: Cancellation, at: datetime) -> None:
    """Not of what a cap holds, alone or among others: that is asked when the cap allows it.

    What a scheduler's absence made wait keeps its place in the order of time."""
    if "cap_reached" in part.waits_for:
        return
    if part.state == State.scheduled and part.run_at is not None and part.run_at <= at:
        part.begin_at = min(part.begin_at or at, at)


def ask_all_again(desk: Desk, at: datetime, code: str) -> None:
    """After what held them all ended, such as the stop switch."""
    found = select(Cancellation).where(Cancellation.state == State.scheduled, Cancellation.run_at <= at)
    for part in desk.session.scalars(found):
        if code in part.waits_for:
            ask_again(part, at)
