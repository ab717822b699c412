"""What must be true of our own rows after the storm."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from workflows.letters.outbox import UNSENT
from workflows.records import Call, Cancellation, Event, Letter, Request, Run, Step
from workflows.states import FINAL, State, StepState

if TYPE_CHECKING:
    from command_line.chaos.director import Storm
    from command_line.chaos.proof import Law


def laws(storm: "Storm") -> Iterator["Law"]:
    from command_line.chaos.proof import Law

    with Session(storm.engine) as session:
        yield Law("every request became one case", list(_cases(storm, session)))
        yield Law("every run ended, or is blocked with a reason for a person", list(_unended(session)))
        yield Law("no run is stuck after the storm", list(_stuck(session)))
        yield Law("no letter is left unsent", list(_unsent(session)))
        yield Law("no event is without an actor", list(_without_actor(session)))
        yield Law("what is terminated has every step done", list(_undone(session)))
        yield Law("each state is the one that the history ends with", list(_other_history(session)))
        yield Law("tokens never fell within a run", list(_falling(session)))


def _cases(storm: "Storm", session: Session) -> Iterator[str]:
    for fate in storm.people:
        told = storm.references.get(fate.ref, set())
        known = session.scalars(select(Request.case_id).where(Request.key == f"chaos-{fate.ref}")).all()
        if len(known) != 1 or told != {f"C-{1000 + known[0]}"}:
            yield f"{fate.ref}: told {sorted(told)}, in the books {list(known)}"


def _unended(session: Session) -> Iterator[str]:
    for part in session.scalars(select(Cancellation).where(Cancellation.state.not_in(FINAL))):
        if part.state != State.blocked or not part.blocked_why:
            yield f"{part.location.ref} is {part.state} {part.waits_for} {part.run_at}"


def _stuck(session: Session) -> Iterator[str]:
    for run in session.scalars(select(Run).where(or_(Run.next_at.is_not(None), Run.worker != ""))):
        yield f"run {run.id}: {run.worker} next {run.next_at} lease {run.lease_until}"


def _unsent(session: Session) -> Iterator[str]:
    for letter in session.scalars(select(Letter).where(Letter.state.in_(UNSENT))):
        yield f"{letter.name} {letter.id}: {letter.state} next {letter.next_try_at} {letter.trouble}"


def _without_actor(session: Session) -> Iterator[str]:
    for event in session.scalars(select(Event).where(Event.actor == "")):
        yield f"{event.id} {event.name}"


def _undone(session: Session) -> Iterator[str]:
    found = (
        select(Run.id, Step.name, Step.state)
        .join(Step)
        .join(Cancellation, Cancellation.id == Run.cancellation_id)
        .where(Cancellation.state == State.terminated, Run.ended_at.is_not(None))
        .where(Step.state.not_in((StepState.done, StepState.left_out)))
    )
    yield from (" ".join(map(str, row)) for row in session.execute(found))


def _other_history(session: Session) -> Iterator[str]:
    last = (
        select(func.max(Event.id))
        .where(Event.to_state.is_not(None), Event.cancellation_id.is_not(None))
        .group_by(Event.cancellation_id)
    )
    found = (
        select(Cancellation.id, Cancellation.state, Event.to_state)
        .join(Event, Event.cancellation_id == Cancellation.id)
        .where(Event.id.in_(last), Event.to_state != Cancellation.state)
    )
    yield from (" ".join(map(str, row)) for row in session.execute(found))


def _falling(session: Session) -> Iterator[str]:
    """In the order of their intents."""
    seen: dict[int, int] = {}
    found = select(Step.run_id, Call.fencing, Call.id).join(Step, Step.id == Call.step_id).order_by(Call.id)
    for run, token, call in session.execute(found):
        if token < seen.get(run, 0):
            yield f"run {run}: call {call} with {token} after {seen[run]}"
        seen[run] = max(token, seen.get(run, 0))
