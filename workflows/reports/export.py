"""A case as one JSON object: everything that the desk knows of it, for audits and for the customer."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import inspect, select

from workflows.desk import Desk
from workflows.errors import Refused
from workflows.promises import state_of
from workflows.records import (
    Base,
    Cancellation,
    Case,
    Clock,
    Contact,
    Event,
    File,
    Finding,
    Hold,
    Letter,
    Override,
    PortOrder,
    PortOrderNumber,
    Request,
    Run,
)
from workflows.records.base import Row

FIRST = 1000
"""References count from here: C-1001 is the row 1."""


def find(desk: Desk, reference: str) -> Case:
    """The case of a reference such as C-1001. Raises Refused."""
    number = re.fullmatch(r"C-(\d{4,12})", reference.strip().upper())
    case = desk.session.get(Case, int(number[1]) - FIRST) if number else None
    if case is None:
        raise Refused.because("invalid", f"There is no case {reference}.")
    return case


def whole_case(desk: Desk, reference: str, at: datetime) -> Row:
    case = find(desk, reference)
    account = case.account
    return {
        "reference": case.reference,
        "exported_at": at.isoformat(),
        **_plain(case),
        "account": {**_plain(account), "people": [_plain(each) for each in account.people]},
        "request": _plain_all(_of(desk, Request, case)),
        "cancellations": [_cancellation(desk, each) for each in case.cancellations],
        "clocks": [{**_plain(each), "state": state_of(each, at)} for each in _of(desk, Clock, case)],
        "contacts": _plain_all(_of(desk, Contact, case)),
        "letters": _plain_all(_of(desk, Letter, case)),
        "files": _plain_all(_of(desk, File, case)),
        "holds": _plain_all(_of(desk, Hold, case)),
        "findings": _plain_all(_of(desk, Finding, case)),
        "events": _plain_all(_of(desk, Event, case)),
    }


def _cancellation(desk: Desk, part: Cancellation) -> Row:
    runs = desk.session.scalars(select(Run).where(Run.cancellation_id == part.id).order_by(Run.id))
    overrides = select(Override).where(Override.cancellation_id == part.id).order_by(Override.id)
    place = part.location
    return {
        **_plain(part),
        "location": {**_plain(place), "numbers": _plain_all(place.numbers)},
        "port_orders": [{**_plain(each), "numbers": each.e164s} for each in _orders(desk, part)],
        "overrides": _plain_all(desk.session.scalars(overrides)),
        "runs": [_run(each) for each in runs],
    }


def _run(run: Run) -> Row:
    steps = [{**_plain(step), "calls": _plain_all(step.calls)} for step in run.steps]
    return {**_plain(run), "steps": steps}


def _orders(desk: Desk, part: Cancellation) -> list[PortOrder]:
    here = [number.e164 for number in part.location.numbers]
    theirs = select(PortOrderNumber.order_id).where(PortOrderNumber.e164.in_(here))
    found = select(PortOrder).where(
        PortOrder.account_id == part.location.account_id, PortOrder.id.in_(theirs)
    )
    return list(desk.session.scalars(found.order_by(PortOrder.id)))


def _of(desk: Desk, noun: Any, case: Case) -> list[Any]:
    return list(desk.session.scalars(select(noun).where(noun.case_id == case.id).order_by(noun.id)))


def _plain_all(rows: Iterable[Base]) -> list[Row]:
    return [_plain(row) for row in rows]


def _plain(row: Base) -> Row:
    """The columns of a row as JSON has them, but for the content of files."""
    columns = [each.key for each in inspect(row).mapper.column_attrs if not each.deferred]
    return {key: _said(getattr(row, key)) for key in columns}


def _said(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
