"""The store hands in a cancellation request."""

from flask import Response, jsonify
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from staff_app.api import problems
from staff_app.api.models import Headers, NewRequestBody, Received
from staff_app.api.problems import Mistake
from staff_app.api.store import store
from staff_app.customers.transaction import transaction
from staff_app.desks import at, desk, house
from workflows import actors, books, intake, links
from workflows.adapters.platform import Purpose
from workflows.errors import Line, Refused
from workflows.intake import NewRequest
from workflows.records import Account, Case, Clock, Request
from workflows.states import AskedAs, ClockName


@store.post(
    "/requests",
    summary="Hand in a cancellation request",
    responses={
        "201": Received,
        "200": Received,
        **problems.documented(400, 401, 409, 413, 415, 422, 503),
    },
)
def submit(header: Headers, body: NewRequestBody) -> Response:
    """201 for a new case; 200 with the same case for a key that was used before."""
    _must_be_readable(body.account)
    try:
        case, is_new = _case_of(body, header.key)
    except Refused as wrong:
        return _refusal(wrong, body)
    return _received(case, 201 if is_new else 200)


def _must_be_readable(ref: str) -> None:
    """An account that we do not know yet can only be read. Raises Unreachable."""
    made = desk()
    is_new = books.account(made, ref) is None
    made.session.rollback()
    if is_new:
        made.platform.account(ref, Purpose.books)


def _case_of(body: NewRequestBody, key: str | None) -> tuple[Case, bool]:
    try:
        return _submitted(body, key)
    except IntegrityError:  # another process was faster: now its rows are there to be found
        return _submitted(body, key)


def _submitted(body: NewRequestBody, key: str | None) -> tuple[Case, bool]:
    with transaction() as made:
        known = made.session.scalar(select(Request.id).where(Request.key == key)) if key else None
        case = intake.submit(made, _asked(body), at=at(), by=actors.customer(body.by), key=key)
    return case, known is None


def _asked(body: NewRequestBody) -> NewRequest:
    fields = body.model_dump()
    fields["role"] = AskedAs(body.role)
    return NewRequest(**{**fields, "locations": tuple(body.locations), "switches": tuple(body.switches)})


def _received(case: Case, status: int) -> Response:
    made = desk()
    running = select(Clock.due_at).where(
        Clock.case_id == case.id, Clock.name == ClockName.first_contact, Clock.stopped_at.is_(None)
    )
    token = links.status_token(made, case, house().secrets.secret_key, at())
    said = Received(
        reference=case.reference,
        received_at=case.received_at,
        contact_by=made.session.scalar(running),
        status_url=f"{made.settings.web.public_url}/s/{token}",
    )
    answer = jsonify(said.model_dump(mode="json"))
    answer.status_code, answer.headers["Location"] = status, f"/api/v1/cases/{case.reference}"
    return answer


def _refusal(wrong: Refused, body: NewRequestBody) -> Response:
    """Each reason once; each about one location points to it."""
    account = books.account(desk(), body.account)
    lines = dict.fromkeys(wrong.lines)
    return problems.refused(wrong, [_mistake(line, body.locations, account) for line in lines])


def _mistake(line: Line, locations: list[str], account: Account | None) -> Mistake:
    if line.field == "key":
        return Mistake(detail=line.words, code=line.code, header="Idempotency-Key")
    if line.field != "locations":
        return problems.mistake(line)
    names = {place.ref: place.name for place in account.locations} if account else {}
    meant = [
        i for i, ref in enumerate(locations) if line.words.startswith((f"{ref} ", f"{names.get(ref, ref)} "))
    ]
    return problems.mistake(line, f"/locations/{meant[0]}" if len(meant) == 1 else "/locations")
