"""Gathers what letters say from the rows, as JSON. Numbers are cut to their last 4 digits here."""

import re
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from workflows import refunds, rows
from workflows.desk import Desk
from workflows.letters.wording import hide_these, last_four
from workflows.records import Cancellation, Case, Contact, Location, Number, PortOrder, PortOrderNumber, Run
from workflows.records.base import Row
from workflows.states import Authentication, Disposition, OrderState, Outcome, State

OPEN_ORDERS = (OrderState.requested, OrderState.committed)
FAILED_ORDERS = (OrderState.rejected, OrderState.cancelled)

_NUMBERS = (
    select(Number.e164)
    .join(Cancellation, Cancellation.location_id == Number.location_id)
    .where(Cancellation.case_id == bindparam("case"))
)
_HERE = select(Number.e164).where(Number.location_id == bindparam("place"))
_ORDERS = (
    select(PortOrder)
    .where(
        PortOrder.account_id == bindparam("account"),
        PortOrder.id.in_(select(PortOrderNumber.order_id).where(PortOrderNumber.e164.in_(_HERE))),
    )
    .order_by(PortOrder.id)
)
_PROVED = (
    select(Contact)
    .where(
        Contact.case_id == bindparam("case"),
        (Contact.outcome == Outcome.reached) | (Contact.outcome == Outcome.signed),
        Contact.authenticated != Authentication.none,
        Contact.struck_at.is_(None),
        Contact.cancellation_id.is_(None) | (Contact.cancellation_id == bindparam("part")),
    )
    .order_by(Contact.at.desc(), Contact.id.desc())
    .limit(1)
)
_NEWEST_RUN = select(Run).where(Run.cancellation_id == bindparam("part")).order_by(Run.id.desc()).limit(1)


def common(desk: Desk, letter: str, at: datetime, case: Case | None = None) -> Row:
    """What every letter may say."""
    provider = desk.settings.provider
    return {
        "letter": letter,
        "reference": case.reference if case else "",
        "account": case.account.name if case else "",
        "provider": {"name": provider.name, "phone": provider.phone, "email": provider.email},
        "currency": provider.currency,
        "zone": desk.calendar.time_zone,
        "today": desk.calendar.local_date(at).isoformat(),
    }


def place(location: Location) -> Row:
    return {
        "location": location.name,
        "zone": location.time_zone,
        "canadian": location.is_canadian,
        "price": str(location.monthly_price),
        "renews_on": location.renews_on.isoformat() if location.renewal_on else None,
        "trunks": location.trunks,
        "services": list(location.services),
    }


def part(cancellation: Cancellation) -> Row:
    """One location's part of a case; most causes of letters are one."""
    return {
        **place(cancellation.location),
        "cancellation": cancellation.id,
        "state": cancellation.state,
        "asked_for": cancellation.requested_for.isoformat(),
        "refund": refund(cancellation),
        **run_moment(cancellation),
    }


SETTLED = (State.scheduled, State.terminating, State.blocked, State.terminated)


def refund(cancellation: Cancellation) -> Row | None:
    """What the law of the location has paid back; the sum only once the last day is settled."""
    back = refunds.of(cancellation)
    if back is None:
        return None
    is_set = cancellation.state in SETTLED
    return {
        "last_day": back.last_day.isoformat() if is_set else None,
        "days": back.days,
        "amount": str(back.amount),
        "per_day": str(back.per_day),
    }


def run_moment(cancellation: Cancellation) -> Row:
    """When it ends: the instant, and its day and time at the location."""
    if cancellation.run_at is None:
        return {"run_at": None, "on": None, "time": None}
    local = cancellation.run_at.astimezone(ZoneInfo(cancellation.location.time_zone))
    return {"run_at": local.isoformat(), "on": local.date().isoformat(), "time": f"{local:%H:%M}"}


def local_date(location: Location, at: datetime) -> str:
    """The ISO date at the location."""
    return at.astimezone(ZoneInfo(location.time_zone)).date().isoformat()


# Numbers


def numbers_by_fate(location: Location) -> list[Row]:
    """Each number that is or was at the location and what happens to it."""
    return [
        {
            "number": number.last_four,
            "fate": number.disposition,
            "to": number.moved_to.name if number.moved_to else None,
        }
        for number in location.numbers
        if number.held or number.disposition in (Disposition.ported, Disposition.moved)
    ]


def endings_of(location: Location, *, disposed: Collection[str], held: bool | None = None) -> list[str]:
    return [
        number.last_four
        for number in location.numbers
        if number.disposition in disposed and held in (None, number.held)
    ]


def private(desk: Desk, case: Case, text: str) -> str:
    """Free text with the case's own numbers cut to their last 4 digits."""
    if len(re.sub(r"\D", "", text)) < 7:
        return text
    return hide_these(text, rows.run(desk.session, _NUMBERS, {"case": case.id}).scalars())


# Port orders


def orders(desk: Desk, location: Location, states: Collection[str]) -> list[PortOrder]:
    """The location's port orders in these states, the newest last."""
    asked = {"account": location.account_id, "place": location.id}
    return [order for order in desk.session.scalars(_ORDERS, asked) if order.state in states]


def order_facts(location: Location, order: PortOrder) -> Row:
    here = {number.e164 for number in location.numbers}
    return {
        "order": order.ref,
        "state": order.state,
        "foc": order.foc.isoformat() if order.foc else None,
        "numbers": [last_four(each) for each in order.e164s if each in here],
    }


def transfers(desk: Desk, location: Location) -> list[Row]:
    """The open orders of a location, then the numbers disposed `porting` of which no order is known."""
    known = [order_facts(location, order) for order in orders(desk, location, OPEN_ORDERS)]
    ordered = {number for row in known for number in row["numbers"]}
    porting = endings_of(location, disposed=[Disposition.porting])
    rest = [number for number in porting if number not in ordered]
    return [*known, {"order": None, "state": None, "foc": None, "numbers": rest}] if rest else known


# People and runs


def agreement(desk: Desk, cancellation: Cancellation) -> Row:
    """Who agreed to the end, when and how; without a person where a manager's word stood in for it."""
    asked = {"case": cancellation.case_id, "part": cancellation.id}
    contact = desk.session.scalar(_PROVED, asked)
    if contact is None:
        return {"agreed_by": None, "agreed_how": None, "agreed_at": None}
    how = "page" if contact.outcome == Outcome.signed else contact.channel
    who = person_name(cancellation.case, contact.person)
    return {"agreed_by": who, "agreed_how": how, "agreed_at": contact.at.isoformat()}


def person_name(case: Case, address: str) -> str:
    known = case.account.person(address)
    return known.name if known and known.name else address


def newest_run(desk: Desk, cancellation: Cancellation) -> Run | None:
    return desk.session.scalar(_NEWEST_RUN, {"part": cancellation.id})


def step_name(name: str) -> str:
    """A step's name without more of a number than its last 4 digits."""
    kind, _, number = name.partition(":")
    return f"{kind}:{last_four(number)}" if number else kind


def each_once(addresses: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(address for address in addresses if address))


def iso(instant: datetime | None) -> Any:
    return None if instant is None else instant.isoformat()
