"""The reconciler: once a day it reads the platform and our rows and reports what does not agree.

Independent of the states: it trusts neither our moves nor our letters. Each finding is told once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from sqlalchemy import BindParameter, bindparam, select, text

from workflows import books, hazards, orders, rows
from workflows.actors import SYSTEM
from workflows.adapters.platform import AccountBook, LocationBook, Purpose
from workflows.desk import Desk
from workflows.errors import Unreachable
from workflows.history import note
from workflows.letters import staff
from workflows.records import Account, Cancellation, Case, Finding, Letter, Location, Run
from workflows.records.letter import UNSENT
from workflows.states import Disposition, State
from workflows.termination.findings import FindingCode

AN_HOUR = timedelta(hours=1)
AGO: BindParameter[datetime] = bindparam("ago")
_KNOWN = select(Finding.code, Finding.subject)
_ENDED_BY = select(Cancellation.case_id).where(
    Cancellation.location_id == bindparam("place"), Cancellation.state == State.terminated
)
_LATE = select(Cancellation).where(Cancellation.state == State.scheduled, Cancellation.run_at <= AGO)
_LOST = select(Cancellation).where(Cancellation.state == State.deferred, Cancellation.review_at.is_(None))
_IDLE = select(Case).where(Case.closed_at.is_(None), Case.idle_since.is_not(None))
_WAITING = select(Letter).where(text(f"letter.{UNSENT}"), Letter.written_at < AGO)
_STUCK = (
    select(Run)
    .join(Cancellation)
    .where(Cancellation.state == State.terminating, Run.ended_at.is_(None), Run.progress_at < AGO)
)
_ANYTHING = select(*(each.exists() for each in (_LATE, _LOST, _IDLE, _WAITING, _STUCK)))


@dataclass(frozen=True)
class Found:
    code: FindingCode
    subject: str
    words: str
    case_id: int | None = None


def reconcile(desk: Desk, at: datetime, between: Callable[[], None] = lambda: None) -> int:
    """Reads every account, compares, and reports what is new. Returns how many findings are new.

    `between` is called before each account is read: a caller may commit there, so that no row stays
    locked while the platform answers."""
    found = list(chain(_from_books(desk, at, between), _from_rows(desk, at)))
    known = {(row.code, row.subject) for row in rows.run(desk.session, _KNOWN)} if found else set()
    new = [_keep(desk, each, at) for each in found if (each.code, each.subject) not in known]
    if new:
        staff.found(desk, new, at)
    return len(new)


def _keep(desk: Desk, found: Found, at: datetime) -> Finding:
    row = Finding(code=found.code, subject=found.subject, at=at, words=found.words, case_id=found.case_id)
    desk.session.add(row)
    case = desk.session.get(Case, found.case_id) if found.case_id else None
    note(desk, "finding", at=at, by=SYSTEM, case=case, why=found.words, code=found.code)
    return row


def _from_books(desk: Desk, at: datetime, between: Callable[[], None]) -> Iterator[Found]:
    """The daily read of every account: our rows follow the books, and the bills are compared."""
    between()
    try:
        refs = desk.platform.accounts()
    except Unreachable as why:
        note(desk, "reconciler_could_not_read", at=at, by=SYSTEM, why=str(why))
        return
    for ref in refs:
        between()
        yield from _from_account(desk, ref, at)


def _from_account(desk: Desk, ref: str, at: datetime) -> Iterator[Found]:
    try:
        book = desk.platform.account(ref, Purpose.books)
    except Unreachable as why:
        note(desk, "reconciler_could_not_read", at=at, by=SYSTEM, why=str(why), account=ref)
        return
    if book is not None:
        row = books.follow(desk, book, at)
        yield from _compare(desk, row, book, at)


def _compare(desk: Desk, account: Account, book: AccountBook, at: datetime) -> Iterator[Found]:
    for place in account.locations:
        hazards.look(desk, place, at)
        shown = book.location(place.ref)
        if shown is None:
            continue
        if place.ended_at is not None:
            yield from _after_the_end(desk, place, shown)
        if shown.renewal_on and _has_left_by_port(place) and not _is_open(desk, place):
            price = f"{place.monthly_price} a month"
            words = f"Every number of {place.name} was ported away, and it is still billed {price}."
            yield Found("ported_still_billing", place.ref, words)


def _after_the_end(desk: Desk, place: Location, shown: LocationBook) -> Iterator[Found]:
    case_id = rows.run(desk.session, _ENDED_BY, {"place": place.id}).scalar()
    if shown.renewal_on:
        words = f"{place.name} has ended, and its renewal is still on at the platform."
        yield Found("terminated_still_billing", place.ref, words, case_id)
    if place.ended_at is not None and any(billed > place.ended_at for billed in shown.billed):
        words = f"{place.name} was billed a renewal after its end."
        yield Found("billed_after_end", place.ref, words, case_id)


def _has_left_by_port(place: Location) -> bool:
    return bool(place.numbers) and all(
        not number.held and number.disposition == Disposition.ported for number in place.numbers
    )


def _is_open(desk: Desk, place: Location) -> bool:
    return orders.open_cancellation(desk, place) is not None


def _from_rows(desk: Desk, at: datetime) -> Iterator[Found]:
    """One question for all: most mornings there is nothing to look at."""
    looks = (_not_begun, _without_review, _without_next, _unsent, _stuck)
    found = rows.run(desk.session, _ANYTHING, {"ago": at - AN_HOUR}).one()
    for look, is_there in zip(looks, found, strict=True):
        if is_there:
            yield from look(desk, at)


def _not_begun(desk: Desk, at: datetime) -> Iterator[Found]:
    for part in desk.session.scalars(_LATE, {"ago": at - AN_HOUR}):
        words = (
            f"{part.location.name} should have begun to end at {part.run_at:%Y-%m-%d %H:%M} UTC and has not."
        )
        yield Found("scheduled_without_run", f"{part.id}@{part.run_at:%Y%m%dT%H%M%S}", words, part.case_id)


def _without_review(desk: Desk, at: datetime) -> Iterator[Found]:
    for part in desk.session.scalars(_LOST):
        words = f"{part.location.name} is deferred and nothing will look at it again."
        yield Found("deferred_without_review", str(part.id), words, part.case_id)


def _without_next(desk: Desk, at: datetime) -> Iterator[Found]:
    """Open cases with neither owner, running clock nor date, for longer than a business day."""
    for case in desk.session.scalars(_IDLE):
        since = case.idle_since
        if since is not None and desk.calendar.due(since, 1, desk.settings.sla.reading) < at:
            words = f"{case.reference} has neither owner nor a next moment since {since:%Y-%m-%d %H:%M} UTC."
            yield Found("open_without_next", f"{case.id}@{since:%Y%m%dT%H%M%S}", words, case.id)


def _unsent(desk: Desk, at: datetime) -> Iterator[Found]:
    for letter in desk.session.scalars(_WAITING, {"ago": at - AN_HOUR}):
        since = f"{letter.written_at:%Y-%m-%d %H:%M} UTC"
        words = f"The letter “{letter.subject}” was written at {since} and is not sent."
        yield Found("letter_unsent", str(letter.id), words, letter.case_id)


def _stuck(desk: Desk, at: datetime) -> Iterator[Found]:
    for run in desk.session.scalars(_STUCK, {"ago": at - AN_HOUR}):
        words = f"The end of {run.cancellation.location.name} has made no progress for over an hour."
        yield Found("run_stuck", f"{run.id}@{run.progress_at:%Y%m%dT%H%M%S}", words, run.cancellation.case_id)
