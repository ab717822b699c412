"""The reconciler's findings: what was found, how it stands now, and what to do about each kind."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from flask import Blueprint, render_template, request, url_for

from staff_app import people
from staff_app.desks import desk
from staff_app.frame import say
from staff_app.people import EVERYBODY
from staff_app.words import Say
from workflows.records import Cancellation, Letter, Location, Run
from workflows.reports import findings
from workflows.reports.findings import Evidence
from workflows.states import LetterState, State
from workflows.termination.findings import CODES, FindingCode

Facts = list[tuple[str, str]]
UNSENT = (LetterState.waiting, LetterState.sending)


@dataclass(frozen=True)
class Kind:
    """One kind of finding: its name, what to do, what shows it, and whether it is still so."""

    title: str
    to_do: str
    facts: Callable[[Say, Evidence], Facts]
    stands: Callable[[Evidence], bool | None]
    """None where our rows cannot tell."""


@dataclass(frozen=True)
class Shown:
    evidence: Evidence
    kind: Kind
    facts: Facts
    stands: bool | None


def register(blueprint: Blueprint) -> None:
    people.page(blueprint, "/findings", EVERYBODY, _findings)


def _findings() -> str:
    codes = _codes()
    before = request.args.get("before", type=int)
    page = findings.page(desk(), codes, before)
    more = url_for("staff.findings", kind=codes, before=page.next) if page.next else ""
    return render_template(
        "pages/staff_findings.html",
        rows=[_shown(each) for each in page.rows],
        kinds=KINDS,
        chosen=codes,
        more=more,
        is_later=before is not None,
    )


def _codes() -> list[FindingCode]:
    asked = request.args.getlist("kind")
    return [code for code in CODES if code in asked]


def _shown(evidence: Evidence) -> Shown:
    kind = KINDS[cast(FindingCode, evidence.finding.code)]
    return Shown(evidence, kind, kind.facts(say(), evidence), kind.stands(evidence))


def _place(evidence: Evidence) -> Location:
    assert evidence.location is not None
    return evidence.location


def _part(evidence: Evidence) -> Cancellation:
    assert evidence.part is not None
    return evidence.part


def _run(evidence: Evidence) -> Run:
    assert evidence.run is not None
    return evidence.run


def _letter(evidence: Evidence) -> Letter:
    assert evidence.letter is not None
    return evidence.letter


def _bill(words: Say, evidence: Evidence) -> Facts:
    place = _place(evidence)
    renewal = f"on, the next is {words.day(place.renews_on)}" if place.renewal_on else "off"
    ended = [("Ended here", words.when(place.ended_at))] if place.ended_at else []
    return [
        *ended,
        ("Renewal", f"{renewal}, as read {words.when(place.read_at)}"),
        ("Monthly", words.money(place.monthly_price)),
        ("Account", f"{place.account.name}, {place.account.ref}"),
    ]


def _left_by_port(words: Say, evidence: Evidence) -> Facts:
    gone = [each.ended_on for each in _place(evidence).numbers if each.ended_on]
    last = f", the last {words.day(max(gone))}" if gone else ""
    numbers = words.count(len(_place(evidence).numbers), "number", "numbers")
    return [("Ported away", f"{numbers}{last}"), *_bill(words, evidence)]


def _not_begun(words: Say, evidence: Evidence) -> Facts:
    part = _part(evidence)
    moment = words.where(part.run_at, part.location.time_zone) if part.run_at else "none"
    held = [("Held by", ", ".join(part.waits_for))] if part.waits_for else []
    look = [("Asked again", words.when(part.begin_at))] if part.begin_at else []
    return [("State now", part.state), ("Its moment", moment), *held, *look]


def _no_review(words: Say, evidence: Evidence) -> Facts:
    part = _part(evidence)
    review = words.when(part.review_at) if part.review_at else "never"
    return [("State now", part.state), ("Looked at again", review)]


def _idle(words: Say, evidence: Evidence) -> Facts:
    case = evidence.case
    assert case is not None
    since = [("Without a next moment", f"since {words.when(case.idle_since)}")] if case.idle_since else []
    owner = case.owner.name if case.owner else "nobody"
    return [("Case now", "open" if case.is_open else "closed"), ("Owner", owner), *since]


def _unsent(words: Say, evidence: Evidence) -> Facts:
    letter = _letter(evidence)
    tried = [("Tried", words.count(letter.tries, "time", "times"))]
    said = [("The server said", letter.trouble)] if letter.trouble else []
    onward = [("Next try", words.when(letter.next_try_at))] if letter.next_try_at else []
    state = {"given_up": "given up"}.get(letter.state, letter.state)
    return [("State now", state), ("To", ", ".join(letter.recipients)), *tried, *said, *onward]


def _no_progress(words: Say, evidence: Evidence) -> Facts:
    run = _run(evidence)
    worker = [("Worker", run.worker)] if run.worker else []
    lease = [("Lease until", words.when(run.lease_until))] if run.lease_until else []
    return [
        ("Location", run.cancellation.location.name),
        ("State now", run.cancellation.state),
        ("Last progress", words.when(run.progress_at)),
        *worker,
        *lease,
    ]


def _is_of_that_moment(evidence: Evidence, name: str) -> bool:
    """Whether the row's instant is still the one that the finding was about."""
    row = evidence.part or evidence.run or evidence.case
    instant = getattr(row, name)
    return instant is not None and evidence.finding.subject.endswith(f"@{instant:%Y%m%dT%H%M%S}")


KINDS: dict[FindingCode, Kind] = {
    "terminated_still_billing": Kind(
        "Ended, still billed",
        "Have the platform's billing people switch the renewal off today: each one is money that the customer"
        " does not owe. Refund what was billed already, and tell the customer first.",
        _bill,
        lambda found: _place(found).renewal_on,
    ),
    "billed_after_end": Kind(
        "Billed after the end",
        "Have that renewal refunded, and call the customer before they find it on their bill. Then see that"
        " no further one is on.",
        _bill,
        lambda _found: None,
    ),
    "ported_still_billing": Kind(
        "All numbers gone, still billed",
        "Call the owner: every number has left, and the rest is still paid for. If it is to end, enter a"
        " request for this location.",
        _left_by_port,
        lambda found: _place(found).renewal_on and _place(found).ended_at is None,
    ),
    "scheduled_without_run": Kind(
        "Its moment passed",
        "Open the case: “Why it has not begun” names what holds it. If that is not meant to be, mend it; call"
        " the customer, who may be paying for a day that they did not choose.",
        _not_begun,
        lambda found: _part(found).state == State.scheduled and _is_of_that_moment(found, "run_at"),
    ),
    "deferred_without_review": Kind(
        "Deferred, never looked at again",
        "Open the case and defer it again with a date, or confirm it. No act leaves this behind: tell whoever"
        " runs Lastcall.",
        _no_review,
        lambda found: _part(found).state == State.deferred and _part(found).review_at is None,
    ),
    "open_without_next": Kind(
        "Open, and nothing comes next",
        "Take the case or give it an owner, then do what it says comes next.",
        _idle,
        lambda found: (
            found.case is not None and found.case.is_open and _is_of_that_moment(found, "idle_since")
        ),
    ),
    "letter_unsent": Kind(
        "A letter that does not leave",
        "What it says is not known to its reader: if it is about today or tomorrow, call. See with whoever"
        " runs Lastcall whether any mail leaves.",
        _unsent,
        lambda found: _letter(found).state in UNSENT,
    ),
    "run_stuck": Kind(
        "A run without progress",
        "Open the run. While a scheduler lives and terminations are on, another worker takes it over by"
        " itself; otherwise start one. What is half done is safe and is never done twice.",
        _no_progress,
        lambda found: (
            _run(found).ended_at is None
            and _run(found).cancellation.state == State.terminating
            and _is_of_that_moment(found, "progress_at")
        ),
    ),
}
