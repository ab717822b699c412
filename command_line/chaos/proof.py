"""What must be true afterwards: first by the platform's own books, then by the mailbox, then by our rows."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from command_line.chaos import clocks, findings, rows
from command_line.chaos.director import Storm
from workflows.adapters.sandbox import Books
from workflows.adapters.sandbox.records import Location
from workflows.adapters.sandbox.steps import standing
from workflows.records import Cancellation, Event, Letter, Number
from workflows.records import Location as OurLocation
from workflows.states import LetterState, State

AN_ACCEPT = 5.0
"""Seconds in which a killed scheduler may have died between the server's yes and its own note of it."""
ENOUGH = 100
"""From so many terminations on a storm has to bring about what it is there for."""
AWAY = 30.0
"""Seconds after a database was thrown over in which a page may break."""


@dataclass(frozen=True)
class Law:
    """One thing that must be true, and where it was not."""

    words: str
    broken: list[str] = field(default_factory=list)


def laws(storm: Storm) -> Iterator[Law]:
    yield Law("the trial itself went as planned", storm.wrong + storm.desk_seen["lost"])
    yield from _by_the_books(storm)
    yield from _by_the_mailbox(storm)
    yield Law("no page broke under anybody's hands", list(_broken_pages(storm)))
    yield from rows.laws(storm)
    with Session(storm.engine) as session:
        yield Law("clocks equal a recomputation from the events", list(clocks.differences(storm, session)))
    yield Law("the reconciler finds nothing that should not be", list(findings.unwanted(storm)))
    yield Law("each finding that is broken on purpose is found", list(findings.missed(storm)))


def _by_the_books(storm: Storm) -> Iterator[Law]:
    books = storm.books
    yield Law("the platform noted no violation of order, and no live trunk without E911", books.violations)
    yield Law("no step was applied twice with effect", list(_twice(books)))
    yield Law("no number was released twice", [n for n, k in Counter(books.released).items() if k > 1])
    with Session(storm.engine) as session:
        yield Law("only numbers not needed were released", list(_wrongly_released(books, session)))
        yield Law("nothing was touched without a confirmed case", list(_unconfirmed(books, session)))
        yield Law("what is terminated has ended at the platform", list(_half_ended(books, session)))
        yield Law("what is withdrawn works as before", list(_half_kept(books, session)))
    if storm.size.terminations >= ENOUGH and storm.size.kills:
        answers = Counter(call.answer for call in books.calls)
        missing = [each for each in ("stale", "port_open") if not answers[each]]
        yield Law("the platform denied an old token and a release under a port", missing)


def _broken_pages(storm: Storm) -> Iterator[str]:
    """But while the database itself was away."""
    for at, page in storm.desk_seen["broken"]:
        if not any(0 <= at - thrown <= AWAY for thrown in storm.thrown_at):
            yield page


def _twice(books: Books) -> Iterator[str]:
    for place in books.shelf.locations.values():
        for step, times in Counter(standing(place)).items():
            if times > 1:
                yield f"{place.ref}: {step} {times} times"


def _wrongly_released(books: Books, session: Session) -> Iterator[str]:
    known = select(Number.e164, Number.disposition).where(Number.e164.in_(books.released))
    for number, disposition in session.execute(known):
        if disposition != "not_needed":
            yield f"{number} is {disposition}"
    taken = {number for order in books.shelf.orders.values() for number in order.taken}
    yield from (f"{number} was ported and released" for number in taken.intersection(books.released))


def _unconfirmed(books: Books, session: Session) -> Iterator[str]:
    """The first confirmation of each location, against the first call of it that changed anything."""
    confirmed = (
        select(OurLocation.ref, Event.at)
        .join(Cancellation, Cancellation.id == Event.cancellation_id)
        .join(OurLocation, OurLocation.id == Cancellation.location_id)
        .where(Event.name == "confirm")
        .order_by(Event.id.desc())
    )
    first = {ref: at for ref, at in session.execute(confirmed)}  # noqa: C416 - rows are no pairs to mypy
    for call in books.calls:
        at = first.get(call.location)
        if call.answer == "applied" and (at is None or at > call.at):
            yield f"{call.location}: {call.step} at {call.at}, confirmed {at}"


def _places(books: Books, session: Session, state: State) -> Iterator[Location]:
    found = select(OurLocation.ref).join(Cancellation, Cancellation.location_id == OurLocation.id)
    for ref in session.scalars(found.where(Cancellation.state == state)):
        yield books.shelf.location(ref)


def _half_ended(books: Books, session: Session) -> Iterator[str]:
    for place in _places(books, session, State.terminated):
        left = [place.renewal_on, place.trunks_enabled, place.e911_present, place.access, place.trunks]
        if any(left) or place.services or place.numbers or not place.frozen:
            yield f"{place.ref}: {place.numbers or ''} {standing(place)}"


def _half_kept(books: Books, session: Session) -> Iterator[str]:
    for place in _places(books, session, State.withdrawn):
        if standing(place):
            yield f"{place.ref}: {standing(place)}"


def _by_the_mailbox(storm: Storm) -> Iterator[Law]:
    with Session(storm.engine) as session:
        letters = list(session.scalars(select(Letter)))
    inbox = storm.mail.inbox
    sent = [each for each in letters if each.state == LetterState.sent]
    yield Law("what we call sent arrived", [_named(each) for each in sent if each.message_id not in inbox])
    known = {each.message_id for each in letters}
    yield Law("nothing arrived that we do not know", [each for each in inbox if each not in known])
    yield Law("no letter came twice but after an accept that was cut off", list(_doubles(storm)))
    given_up = [each for each in letters if each.state == LetterState.given_up]
    lost = [_named(e) for e in given_up if e.message_id not in storm.mail.refused and e.tries < 3]
    yield Law("only what the server refused, or did not take for a day, was given up", lost)


def _doubles(storm: Storm) -> Iterator[str]:
    for name, times in storm.mail.inbox.items():
        excused = name in storm.mail.cut_off or any(
            -AN_ACCEPT < killed - taken < AN_ACCEPT for killed in storm.interrupted for taken in times[:-1]
        )
        if len(times) > 1 and not excused:
            yield f"{name} {len(times)} times"


def _named(letter: Letter) -> str:
    return f"{letter.name} {letter.id} ({letter.state}, tried {letter.tries} times: {letter.trouble})"
