"""Letters to the customer. Each goes to the requester and the address of record, as one letter."""

from datetime import date, datetime

from sqlalchemy import bindparam, select

from workflows import departures, rows
from workflows.actors import Actor
from workflows.desk import Desk
from workflows.letters import calendar_file, facts
from workflows.letters.rendering import LINK
from workflows.letters.wording import heading, last_four, one_line
from workflows.letters.writing import Draft, write
from workflows.records import Cancellation, Case, Contact, Letter, Request, Run, User
from workflows.records.base import Row
from workflows.states import ClockName, Disposition, OrderState, State, StepState

_REQUEST = select(Request.reason, Request.wish).where(Request.case_id == bindparam("case"))


def received(desk: Desk, case: Case, at: datetime) -> Letter | None:
    asked = rows.run(desk.session, _REQUEST, {"case": case.id}).one()
    added: Row = {
        "asked_by": case.requester,
        "contact_by": _contact_by(case),
        "business_days": desk.settings.sla.first_contact_days,
        "reason": facts.private(desk, case, one_line(asked.reason)),
        "wish": facts.private(desk, case, one_line(asked.wish)),
    }
    return _write(desk, "received", case, at, {}, **_locations(case), **added)


def message(desk: Desk, case: Case, at: datetime, by: User, text: str, subject: str = "") -> Letter | None:
    """An agent's own words: every one is a letter of its own."""
    words = {
        "title": facts.private(desk, case, heading(subject)),
        "words": facts.private(desk, case, text),
        "agent": by.name,
    }
    draft = _draft(desk, "message", case, at, {}, **_locations(case), **words)
    draft.caused_by_agent, draft.is_unique = True, False
    return write(desk, draft, at)


def unreachable(desk: Desk, case: Case, at: datetime, contact: Contact) -> Letter | None:
    person = case.account.person(contact.person)
    cause = {
        "channel": contact.channel,
        "tried_at": contact.at.isoformat(),
        "number": last_four(person.phone) if person and contact.channel == "phone" else "",
    }
    parts = _open_locations(case)
    unsettled = [part for part in parts if part["state"] in (State.requested, State.deferred)]
    settled = [part for part in parts if part not in unsettled]
    places: Row = {"locations": parts, "unsettled": unsettled, "settled": settled}
    return _write(desk, "unreachable", case, at, cause, by_agent=True, **places)


def scheduled(desk: Desk, cancellation: Cancellation, at: datetime) -> Letter | None:
    cause = {**_ending(desk, cancellation), "numbers": facts.numbers_by_fate(cancellation.location)}
    return _with_calendar(desk, "scheduled", cancellation, at, cause)


def deferred(
    desk: Desk, cancellation: Cancellation, at: datetime, *, by_agent: bool, paragraph: str = ""
) -> Letter | None:
    case = cancellation.case
    review_on = cancellation.review_on
    cause = {
        **facts.part(cancellation),
        "late": not by_agent,
        "paragraph": facts.private(desk, case, paragraph.strip()),
        "transfers": facts.transfers(desk, cancellation.location),
        "review_on": review_on.isoformat() if review_on else None,
    }
    file = calendar_file.cancelled(desk, cancellation, at)
    return _write(desk, "deferred", case, at, cause, file=file, by_agent=by_agent)


def port_completed(desk: Desk, cancellation: Cancellation, at: datetime) -> Letter | None:
    location = cancellation.location
    done = facts.orders(desk, location, [OrderState.completed])
    arrivals = [order.completed_at for order in done if order.completed_at]
    cause = {
        **facts.part(cancellation),
        "moved": facts.endings_of(location, disposed=[Disposition.ported]),
        "arrived_at": facts.iso(max(arrivals, default=None)),
        "still_here": facts.endings_of(location, disposed=STAYING, held=True),
    }
    return _write(desk, "port_completed", cancellation.case, at, cause)


STAYING = [Disposition.undecided, Disposition.not_needed]


def port_failed(desk: Desk, cancellation: Cancellation, at: datetime) -> Letter | None:
    location = cancellation.location
    failed = [facts.order_facts(location, each) for each in facts.orders(desk, location, facts.FAILED_ORDERS)]
    back = set(facts.endings_of(location, disposed=STAYING, held=True))
    current = [each for each in failed if back.intersection(each["numbers"])] or failed[-1:]
    cause = {**facts.part(cancellation), "transfers": current}
    return _write(desk, "port_failed", cancellation.case, at, cause)


def renewal_ahead(desk: Desk, cancellation: Cancellation, at: datetime, renews_on: date) -> Letter | None:
    day = renews_on.isoformat()
    has_renewed = facts.local_date(cancellation.location, at) >= day
    cause = {**facts.part(cancellation), "renews_on": day, "has_renewed": has_renewed}
    return _write(desk, "renewal_ahead", cancellation.case, at, cause)


def rescheduled(desk: Desk, cancellation: Cancellation, at: datetime, before: datetime) -> Letter | None:
    cause = {**_ending(desk, cancellation), "before": before.isoformat()}
    return _with_calendar(desk, "rescheduled", cancellation, at, cause)


def tomorrow(desk: Desk, cancellation: Cancellation, at: datetime) -> Letter | None:
    cause = facts.part(cancellation)
    cause["is_today"] = facts.local_date(cancellation.location, at) == cause["on"]
    return _write(desk, "tomorrow", cancellation.case, at, cause)


def terminated(desk: Desk, cancellation: Cancellation, at: datetime) -> Letter | None:
    run = facts.newest_run(desk, cancellation)
    ended = cancellation.ended_at or at
    fates = facts.numbers_by_fate(cancellation.location)
    cause = {
        **facts.part(cancellation),
        "ended_at": ended.isoformat(),
        "ended_on": facts.local_date(cancellation.location, ended),
        "confirmation": confirmation_number(cancellation),
        "receipt": _receipt(run, cancellation) if run else [],
        "kept": [row for row in fates if row["fate"] in (Disposition.ported, Disposition.moved)],
    }
    return _write(desk, "terminated", cancellation.case, at, cause)


def confirmation_number(cancellation: Cancellation) -> str:
    """Stable and readable: the case and the cancellation, such as C-1001-3."""
    return f"{cancellation.case.reference}-{cancellation.id}"


def withdrawn(desk: Desk, cancellation: Cancellation, at: datetime, actor: Actor) -> Letter | None:
    cause = {
        **facts.part(cancellation),
        "stopped_at": at.isoformat(),
        "agent": actor.user.name if actor.user else None,
        "address": actor.address,
    }
    file = calendar_file.cancelled(desk, cancellation, at)
    return _write(desk, "withdrawn", cancellation.case, at, cause, file=file)


def declined(desk: Desk, cancellation: Cancellation, at: datetime) -> Letter | None:
    case = cancellation.case
    reason = facts.private(desk, case, cancellation.end_reason)
    file = calendar_file.cancelled(desk, cancellation, at)
    return _write(desk, "declined", case, at, {**facts.part(cancellation), "reason": reason}, file=file)


# Links: each to one address alone, so never joined with another of the same second


def sign_link(desk: Desk, case: Case, address: str, at: datetime) -> Letter | None:
    return _link(desk, "sign_link", case, address, at, minutes=desk.settings.web.sign_link_minutes)


def new_link(desk: Desk, case: Case, address: str, at: datetime) -> Letter | None:
    return _link(desk, "new_link", case, address, at, days=desk.settings.web.status_link_days)


def password_reset(desk: Desk, user: User, at: datetime) -> Letter | None:
    said = {**facts.common(desk, "password_reset", at), "link": LINK, "user": user.name}
    said["minutes"] = desk.settings.web.reset_link_minutes
    draft = Draft("password_reset", [user.email], said, about=user.email, to_customer=False)
    return write(desk, draft, at)


def _link(desk: Desk, name: str, case: Case, address: str, at: datetime, **lasts: int) -> Letter | None:
    draft = _draft(desk, name, case, at, {}, locations=_open_locations(case), **lasts)
    draft.recipients, draft.is_unique = [address], False
    return write(desk, draft, at)


# What several have in common


def _draft(desk: Desk, name: str, case: Case, at: datetime, cause: Row, **more: object) -> Draft:
    told_first = bool(departures.told_first(desk, case))
    said = {**facts.common(desk, name, at, case), "link": LINK, "carrier_first": told_first, **more}
    return Draft(name, case.recipients, said, cause, case)


def _write(
    desk: Desk,
    name: str,
    case: Case,
    at: datetime,
    cause: Row,
    *,
    by_agent: bool = False,
    file: calendar_file.CalendarFile | None = None,
    **more: object,
) -> Letter | None:
    """A letter with one cause; with the calendar file that the cause brings."""
    entry = {"calendar": file.entry if file else None}
    draft = _draft(desk, name, case, at, {**cause, **entry}, **more)
    draft.caused_by_agent = by_agent
    draft.calendar = file.text if file else ""
    return write(desk, draft, at)


def _with_calendar(
    desk: Desk, name: str, cancellation: Cancellation, at: datetime, cause: Row
) -> Letter | None:
    file = calendar_file.published(desk, cancellation, at)
    return _write(desk, name, cancellation.case, at, cause, file=file, by_agent=True)


def _locations(case: Case) -> Row:
    return {"locations": [facts.part(each) for each in case.cancellations]}


def _open_locations(case: Case) -> list[Row]:
    """The locations that are not decided for good; all of them where none is left."""
    parts = [facts.part(each) for each in case.cancellations]
    return [part for part in parts if not State(part["state"]).is_final] or parts


def _ending(desk: Desk, cancellation: Cancellation) -> Row:
    confirmed = facts.iso(cancellation.confirmed_at)
    return {**facts.part(cancellation), **facts.agreement(desk, cancellation), "confirmed_at": confirmed}


def _contact_by(case: Case) -> str | None:
    """When the first contact is due; None where it has been made."""
    running = (clock for clock in case.clocks if clock.stopped_at is None)
    due = next((clock.due_at for clock in running if clock.name == ClockName.first_contact), None)
    return facts.iso(due)  # type: ignore[no-any-return]


def _receipt(run: Run, cancellation: Cancellation) -> list[Row]:
    services = cancellation.plan.get("basis", {}).get("services", [])
    return [
        {"step": facts.step_name(step.name), "services": services, "done_at": facts.iso(step.done_at)}
        for step in run.steps
        if step.state == StepState.done and step.reverted_at is None
    ]
