"""The stage of a cancellation as pages name it: derived from the rows, never stored."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, ScalarSelect, exists, select
from sqlalchemy.orm import Session

from workflows.records import Cancellation, Contact
from workflows.states import Outcome, State


class Stage(StrEnum):
    """The value is the name in addresses; `words` is what people read."""

    new = "new"
    attempted = "attempted"
    contacted = "contacted"
    port_completed = "port_completed"
    port_failed = "port_failed"
    review_due = "review_due"
    look_again = "look_again"
    waiting = "waiting"
    scheduled = "scheduled"
    ending = "ending"
    run_failed = "run_failed"
    terminated = "terminated"
    withdrawn = "withdrawn"
    declined = "declined"

    @property
    def words(self) -> str:
        return WORDS[self]


WORDS = {
    Stage.new: "New",
    Stage.attempted: "Contact attempted",
    Stage.contacted: "Contacted",
    Stage.port_completed: "Port completed",
    Stage.port_failed: "Port failed",
    Stage.review_due: "Review due",
    Stage.look_again: "Look again",
    Stage.waiting: "Waiting for port",
    Stage.scheduled: "Scheduled",
    Stage.ending: "Ending now",
    Stage.run_failed: "Run failed",
    Stage.terminated: "Terminated",
    Stage.withdrawn: "Withdrawn",
    Stage.declined: "Declined",
}
BY_STATE = {
    State.terminated: Stage.terminated,
    State.withdrawn: Stage.withdrawn,
    State.declined: Stage.declined,
    State.blocked: Stage.run_failed,
    State.terminating: Stage.ending,
    State.scheduled: Stage.scheduled,
    State.deferred: Stage.waiting,
}
BY_WAKE = {
    "port_completed": Stage.port_completed,
    "port_failed": Stage.port_failed,
    "review_due": Stage.review_due,
    "recheck": Stage.look_again,
}


@dataclass(frozen=True)
class Talk:
    """How far the conversation about one cancellation has come."""

    attempted: bool = False
    reached: bool = False
    next_try_at: datetime | None = None


COUNTS_HERE = (
    (Contact.case_id == Cancellation.case_id)
    & Contact.struck_at.is_(None)
    & (Contact.cancellation_id.is_(None) | (Contact.cancellation_id == Cancellation.id))
)
SPOKE = Contact.outcome.in_((Outcome.reached, Outcome.signed))
ATTEMPTED: ColumnElement[bool] = exists().where(COUNTS_HERE).correlate(Cancellation)
REACHED: ColumnElement[bool] = exists().where(COUNTS_HERE, SPOKE).correlate(Cancellation)
NEXT_TRY: ScalarSelect[datetime | None] = (
    select(Contact.next_try_at)
    .where(COUNTS_HERE)
    .order_by(Contact.id.desc())
    .limit(1)
    .correlate(Cancellation)
    .scalar_subquery()
)


def talks(session: Session, parts: Iterable[Cancellation]) -> dict[int, Talk]:
    """The talks of some cancellations, in one query."""
    ids = [part.id for part in parts]
    found = select(Cancellation.id, ATTEMPTED, REACHED, NEXT_TRY).where(Cancellation.id.in_(ids))
    return {row[0]: Talk(bool(row[1]), bool(row[2]), row[3]) for row in session.execute(found)}


def stage_of(part: Cancellation, talk: Talk) -> Stage:
    """The first that matches, as the order of the list of stages says."""
    state = State(part.state)
    if state in BY_STATE:
        return BY_STATE[state]
    if part.woken_by in BY_WAKE:
        return BY_WAKE[part.woken_by]
    if talk.reached:
        return Stage.contacted
    return Stage.attempted if talk.attempted else Stage.new


def condition(stage: Stage) -> ColumnElement[bool]:
    """The stage as a condition on Cancellation, for lists."""
    for state, named in BY_STATE.items():
        if named == stage:
            return Cancellation.state == state
    requested = Cancellation.state == State.requested
    for wake, named in BY_WAKE.items():
        if named == stage:
            return requested & (Cancellation.woken_by == wake)
    asleep = requested & Cancellation.woken_by.is_(None)
    talked = {Stage.contacted: REACHED, Stage.attempted: ATTEMPTED & ~REACHED, Stage.new: ~ATTEMPTED}
    return asleep & talked[stage]
