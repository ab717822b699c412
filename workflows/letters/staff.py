"""Letters to the staff: to the case's owner, to all managers, or to both."""

from datetime import datetime
from itertools import chain

from sqlalchemy import select

from workflows import rows
from workflows.desk import Desk
from workflows.letters import facts
from workflows.letters.wording import hide_numbers, last_four
from workflows.letters.writing import Draft, write
from workflows.records import (
    Account,
    Cancellation,
    Case,
    Clock,
    Finding,
    Letter,
    Location,
    PortOrder,
    Run,
    User,
)
from workflows.records.base import Row
from workflows.states import Disposition, LetterState, OrderState, Role, StepState

LISTS = (
    "late",
    "due_today",
    "at_risk",
    "date_near",
    "ports_completed",
    "runs_today",
    "no_owner",
    "findings",
)
"""The lists of the digest in the order in which it shows them."""


def at_risk(desk: Desk, clock: Clock, at: datetime) -> Letter | None:
    left = desk.calendar.between(at, clock.due_at)
    return _to_owner(desk, "at_risk", clock.case, at, {**_promise(clock), "left": left.total_seconds()})


def breached(desk: Desk, clock: Clock, at: datetime) -> Letter | None:
    return _to_owner(desk, "breached", clock.case, at, _promise(clock))


def run_blocked(desk: Desk, cancellation: Cancellation, at: datetime, why: str) -> Letter | None:
    """A run stopped, or gate B sent the cancellation back before it began."""
    case = cancellation.case
    cause = {**facts.part(cancellation), "why": hide_numbers(why), **_ledger(desk, cancellation)}
    both = facts.each_once([_present_owner(case), *_managers(desk)])
    return _write(desk, "run_blocked", both, at, cause, case=case)


def approval_needed(desk: Desk, cancellation: Cancellation, at: datetime) -> Letter | None:
    location, confirmer = cancellation.location, cancellation.confirmed_by
    cause = {
        **facts.part(cancellation),
        "releases": len(facts.endings_of(location, disposed=[Disposition.not_needed], held=True)),
        "confirmed_by": confirmer.name if confirmer else "",
    }
    return _write(desk, "approval_needed", _managers(desk), at, cause, case=cancellation.case)


def cap_reached(
    desk: Desk, at: datetime, waiting: list[Cancellation], until: datetime | None
) -> Letter | None:
    rows = [{**facts.part(each), "reference": each.case.reference} for each in waiting]
    caps = desk.settings.termination
    cause = {
        "waiting": rows,
        "until": facts.iso(until),
        "per_hour": caps.per_hour,
        "percent": caps.per_day_percent,
        "at_least": caps.per_day_at_least,
    }
    return _write(desk, "cap_reached", _managers(desk), at, cause, about="desk", path="/queue")


def late_port(desk: Desk, cancellation: Cancellation, at: datetime) -> Letter | None:
    review_on = cancellation.review_on
    cause = {
        **facts.part(cancellation),
        "transfers": facts.transfers(desk, cancellation.location),
        "review_on": review_on.isoformat() if review_on else None,
    }
    return _to_owner(desk, "late_port", cancellation.case, at, cause)


def port_stale(desk: Desk, order: PortOrder, at: datetime, case: Case | None) -> Letter | None:
    account = desk.session.get_one(Account, order.account_id)
    cause = {
        "order": order.ref,
        "account": account.name,
        "foc": facts.iso(order.foc),
        "numbers": [last_four(each) for each in order.e164s],
        "days": desk.settings.ports.stale_days,
    }
    return _to_owner(desk, "port_stale", case, at, cause, about=order.ref, path="/queue")


def review_due(desk: Desk, cancellation: Cancellation, at: datetime) -> Letter | None:
    deferred_on = cancellation.deferred_on
    cause = {
        **facts.part(cancellation),
        "deferred_on": deferred_on.isoformat() if deferred_on else None,
        "transfers": facts.transfers(desk, cancellation.location),
    }
    return _to_owner(desk, "review_due", cancellation.case, at, cause)


def e911_hazard(desk: Desk, location: Location, at: datetime, case: Case | None) -> Letter | None:
    cause = {
        **facts.place(location),
        "account": location.account.name,
        "master": last_four(location.master_e911 or ""),
        "others": _others(desk, location),
    }
    return _write(desk, "e911_hazard", _managers(desk), at, cause, case=case, about=location.ref)


def bounced(desk: Desk, letter: Letter, at: datetime, reason: str) -> Letter | None:
    cause = {
        "subject": letter.subject,
        "recipients": letter.recipients,
        "was_given_up": letter.state == LetterState.given_up,
        "reason": hide_numbers(reason),
        "clocks": _running(letter),
    }
    return _to_owner(desk, "bounced", letter.case, at, cause, about=letter.message_id)


def found(desk: Desk, findings: list[Finding], at: datetime) -> Letter | None:
    cases = _references(desk, findings)
    rows = [
        {"code": each.code, "words": hide_numbers(each.words), "reference": cases.get(each.case_id or 0, "")}
        for each in findings
    ]
    return _write(desk, "found", _managers(desk), at, {"findings": rows}, about="desk", path="/")


def digest(desk: Desk, at: datetime, lists: dict[str, list[Row]]) -> Letter | None:
    """The day's lists for the managers who want them.

    Rows of `reference`, `words` and `url` under the name of each list."""
    kept = {name: [_digest_row(desk, row) for row in lists.get(name, [])] for name in LISTS}
    readers = list(rows.run(desk.session, _READERS).scalars())
    return _write(desk, "digest", readers, at, {"lists": kept}, about="desk", path="/")


# Who receives it


_MANAGERS = select(User.email).where(User.role == Role.manager, User.is_active).order_by(User.id)
_READERS = _MANAGERS.where(User.wants_digest)


def _managers(desk: Desk) -> list[str]:
    return list(rows.run(desk.session, _MANAGERS).scalars())


def _present_owner(case: Case | None) -> str | None:
    owner = case.owner if case else None
    return owner.email if owner and owner.is_active and not owner.is_away else None


def _owner_or_managers(desk: Desk, case: Case | None) -> list[str]:
    owner = _present_owner(case)
    return [owner] if owner else _managers(desk)


# What several have in common


def _to_owner(
    desk: Desk, name: str, case: Case | None, at: datetime, cause: Row, *, about: str = "", path: str = "/"
) -> Letter | None:
    return _write(desk, name, _owner_or_managers(desk, case), at, cause, case=case, about=about, path=path)


def _write(
    desk: Desk,
    name: str,
    recipients: list[str],
    at: datetime,
    cause: Row,
    *,
    case: Case | None = None,
    about: str = "",
    path: str = "/",
) -> Letter | None:
    """A letter with one link: to the case, or to the page of `path` where there is none."""
    web = desk.settings.web.public_url
    url = f"{web}/cases/{case.reference}" if case else f"{web}{path}"
    said = {**facts.common(desk, name, at, case), "case_url": url, "web": web}
    return write(desk, Draft(name, recipients, said, cause, case, about, to_customer=False), at)


def _promise(clock: Clock) -> Row:
    return {"clock": clock.name, "due_at": clock.due_at.isoformat(), "explanation": clock.explanation}


def _running(letter: Letter) -> list[Row]:
    """The case's running clocks, and one that only a letter had stopped which now came back."""
    proof = f"letter:{letter.id}" if letter.bounced_at else ""
    clocks = letter.case.clocks if letter.case else []
    return [_promise(each) for each in clocks if each.stopped_at is None or each.stopped_by == proof]


def _others(desk: Desk, location: Location) -> int:
    """How many numbers besides the master stay live: held, and in no committed order."""
    committed = facts.orders(desk, location, [OrderState.committed])
    leaving = {location.master_e911, *chain.from_iterable(order.e164s for order in committed)}
    return sum(number.held and number.e164 not in leaving for number in location.numbers)


def _ledger(desk: Desk, cancellation: Cancellation) -> Row:
    run = facts.newest_run(desk, cancellation)
    return {"done": _steps(run, done=True), "undone": _steps(run, done=False)}


def _steps(run: Run | None, *, done: bool) -> list[Row]:
    """The steps that stand as done, or those that do not; none where nothing has begun."""
    return [
        {"step": facts.step_name(step.name), "state": step.state}
        for step in (run.steps if run else [])
        if step.state != StepState.left_out
        and (step.state == StepState.done and step.reverted_at is None) == done
    ]


def _references(desk: Desk, findings: list[Finding]) -> dict[int, str]:
    ids = {each.case_id for each in findings if each.case_id}
    return {each: desk.session.get_one(Case, each).reference for each in ids}


def _digest_row(desk: Desk, row: Row) -> Row:
    url = str(row["url"])
    absolute = f"{desk.settings.web.public_url}{url}" if url.startswith("/") else url
    return {"reference": row["reference"], "words": hide_numbers(str(row["words"])), "url": absolute}
