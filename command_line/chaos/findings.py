"""The reconciler's findings: none that should not be, and each of the eight broken once and found."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from workflows import books as our_books
from workflows import clock
from workflows.desk import Desk
from workflows.records import Cancellation, Case, Clock, Finding, Letter, Number, Run
from workflows.records import Location as OurLocation
from workflows.states import LetterState, State
from workflows.termination.findings import CODES
from workflows.termination.reconcile import reconcile

if TYPE_CHECKING:
    from command_line.chaos.director import Storm

LONG_AGO = timedelta(days=30)
DEAD = "DEAD"


def unwanted(storm: "Storm") -> Iterator[str]:
    """What it reports now that all is settled. Nothing of it is kept."""
    with Session(storm.engine) as session:
        yield from (f"{each.code} {each.subject}: {each.words}" for each in _found(storm, session))
        session.rollback()


def _found(storm: "Storm", session: Session) -> list[Finding]:
    session.execute(delete(Finding))
    reconcile(storm.house.desk(session), clock.now())
    session.flush()
    return list(session.scalars(select(Finding)))


def missed(storm: "Storm") -> Iterator[str]:
    """Every row and book is broken, looked at, and put back."""
    with Session(storm.engine) as session:
        runs = select(Run.cancellation_id)
        ended = select(Cancellation).where(Cancellation.state == State.terminated, Cancellation.id.in_(runs))
        parts = list(session.scalars(ended.order_by(Cancellation.id).limit(6)))
        if len(parts) < 6:
            return
        for break_it, part in zip(BREAKS, parts, strict=True):
            break_it(storm, storm.house.desk(session), part, clock.now())
        _ported_still_billing(storm, storm.house.desk(session), clock.now())
        codes = {each.code for each in _found(storm, session)}
        session.rollback()
    yield from sorted(set(CODES) - codes)


Break = Callable[["Storm", Desk, Cancellation, datetime], None]


def _bills(storm: "Storm", desk: Desk, part: Cancellation, at: datetime) -> None:
    """Two of them: the renewal is on again, and one was billed."""
    place = storm.books.shelf.location(part.location.ref)
    place.renewal_on = True
    place.billed.append(at)
    storm.books.set_master(place.ref, place.master_e911)


def _set(desk: Desk, part: Cancellation, **values: object) -> None:
    """Past the table of moves, on purpose."""
    desk.session.execute(update(Cancellation).where(Cancellation.id == part.id).values(**values))


def _never_began(storm: "Storm", desk: Desk, part: Cancellation, at: datetime) -> None:
    _set(desk, part, state=State.scheduled, run_at=at - LONG_AGO)


def _no_review(storm: "Storm", desk: Desk, part: Cancellation, at: datetime) -> None:
    _set(desk, part, state=State.deferred, review_on=at.date(), review_at=None)


def _no_next(storm: "Storm", desk: Desk, part: Cancellation, at: datetime) -> None:
    desk.session.execute(update(Clock).where(Clock.case_id == part.case_id).values(stopped_at=at))
    idle = update(Case).where(Case.id == part.case_id).values(closed_at=None, idle_since=at - LONG_AGO)
    desk.session.execute(idle)


def _unsent(storm: "Storm", desk: Desk, part: Cancellation, at: datetime) -> None:
    waiting = {"state": LetterState.waiting, "written_at": at - LONG_AGO}
    desk.session.execute(update(Letter).where(Letter.case_id == part.case_id).values(**waiting))


def _no_progress(storm: "Storm", desk: Desk, part: Cancellation, at: datetime) -> None:
    _set(desk, part, state=State.terminating)
    still = update(Run).where(Run.cancellation_id == part.id).values(ended_at=None, progress_at=at - LONG_AGO)
    desk.session.execute(still)


BREAKS: tuple[Break, ...] = (_bills, _never_began, _no_review, _no_next, _unsent, _no_progress)


def _ported_still_billing(storm: "Storm", desk: Desk, at: datetime) -> None:
    account = storm.people[0].account
    if DEAD not in storm.books.shelf.locations:
        number = "+12569999999"
        storm.books.add_location(account, DEAD, renews_on=at.date() + timedelta(20), numbers=[number])
        our_books.read(desk, account, at)
        storm.books.shelf.location(DEAD).numbers.clear()
        storm.books.set_master(DEAD, None)
    our_books.read(desk, account, at)
    gone = update(Number).where(Number.location_id == OurLocation.id, OurLocation.ref == DEAD)
    desk.session.execute(gone.values(held=False, disposition="ported"))
    desk.session.expire_all()
