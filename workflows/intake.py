"""A request comes in and becomes a case with its promise (product rules, section 1)."""

import re
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from workflows import books, findable, hazards, rows, turns
from workflows.actors import Actor
from workflows.desk import Desk
from workflows.errors import Line, Refused, Unreachable
from workflows.history import note
from workflows.letters import customer
from workflows.moments import local_day
from workflows.orders import open_cancellation
from workflows.promises import start
from workflows.records import Account, Cancellation, Case, Location, Request
from workflows.records.base import Row
from workflows.standing import restand
from workflows.states import AskedAs, ClockName, State

ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True)
class NewRequest:
    """What the customer sent. `switches` are the locations turned on; all must be."""

    account: str
    locations: tuple[str, ...]
    requested_for: date
    reason: str
    by: str
    switches: tuple[str, ...]
    confirmed: bool
    category: str | None = None
    wish: str = ""
    role: AskedAs = AskedAs.customer
    authority: str = ""
    """By what a new provider asks as the customer's agent, such as a signed letter."""

    @property
    def content(self) -> dict[str, Any]:
        """For comparing two requests under one key: the order of locations says nothing."""
        said = asdict(self)
        if self.role == AskedAs.customer:
            del said["role"], said["authority"]
        return {
            **said,
            "locations": sorted(set(self.locations)),
            "switches": sorted(set(self.switches)),
            "requested_for": self.requested_for.isoformat(),
        }


def submit(
    desk: Desk, request: NewRequest, *, at: datetime, by: Actor, key: str | None = None, came_by: str = "api"
) -> Case:
    """The case of a request; the same case again for the same key and content.

    Raises Refused (`invalid`, `duplicate`, `conflict`), Unreachable."""
    known = _under_key(desk, key)
    if known is not None:
        if known.content != request.content:
            raise Refused.because("conflict", "This key was used before with another content.", "key")
        return known.case
    account = _read_account(desk, request.account, at)
    for place in account.locations if account else ():
        hazards.look(desk, place, at)
    problems = [*_own_problems(desk, request), *_problems(desk, account, request, at)]
    if problems:
        raise Refused(*problems)
    assert account is not None
    case = _new_case(desk, account, request, at)
    rows.add(desk.session, Request, _request_row(case, request, key, came_by))
    note(desk, "submitted", at=at, by=by, case=case, came_by=came_by, locations=list(request.locations))
    turns.give(desk, case, at)
    start(desk, case, ClockName.first_contact, at)
    restand(desk, case, at)
    customer.received(desk, case, at)
    return case


def _under_key(desk: Desk, key: str | None) -> Request | None:
    return None if key is None else desk.session.scalar(select(Request).where(Request.key == key))


def _read_account(desk: Desk, ref: str, at: datetime) -> Account | None:
    """The account as read now; as last read where the platform is away: the request is not lost.
    Of one that we never read nothing can be said then. Raises Unreachable.

    No transaction is open while the platform answers."""
    desk.session.commit()
    try:
        return books.read(desk, ref, at)
    except Unreachable:
        known = books.account(desk, ref)
        if known is None:
            raise
        return known


def _own_problems(desk: Desk, request: NewRequest) -> list[Line]:
    """What is wrong whatever the account is."""
    categories = desk.settings.request.reasons
    checks = (
        (not request.locations, "Choose at least one location.", "locations"),
        (
            set(request.switches) != set(request.locations),
            "Switch on each location, or leave it out.",
            "switches",
        ),
        (not request.confirmed, "Confirm once more that you want this.", "confirmed"),
        (not request.reason.strip(), "Say why you are leaving.", "reason"),
        (
            request.role == AskedAs.new_provider and not request.authority.strip(),
            "Say by what authority the new provider asks for the customer.",
            "authority",
        ),
        (not ADDRESS.fullmatch(request.by.strip()), "Give an e-mail address to answer to.", "by"),
        (
            bool(request.category) and request.category not in categories,
            "Choose a reason from the list.",
            "category",
        ),
    )
    return [Line("invalid", words, field) for wrong, words, field in checks if wrong]


def _problems(desk: Desk, account: Account | None, request: NewRequest, at: datetime) -> list[Line]:
    if account is None:
        return [Line("invalid", f"We know no account {request.account}.", "account")]
    known = {each.ref: each for each in account.locations}
    lines = []
    for ref in dict.fromkeys(request.locations):
        place = known.get(ref)
        if place is None or place.ended_at is not None:
            words = (
                f"{ref} is no location of this account."
                if place is None
                else f"{place.name} has ended already."
            )
            lines.append(Line("invalid", words, "locations"))
        else:
            lines += [*_place_problems(desk, place, request, at), *_law_problems(place, request)]
    return lines


def _place_problems(desk: Desk, place: Location, request: NewRequest, at: datetime) -> list[Line]:
    lines = date_problems(desk, place, request.requested_for, at, "requested_for")
    if (part := open_cancellation(desk, place)) is not None:
        words = f"{place.name} has an open request already: {part.case.reference}."
        lines.append(Line("duplicate", words, "locations"))
    return lines


def _law_problems(place: Location, request: NewRequest) -> list[Line]:
    if request.role == AskedAs.customer or place.is_canadian:
        return []
    words = f"Only in Canada may a new provider ask for its customer. {place.name} is not there."
    return [Line("invalid", words, "role")]


def date_problems(desk: Desk, place: Location, day: date, at: datetime, field: str) -> list[Line]:
    """`invalid` for a day that is past in the location's time zone, or too far away."""
    today = local_day(place, at)
    latest = today + timedelta(days=desk.settings.request.latest_days)
    if day < today:
        return [Line("invalid", f"Choose a date from {today:%a %-d %b %Y} on.", field)]
    if day > latest:
        return [Line("invalid", f"Choose a date up to {latest:%a %-d %b %Y}.", field)]
    return []


def _new_case(desk: Desk, account: Account, request: NewRequest, at: datetime) -> Case:
    case = Case(account_id=account.id, requester=request.by.strip(), received_at=at, queue_at=at)
    case.customer, case.wanted_for = findable.plain(account.name), request.requested_for
    rows.write(desk.session, case)
    known = {each.ref: each for each in account.locations}
    parts = [_new_part(desk, case, known[ref], request, at) for ref in dict.fromkeys(request.locations)]
    rows.show(case, {"account": account, "cancellations": parts, "clocks": [], "words": []})
    findable.name_case(case)
    return case


def _new_part(desk: Desk, case: Case, place: Location, request: NewRequest, at: datetime) -> Cancellation:
    part = Cancellation(
        case_id=case.id,
        location_id=place.id,
        state=State.requested,
        state_since=at,
        unsettled_since=at,
        requested_for=request.requested_for,
    )
    rows.write(desk.session, part)
    rows.show(part, {"case": case, "location": place})
    return part


def _request_row(case: Case, request: NewRequest, key: str | None, came_by: str) -> Row:
    return {
        "case_id": case.id,
        "key": key,
        "content": request.content,
        "requested_for": request.requested_for,
        "reason": request.reason,
        "category": request.category,
        "wish": request.wish,
        "came_by": came_by,
    }
