"""How a case stands, read live: the to-do list is what the platform would say now."""

import re
from collections.abc import Sequence

from flask import Response, jsonify
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from staff_app.api import problems
from staff_app.api.models import CaseOut, CasePath, ClockOut, LetterOut, NumberOut, Place, Reason, ToDo
from staff_app.api.store import store
from staff_app.desks import at, desk
from workflows import asking, gates, promises
from workflows.adapters.platform import Purpose
from workflows.asking import Reading
from workflows.desk import Desk
from workflows.errors import Line, Refused
from workflows.letters.customer import confirmation_number
from workflows.records import Cancellation, Case, Clock, Letter, Location, Number
from workflows.states import State

REFERENCE = re.compile(r"C-([1-9]\d{3,14})", re.ASCII)
ASKED = (State.requested, State.deferred, State.scheduled, State.blocked)
PLACES = selectinload(Case.cancellations).selectinload(Cancellation.location)
WHOLE = (
    selectinload(Case.account),
    PLACES.selectinload(Location.numbers).selectinload(Number.moved_to).selectinload(Location.account),
    PLACES.selectinload(Location.account),
)


@store.get(
    "/cases/<reference>",
    summary="How a case stands",
    responses={"200": CaseOut, **problems.documented(401, 404, 422, 503)},
)
def case(path: CasePath) -> Response:
    made = desk()
    found = _by_reference(made, path.reference)
    if found is None:
        return problems.problem("not-found", f"We know no case {path.reference}.")
    todos = _todos(made, found)
    found = _by_reference(made, path.reference)
    assert found is not None
    return jsonify(_shown(made, found, todos).model_dump(mode="json"))


def _by_reference(desk: Desk, reference: str) -> Case | None:
    match = REFERENCE.fullmatch(reference)
    if match is None:
        return None
    return desk.session.scalar(select(Case).where(Case.id == int(match[1]) - 1000).options(*WHOLE))


def _todos(desk: Desk, case: Case) -> dict[int, ToDo]:
    """By cancellation. The platform is read between transactions; what was tried out is rolled back."""
    parts = [part for part in case.cancellations if part.state in ASKED]
    readings = _readings(desk, parts)
    ids = [part.id for part in parts]
    desk.session.rollback()
    try:
        return {each: _todo(desk, each, readings[each]) for each in ids}
    finally:
        desk.session.rollback()


def _readings(desk: Desk, parts: Sequence[Cancellation]) -> dict[int, Reading | Line]:
    """One account is read once; again only for a location whose numbers went to another account."""
    taken: dict[frozenset[int], Reading | Line] = {}
    read = {}
    for part in parts:
        elsewhere = frozenset(each.moved_to.account_id for each in part.location.numbers if each.moved_to)
        if elsewhere not in taken:
            taken[elsewhere] = _fetched(desk, part)
        read[part.id] = taken[elsewhere]
    return read


def _fetched(desk: Desk, part: Cancellation) -> Reading | Line:
    try:
        return asking.fetch(desk, part, Purpose.books)
    except Refused as away:
        return away.lines[0]


def _todo(desk: Desk, part_id: int, reading: Reading | Line) -> ToDo:
    if isinstance(reading, Line):
        return ToDo(checked=False, checked_at=at(), unmet=[Reason(code=reading.code, words=reading.words)])
    part = desk.session.get_one(Cancellation, part_id)
    lines = gates.unmet(asking.would_say(desk, part, reading, at()))
    unmet = [Reason(code=line.code, words=line.words) for line in lines]
    return ToDo(checked=True, checked_at=at(), unmet=unmet)


def _shown(desk: Desk, case: Case, todos: dict[int, ToDo]) -> CaseOut:
    clocks = desk.session.scalars(select(Clock).where(Clock.case_id == case.id).order_by(Clock.id))
    letters = desk.session.scalars(
        select(Letter).where(Letter.case_id == case.id, Letter.to_customer).order_by(Letter.id)
    )
    return CaseOut(
        reference=case.reference,
        account=case.account.ref,
        requester=case.requester,
        received_at=case.received_at,
        closed_at=case.closed_at,
        on_hold=gates.open_hold(desk, case.id) is not None,
        locations=[_place(part, todos.get(part.id)) for part in case.cancellations],
        clocks=[_clock(each) for each in clocks],
        letters=[_letter(each) for each in letters],
    )


def _place(part: Cancellation, todo: ToDo | None) -> Place:
    has_ended = part.state == State.terminated
    return Place(
        location=part.location.ref,
        name=part.location.name,
        state=part.state,
        state_since=part.state_since,
        requested_for=part.requested_for,
        agreed_for=part.agreed_for,
        review_on=part.review_on,
        runs_at=part.run_at if part.is_open else None,
        waits_for=part.waits_for,
        ended_at=part.ended_at,
        confirmation_number=confirmation_number(part) if has_ended else None,
        todo=todo,
        numbers=[_number(each) for each in part.location.numbers],
    )


def _number(row: Number) -> NumberOut:
    there = row.moved_to.ref if row.moved_to else None
    return NumberOut(number=row.e164, held=row.held, disposition=row.disposition, moved_to=there)


def _clock(row: Clock) -> ClockOut:
    return ClockOut(
        name=row.name,
        started_at=row.started_at,
        due_at=row.due_at,
        stopped_at=row.stopped_at,
        state=promises.state_of(row, at()),
    )


def _letter(row: Letter) -> LetterOut:
    return LetterOut(
        name=row.name,
        written_at=row.written_at,
        state=row.state,
        accepted_at=row.accepted_at,
        bounced_at=row.bounced_at,
    )
