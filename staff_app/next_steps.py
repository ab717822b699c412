"""The recommended next action of a case: a sentence and an action. The first rule that fits wins."""

from dataclasses import dataclass

from staff_app.words import Say
from workflows.letters.wording import count
from workflows.promises import ClockState, state_of
from workflows.records import Cancellation
from workflows.reports.lists import Row
from workflows.stages import Stage
from workflows.states import State

AFTER_WAKE = {
    Stage.port_completed: "Ask for the final date; billing goes on",
    Stage.port_failed: "Tell the customer and ask what they want now",
    Stage.review_due: "Look at the port again, then defer or call",
    Stage.look_again: "Look at what changed since the confirmation",
}
QUIET = {
    State.deferred: "Nothing to do until then",
    State.scheduled: "Nothing to do; it runs by itself",
    State.terminating: "Nothing to do; the run is under way",
}


@dataclass(frozen=True)
class NextStep:
    words: str
    action: str = ""
    """The action whose button is filled; none where there is nothing to do."""


def of(say: Say, row: Row) -> NextStep:
    if not row.case.is_open:
        return NextStep("Nothing: the case is closed")
    if row.is_held and row.part.state in (State.requested, State.deferred, State.scheduled):
        return NextStep("On hold until a manager releases it", "release")
    if row.part.state == State.blocked:
        return NextStep("Look at the run, then retry it", "retry")
    if (asking := _asks_for_a_date(row)) is not None and asking.date_wish:
        return NextStep(f"Answer the customer, who asks for {say.day(asking.date_wish)} instead", "contact")
    if row.part.state != State.requested:
        return _planned(row)
    step = _requested(say, row)
    if row.case.owner_id is None:
        return NextStep(f"Take it, then: {step.words[0].lower()}{step.words[1:]}", step.action)
    return step


def _asks_for_a_date(row: Row) -> Cancellation | None:
    """The location, most urgent or not, for which the customer asked for another date and nobody answered."""
    return next((part for part in row.parts if part.date_wish_at is not None), None)


def _planned(row: Row) -> NextStep:
    if "needs_second_approval" in row.part.waits_for:
        return NextStep("A second manager has to approve", "approve")
    return NextStep(QUIET[State(row.part.state)])


def _requested(say: Say, row: Row) -> NextStep:
    if row.stage in AFTER_WAKE:
        return NextStep(AFTER_WAKE[row.stage], "contact")
    if not row.talk.reached:
        return _call(say, row)
    if row.pips.open:
        return NextStep(f"Decide {count(row.pips.open, 'number', 'numbers')}", "numbers")
    if row.pips.porting:
        return NextStep("Defer until the port completes", "defer")
    return NextStep("Confirm it, if the list is clear", "confirm")


def _call(say: Say, row: Row) -> NextStep:
    if row.talk.next_try_at is not None:
        return NextStep(f"Call again {say.when(row.talk.next_try_at)}", "contact")
    if row.clock is not None and state_of(row.clock, say.at) == ClockState.breached:
        return NextStep("Call the customer now", "contact")
    return NextStep("Call again" if row.talk.attempted else "Call the customer", "contact")
