"""Work that a date causes: reviews that are due, renewals ahead, the letter `tomorrow`."""

from datetime import datetime

from sqlalchemy import BindParameter, bindparam, select

from workflows import books, rows
from workflows.actors import SYSTEM
from workflows.desk import Desk
from workflows.history import note
from workflows.letters import customer, staff
from workflows.moves import may, move
from workflows.orders import open_cancellation
from workflows.records import Cancellation, Location
from workflows.states import Action

NEXT_REVIEW = (
    select(Cancellation.review_at)
    .where(Cancellation.review_at.is_not(None))
    .order_by(Cancellation.review_at)
    .limit(1)
)
NEXT_RENEWAL_NOTICE = (
    select(Location.renewal_notice_at)
    .where(Location.renewal_notice_at.is_not(None))
    .order_by(Location.renewal_notice_at)
    .limit(1)
)
NEXT_TOMORROW = (
    select(Cancellation.tomorrow_at)
    .where(Cancellation.tomorrow_at.is_not(None))
    .order_by(Cancellation.tomorrow_at)
    .limit(1)
)

_AT: BindParameter[datetime] = bindparam("at")
_REVIEWS = (
    select(Cancellation.id)
    .where(Cancellation.review_at <= _AT)
    .order_by(Cancellation.review_at, Cancellation.id)
)
_NOTICES = (
    select(Location.id)
    .where(Location.renewal_notice_at <= _AT)
    .order_by(Location.renewal_notice_at, Location.id)
)
_TOMORROWS = (
    select(Cancellation.id)
    .where(Cancellation.tomorrow_at <= _AT)
    .order_by(Cancellation.tomorrow_at, Cancellation.id)
)


def reviews(desk: Desk, at: datetime) -> list[int]:
    return rows.ids(desk.session, _REVIEWS, {"at": at})


def wake_for_review(desk: Desk, part_id: int, at: datetime) -> None:
    """Wakes what was deferred to a date that has come."""
    part = desk.session.get_one(Cancellation, part_id)
    if may(part, Action.review_due, SYSTEM):
        move(desk, part, Action.review_due, at=at, by=SYSTEM)
        staff.review_due(desk, part, at)


def renewal_notices(desk: Desk, at: datetime) -> list[int]:
    return rows.ids(desk.session, _NOTICES, {"at": at})


def tell_renewal(desk: Desk, place_id: int, at: datetime) -> None:
    """Tells a customer who waits that the location renews in three days. Who came later gets none."""
    place = desk.session.get_one(Location, place_id)
    moment = place.renewal_notice_at
    was, now = {"renewal_notice_at": moment}, {"renewal_notice_at": _next_notice(desk, place, moment)}
    won = moment is not None and rows.compare_and_set(desk.session, place, was, now)
    part = open_cancellation(desk, place) if won else None
    if part is None or part.unsettled_since is None or moment is None or part.unsettled_since >= moment:
        return
    renews_on = books.announced(desk, moment)
    customer.renewal_ahead(desk, part, at, renews_on)
    note(desk, "renewal_ahead", at=at, by=SYSTEM, cancellation=part, renews_on=str(renews_on))


def _next_notice(desk: Desk, place: Location, told: datetime | None) -> datetime | None:
    """The notice of a renewal that was read before this one was told. None where there is none."""
    following = books.notice_at(desk, place.renews_on)
    return following if place.renewal_on and told is not None and following > told else None


def tomorrows(desk: Desk, at: datetime) -> list[int]:
    return rows.ids(desk.session, _TOMORROWS, {"at": at})


def tell_tomorrow(desk: Desk, part_id: int, at: datetime) -> None:
    """Twenty-four hours before a run, once per run moment; dropped where the run's moment has passed."""
    part = desk.session.get_one(Cancellation, part_id)
    if part.tomorrow_at is None or part.tomorrow_at > at:
        return
    was, now = {"tomorrow_at": part.tomorrow_at}, {"tomorrow_at": None}
    if rows.compare_and_set(desk.session, part, was, now) and part.run_at is not None and at < part.run_at:
        customer.tomorrow(desk, part, at)
