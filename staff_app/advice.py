"""The one action that a case asks for, with its reason in a sentence. The first rule that fits wins."""

from collections.abc import Callable

from staff_app.next_steps import NextStep
from staff_app.words import Say
from workflows.letters.wording import count
from workflows.promises import ClockState, state_of
from workflows.reports.case_page import CasePage, Section, named
from workflows.stages import Stage
from workflows.states import Disposition, Outcome, State

MANY_ATTEMPTS = 3
MENDS = {
    "not_contacted": "contact",
    "not_authenticated": "contact",
    "not_authorised": "contact",
    "numbers_undecided": "numbers",
    "port_pending": "defer",
    "date_passed": "confirm",
    "on_hold": "release",
}
"""The act that mends an unmet line of gate A."""
Rule = Callable[[Say, CasePage], NextStep | None]


def of(say: Say, page: CasePage) -> NextStep:
    """The sentence names its reason; the action is that of the filled button."""
    for rule in RULES:
        if (step := rule(say, page)) is not None:
            return step
    return NextStep("Every line is clear: confirm it.", "confirm")


def _closed(_say: Say, page: CasePage) -> NextStep | None:
    return None if page.row.case.is_open else NextStep("Nothing to do: the case is closed.")


def _blocked(say: Say, page: CasePage) -> NextStep | None:
    section = page.section
    if section.part.state != State.blocked:
        return None
    steps = [each for each in section.runs[0].steps if each.state != "left_out"] if section.runs else []
    for place, step in enumerate(steps, 1):
        if step.state in ("failed", "stuck", "skipped"):
            what = say.step(step.name).lower()
            words = f"Step {place} of {len(steps)} did not finish: {what}. Service is partly on."
            return NextStep(words, "retry")
    return NextStep("The run did not finish. Look at it, then retry it.", "retry")


def _held(_say: Say, page: CasePage) -> NextStep | None:
    if page.hold is None or page.row.part.state == State.terminating:
        return None
    reason = page.hold.reason.rstrip(".")
    return NextStep(f"On hold until a manager releases it: {reason}.", "release")


def _approval(_say: Say, page: CasePage) -> NextStep | None:
    if not any(section.waits_for_approval for section in page.sections):
        return None
    return NextStep("A large end: a second manager has to approve it.", "approve")


def _planned(say: Say, page: CasePage) -> NextStep | None:
    part = page.row.part
    match State(part.state):
        case State.scheduled if part.run_at is not None:
            ends = say.where(part.run_at, part.location.time_zone)
            return NextStep(f"Nothing to do. {part.location.name} ends {ends}.")
        case State.deferred if part.review_on is not None:
            day = say.day(part.review_on)
            return NextStep(f"Nothing to do: it wakes when the port completes, or on {day} for another look.")
        case State.terminating:
            return NextStep("Nothing to do: the run is under way.")
    return None


def _woken(say: Say, page: CasePage) -> NextStep | None:
    name, place = _name(page), page.row.part.location
    sentences = {
        Stage.port_completed: f"The port completed. Ask {name} for the final date: {place.name} is still "
        f"billed {say.money(place.monthly_price)} a month.",
        Stage.port_failed: f"The port did not go through. Tell {name} and ask what they want now.",
        Stage.review_due: f"The day to look again has come. Look at the port, then defer or call {name}.",
        Stage.look_again: f"Something changed since the confirmation. Look at the list, then call {name}.",
    }
    return NextStep(sentences[page.row.stage], "contact") if page.row.stage in sentences else None


def _call(say: Say, page: CasePage) -> NextStep | None:
    """Nobody was reached yet."""
    if page.row.talk.reached:
        return None
    name, clock = _name(page), page.row.clock
    if clock is not None and state_of(clock, say.at) == ClockState.breached:
        return NextStep(f"Call {name} now. Contact was due {say.when(clock.due_at)}.", "contact")
    missed = [each for each in page.attempts if each.outcome == Outcome.no_answer]
    if len(missed) >= MANY_ATTEMPTS:
        words = f"{len(missed)} calls without an answer. Write to {name}, or call at another time of day."
        return NextStep(words, "message")
    until = f" by {say.when(clock.due_at)}" if clock else ""
    if page.row.talk.next_try_at is not None:
        until = f" again {say.when(page.row.talk.next_try_at)}"
    return NextStep(f"Call {name}{until}.{_before_the_port(say, page.section)}", "contact")


def _before_the_port(say: Say, section: Section) -> str:
    """What to bear in mind where the date asked for comes before a port."""
    safe = section.safe
    if safe is None or not safe.porting:
        return ""
    numbers = count(safe.porting, "number is", "numbers are")
    if safe.earliest is not None and safe.earliest <= section.part.wanted_for:
        return f" {numbers.capitalize()} porting: defer until the port completes."
    return f" {numbers.capitalize()} porting past the date asked for: to keep them, defer."


def _to_mend(say: Say, page: CasePage) -> NextStep | None:
    """The first line of gate A that is not clear."""
    section = page.section
    codes = {line.unmet.code: line.unmet.words for line in section.to_do if line.unmet and not line.is_met}
    if "numbers_undecided" in codes:
        return _to_decide(say, section, codes["numbers_undecided"])
    if "port_pending" in codes:
        return NextStep(_porting(say, section), "defer")
    if "date_passed" in codes:
        day = say.day(section.part.wanted_for)
        return NextStep(f"Agree a new date with {_name(page)}: {day} has passed.", "confirm")
    return next((NextStep(words, MENDS[code]) for code, words in codes.items() if code in MENDS), None)


def _to_decide(say: Say, section: Section, words: str) -> NextStep:
    open_ones = [row.number for row in section.numbers if row.number.disposition == Disposition.undecided]
    if not open_ones:
        return NextStep(words, "numbers")
    named = f": {say.number(open_ones[0].e164)}" if len(open_ones) == 1 else ""
    return NextStep(f"Decide {count(len(open_ones), 'number', 'numbers')}{named}.", "numbers")


def _porting(say: Say, section: Section) -> str:
    porting = section.safe.porting if section.safe else 0
    numbers = count(porting, "number", "numbers")
    if section.safe and section.safe.ports_on:
        verb = "ports" if porting == 1 else "port"
        return f"{numbers} {verb} out {say.day(section.safe.ports_on)}. Defer until then."
    return f"{numbers} {'is' if porting == 1 else 'are'} porting, without a date yet. Defer."


def _name(page: CasePage) -> str:
    return named(page.row.case, page.row.case.requester)


RULES: tuple[Rule, ...] = (_closed, _blocked, _held, _approval, _planned, _woken, _call, _to_mend)
