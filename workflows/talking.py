"""Talking with the customer: contacts, messages, the signature on the status page."""

from datetime import date, datetime

from sqlalchemy import func, select

from workflows import allowed, intake, moves, promises, rows
from workflows.actors import Actor
from workflows.desk import Desk
from workflows.errors import Line, Refused
from workflows.history import note
from workflows.letters import customer
from workflows.records import Cancellation, Case, Contact
from workflows.standing import restand
from workflows.states import Authentication, Channel, Outcome, State


def log_contact(
    desk: Desk,
    case: Case,
    *,
    by: Actor,
    at: datetime,
    channel: Channel,
    outcome: Outcome,
    authenticated: Authentication = Authentication.none,
    person: str | None = None,
    words: str = "",
    next_try_at: datetime | None = None,
) -> Contact:
    """One attempt. It counts from the moment it is entered; a stated earlier time is a note."""
    allowed.case_work(by)
    allowed.refuse(allowed.closed(case))
    contact = Contact(
        case_id=case.id,
        at=at,
        by=by.name,
        channel=channel,
        outcome=outcome,
        authenticated=authenticated,
        person=(person or case.requester).strip(),
        note=words,
        next_try_at=next_try_at,
    )
    rows.write(desk.session, contact)
    note(desk, "contact", at=at, by=by, case=case, channel=channel, outcome=outcome, person=contact.person)
    _looked_at(case)
    if outcome == Outcome.reached:
        _answered(case)
    promises.contacted(desk, contact, at)
    if outcome == Outcome.no_answer:
        customer.unreachable(desk, case, at, contact)
    return contact


def attempts(desk: Desk, case: Case) -> int:
    """How many attempts to reach the customer were made that count."""
    counting = (Contact.case_id == case.id, Contact.struck_at.is_(None), Contact.outcome != Outcome.signed)
    return desk.session.scalar(select(func.count(Contact.id)).where(*counting)) or 0


def _looked_at(case: Case) -> None:
    """A wake is answered by the next contact or act."""
    for part in case.cancellations:
        if part.woken_by is not None:
            part.woken_by = None


def _answered(case: Case) -> None:
    """Whoever was reached or written to has an answer to the date that they asked for."""
    for part in case.cancellations:
        if part.date_wish_at is not None:
            part.date_wish_at = None


def strike_contact(desk: Desk, contact: Contact, *, by: Actor, at: datetime, why: str) -> None:
    """A manager strikes an entry made by mistake: it stays visible and no longer counts."""
    allowed.manager(by)
    lines = [*allowed.closed(contact.case)]
    if contact.struck_at is not None:
        lines.append(Line("out_of_date", "This entry is struck already."))
    if not why.strip():
        lines.append(Line("invalid", "Say why the entry is struck.", "reason"))
    allowed.refuse(lines)
    contact.struck_at, contact.struck_by, contact.struck_why = at, by.name, why.strip()
    note(desk, "contact_struck", at=at, by=by, case=contact.case, why=why.strip(), contact=contact.id)
    promises.proof_fell(desk, contact.case, at, f"contact:{contact.id}")


def drop_try(desk: Desk, contact: Contact, *, by: Actor, at: datetime) -> None:
    """The next try that was set with a contact is not wanted any more; the history keeps its moment."""
    allowed.case_work(by)
    moment = contact.next_try_at
    allowed.refuse(allowed.closed(contact.case))
    if moment is None:
        raise Refused.because("out_of_date", "No next try is set with this entry.")
    note(desk, "try_dropped", at=at, by=by, case=contact.case, next_try=moment.isoformat())
    contact.next_try_at = None


def message(desk: Desk, case: Case, *, by: Actor, at: datetime, text: str, subject: str = "") -> None:
    """An agent's e-mail."""
    user = allowed.case_work(by)
    lines = allowed.closed(case)
    if not text.strip():
        lines.append(Line("invalid", "Write the message.", "text"))
    allowed.refuse(lines)
    _looked_at(case)
    _answered(case)
    note(desk, "message", at=at, by=by, case=case)
    customer.message(desk, case, at, user, text.strip(), subject.strip())


def add_note(desk: Desk, case: Case, *, by: Actor, at: datetime, text: str) -> None:
    """A note for the staff; the customer never sees it."""
    allowed.case_work(by)
    if not text.strip():
        raise Refused.because("invalid", "Write the note.", "text")
    note(desk, "note", at=at, by=by, case=case, why=text.strip())


def ask_for_date(desk: Desk, part: Cancellation, *, by: Actor, at: datetime, wanted: date) -> None:
    """The customer asks for another last day, without a signature: staff answer, and nothing moves by it.

    Raises Refused (`out_of_date`, `invalid`)."""
    if part.state not in (State.requested, State.deferred):
        raise Refused(moves.out_of_date(desk, part))
    lines = intake.date_problems(desk, part.location, wanted, at, "for")
    if wanted == part.wanted_for:
        lines.append(Line("invalid", "This is the date that stands now. Choose another one.", "for"))
    allowed.refuse(lines)
    if part.date_wish == wanted and part.date_wish_at is not None:
        return
    part.date_wish, part.date_wish_at = wanted, at
    note(desk, "date_asked", at=at, by=by, cancellation=part, wanted=wanted.isoformat())


def sign(
    desk: Desk,
    case: Case,
    parts: list[Cancellation],
    *,
    by: Actor,
    at: datetime,
    wanted: date | None = None,
) -> None:
    """The customer signs for some locations: reached and authenticated; `wanted` is a newly agreed date.

    Signs where it is possible; refused, with all reasons, only if that is nowhere."""
    lines = allowed.closed(case)
    signed = []
    for part in parts:
        problems = _sign_problems(desk, part, wanted, at)
        lines += problems
        if not problems:
            signed.append(part)
    if not signed:
        raise Refused(*lines)
    for part in signed:
        _sign(desk, part, by, at, wanted)
    restand(desk, case, at)


def _sign_problems(desk: Desk, part: Cancellation, wanted: date | None, at: datetime) -> list[Line]:
    states = (State.requested, State.deferred)
    if not part.is_open or (wanted is not None and part.state not in states):
        return [moves.out_of_date(desk, part)]
    if wanted is None:
        return []
    return intake.date_problems(desk, part.location, wanted, at, "for")


def _sign(desk: Desk, part: Cancellation, by: Actor, at: datetime, wanted: date | None) -> None:
    if wanted is not None:
        part.agreed_for, part.date_wish, part.date_wish_at = wanted, None, None
    if part.woken_by is not None:
        part.woken_by = None
    contact = Contact(
        case_id=part.case_id,
        cancellation_id=part.id,
        at=at,
        by=by.name,
        channel=Channel.portal,
        outcome=Outcome.signed,
        authenticated=Authentication.portal,
        person=by.address,
    )
    rows.write(desk.session, contact)
    note(desk, "signed", at=at, by=by, cancellation=part, wanted=wanted.isoformat() if wanted else None)
    promises.contacted(desk, contact, at)
