"""Case records are kept for a time after the end, then anonymised; a hold stops that (section 7).

What is counted stays: dates, states, clocks, results, categories. Who it was and what was said goes."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import delete, select, text, update

from workflows import allowed, chain, findable, rows, verifying
from workflows.actors import SYSTEM, Actor
from workflows.business_days import at_local
from workflows.desk import Desk
from workflows.errors import Refused
from workflows.history import note
from workflows.records import (
    Cancellation,
    Case,
    Contact,
    Event,
    File,
    Hold,
    LegalHold,
    Letter,
    Link,
    Number,
    Override,
    Request,
)

AT_ONCE = 100
_IS_WHOLE = text("anonymised_at IS NULL")
KEPT_FACTS = frozenset(
    {
        *("action", "after", "authenticated", "calendar", "came_by", "channel", "clock", "code", "days"),
        *("due", "letter", "locations", "outcome", "proof", "remains", "renews_on", "review_on", "run_at"),
        *("started", "step", "steps", "to", "tries", "verdict", "version", "wanted"),
    }
)
"""What an event may still say of an anonymised case: codes, dates and counts, never words of people."""
MAY_BE_AN_ADDRESS = "address_corrected"
"""The event whose `after` is what a person gave."""


def due(desk: Desk, at: datetime) -> list[int]:
    """The cases whose time is over and that nothing holds, the oldest first; not more than a few hundred."""
    stood = select(Hold.id).where(Hold.case_id == Case.id, Hold.released_at.is_(None)).exists()
    legal = select(LegalHold.id).where(LegalHold.case_id == Case.id, LegalHold.released_at.is_(None)).exists()
    found = (
        select(Case.id)
        .where(Case.closed_at < ends_before(desk, at), Case.anonymised_at.is_(None), ~stood, ~legal)
        .order_by(Case.closed_at)
        .limit(AT_ONCE)
    )
    return list(desk.session.scalars(found))


def ends_before(desk: Desk, at: datetime) -> datetime:
    """What ended before this instant is kept no longer: `retention.years` ago, at the day's beginning."""
    today, years = desk.calendar.local_date(at), desk.settings.retention.years
    return at_local(_years_before(today, years), time(0), desk.calendar.time_zone)


def _years_before(day: date, years: int) -> date:
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - years, day=28 if is_leap_day else day.day)


def anonymise(desk: Desk, case_id: int, at: datetime) -> bool:
    """Takes the personal words of a closed case away, for good. False where another process was faster."""
    case = desk.session.get_one(Case, case_id)
    if not rows.compare_and_set(desk.session, case, {}, {"anonymised_at": at}, only=_IS_WHOLE):
        return False
    _words_of_the_request(desk, case)
    for model, words in WORDLESS.items():
        desk.session.execute(update(model).where(model.case_id == case.id).values(words))
    there = update(File).where(File.case_id == case.id, File.removed_at.is_(None))
    desk.session.execute(there.values(removed_at=at, removed_by=SYSTEM.name))
    parts = [part.id for part in case.cancellations]
    desk.session.execute(update(Override).where(Override.cancellation_id.in_(parts)).values(reason=""))
    desk.session.execute(delete(Link).where(Link.case_id == case.id))
    _evidence(desk, case)
    for event in _events(desk, case):
        _without_words(event)
    desk.session.flush()
    note(
        desk,
        verifying.ANONYMISED,
        at=at,
        by=SYSTEM,
        case=case,
        remains=verifying.remains_of(desk.session, case.id),
    )
    return True


WORDLESS: dict[Any, dict[str, Any]] = {
    Request: {"content": {}, "reason": "", "wish": "", "key": None},
    Contact: {"person": "", "note": "", "struck_why": ""},
    Letter: {
        **dict.fromkeys(("subject", "text", "html", "calendar", "trouble"), ""),
        "recipients": [],
        "facts": {},
    },
    File: {"name": "", "content": b"", "removed_why": ""},
    Hold: {"reason": ""},
    LegalHold: {"reason": ""},
    Cancellation: {"blocked_why": "", "end_reason": ""},
}
"""The columns that hold what people said or who they are, and what stands there afterwards."""


def _words_of_the_request(desk: Desk, case: Case) -> None:
    case.requester = ""
    findable.name_case(case)


def _evidence(desk: Desk, case: Case) -> None:
    """Whose word it was that a number may go; what became of the number stays."""
    places = [part.location_id for part in case.cancellations]
    wanted = update(Number).where(Number.location_id.in_(places), Number.evidence_at <= case.closed_at)
    desk.session.execute(wanted.values(evidence=""))


def _events(desk: Desk, case: Case) -> Sequence[Event]:
    return desk.session.scalars(select(Event).where(Event.case_id == case.id).order_by(Event.id)).all()


def _without_words(event: Event) -> None:
    kept = {name: value for name, value in event.facts.items() if name in KEPT_FACTS}
    if event.name == MAY_BE_AN_ADDRESS:
        kept = {}
    chain.seal(event)
    event.facts = kept


def keep(desk: Desk, case: Case, *, by: Actor, at: datetime, reason: str) -> None:
    """A legal hold: the records of the case are kept until it ends, however old they are."""
    user = allowed.manager(by)
    if in_force(desk, case) is not None:
        raise Refused.because("out_of_date", f"{case.reference} is under a legal hold already.")
    if case.anonymised_at is not None:
        raise Refused.because("out_of_date", f"{case.reference} was anonymised: there is nothing to keep.")
    if not reason.strip():
        raise Refused.because("invalid", "Say why the records are kept.", "reason")
    desk.session.add(LegalHold(case_id=case.id, by=user, reason=reason.strip(), at=at))
    note(desk, "legal_hold", at=at, by=by, case=case, why=reason.strip())


def let_go(desk: Desk, case: Case, *, by: Actor, at: datetime, reason: str = "") -> None:
    """The legal hold ends: the daily round takes what is old."""
    allowed.manager(by)
    found = in_force(desk, case)
    if found is None:
        raise Refused.because("out_of_date", f"{case.reference} is under no legal hold.")
    found.released_at = at
    note(desk, "legal_hold_ended", at=at, by=by, case=case, why=reason.strip())


def in_force(desk: Desk, case: Case) -> LegalHold | None:
    found = select(LegalHold).where(LegalHold.case_id == case.id, LegalHold.released_at.is_(None))
    return desk.session.scalar(found)
