"""When a deferred cancellation is looked at again (product rules, section 3, "Review date")."""

from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, or_, select

from workflows.actors import SYSTEM
from workflows.desk import Desk
from workflows.history import note
from workflows.records import Cancellation, Location, Number, PortOrder, PortOrderNumber
from workflows.states import Disposition, OrderState

OPEN = or_(PortOrder.state == OrderState.requested, PortOrder.state == OrderState.committed)
_HERE = select(Number.e164).where(
    Number.location_id == bindparam("place"), Number.held | (Number.disposition == Disposition.porting)
)
OPEN_ORDERS = (
    select(PortOrder)
    .where(OPEN, PortOrder.id.in_(select(PortOrderNumber.order_id).where(PortOrderNumber.e164.in_(_HERE))))
    .order_by(PortOrder.id)
)


def open_orders(desk: Desk, location: Location) -> list[PortOrder]:
    """The open port orders of the numbers that are at the location, or believed to be porting from it."""
    return list(desk.session.scalars(OPEN_ORDERS, {"place": location.id}))


def latest_foc(desk: Desk, location: Location) -> date | None:
    """The latest known FOC date of its open orders, in the office's time zone."""
    dates = [desk.calendar.local_date(each.foc) for each in open_orders(desk, location) if each.foc]
    return max(dates, default=None)


def default(desk: Desk, part: Cancellation, at: datetime, deferred_on: date) -> date:
    """The FOC date and `after_foc_days`; `default_days` from the deferral where that is not ahead."""
    foc = latest_foc(desk, part.location)
    if foc is not None:
        after = foc + timedelta(days=desk.settings.defer.after_foc_days)
        if after > desk.calendar.local_date(at):
            return after
    return deferred_on + timedelta(days=desk.settings.defer.default_days)


def set_review(desk: Desk, part: Cancellation, at: datetime, day: date | None) -> None:
    """Sets a person's date, or the default where `day` is None. Call it before the move."""
    today = desk.calendar.local_date(at)
    part.deferred_on = today
    part.review_is_default = day is None
    _put(desk, part, day or default(desk, part, at, today))


def follow_foc(desk: Desk, part: Cancellation, at: datetime) -> None:
    """A default date follows a changed or first known FOC date."""
    if part.review_is_default and part.deferred_on is not None:
        _put(desk, part, default(desk, part, at, part.deferred_on))
        note(desk, "review_moved", at=at, by=SYSTEM, cancellation=part, review_on=str(part.review_on))


def _put(desk: Desk, part: Cancellation, day: date) -> None:
    part.review_on = day
    part.review_at = desk.calendar.opening(day)
