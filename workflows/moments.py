"""The moment of a run (product rules, section 5, "When").

Days are the location's, business days the office's."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, select

from workflows import rows
from workflows.business_days import at_local
from workflows.desk import Desk
from workflows.records import Cancellation, Location, Number, PortOrder, PortOrderNumber
from workflows.states import Disposition, OrderState

A_DAY = timedelta(hours=24)
_PORTED = select(Number.e164).where(
    Number.location_id == bindparam("place"), Number.disposition == Disposition.ported
)
_LAST_COMPLETION = (
    select(func.max(PortOrder.completed_at))
    .join(PortOrderNumber)
    .where(PortOrder.state == OrderState.completed, PortOrderNumber.e164.in_(_PORTED))
)


def local_day(location: Location, at: datetime) -> date:
    return at.astimezone(ZoneInfo(location.time_zone)).date()


def run_moment(desk: Desk, part: Cancellation, wanted: date, at: datetime) -> datetime:
    """When it ends if it is confirmed at `at` for the day `wanted` (UTC)."""
    return moment_after(desk, part.location, wanted, at, _last_completion(desk, part.location))


def moment_after(
    desk: Desk, location: Location, wanted: date, at: datetime, ported_at: datetime | None
) -> datetime:
    """The same, where the last port completion of its numbers is at hand or expected."""
    day = max(wanted, local_day(location, at), grace_day(desk, location, ported_at))
    moment = on_day(desk, location, day)
    if moment < at:
        moment = on_day(desk, location, local_day(location, moment) + timedelta(days=1))
    return moment


def on_day(desk: Desk, location: Location, day: date) -> datetime:
    """`run_at` on a day, or on the next business day where only those are allowed (never back)."""
    settings = desk.settings.termination
    if not settings.weekends:
        day = desk.calendar.next_business_day(day)
    return at_local(day, settings.run_at, location.time_zone)


def end_of_day(location: Location, at: datetime) -> datetime:
    """The last second of the day at the location."""
    tomorrow = local_day(location, at) + timedelta(days=1)
    return at_local(tomorrow, time(0), location.time_zone) - timedelta(seconds=1)


def next_allowed(desk: Desk, location: Location, at: datetime) -> datetime:
    """The location's next `run_at` on a later day of the office than `at`: for what the day cap holds."""
    today = desk.calendar.local_date(at)
    day = local_day(location, at)
    moment = on_day(desk, location, day)
    while moment <= at or desk.calendar.local_date(moment) <= today:
        day += timedelta(days=1)
        moment = on_day(desk, location, day)
    return moment


def latest_start(desk: Desk, part: Cancellation) -> datetime:
    """The last instant at which a run is not too late: `late_days` calendar days after its moment."""
    assert part.run_at is not None
    zone = ZoneInfo(part.location.time_zone)
    planned = part.run_at.astimezone(zone)
    day = planned.date() + timedelta(days=desk.settings.termination.late_days)
    return at_local(day, planned.time(), part.location.time_zone)


def _last_completion(desk: Desk, location: Location) -> datetime | None:
    """When the last port of its numbers completed, as first told."""
    return rows.run(desk.session, _LAST_COMPLETION, {"place": location.id}).scalar()


def grace_day(desk: Desk, location: Location, ported_at: datetime | None) -> date:
    """The day of the last port completion and the days of grace."""
    if ported_at is None:
        return date.min
    return desk.calendar.add_business_days(
        local_day(location, ported_at), desk.settings.termination.port_grace_days
    )


def next_on_grid(after: datetime, minutes: int, zone: ZoneInfo) -> datetime:
    """The next point of the clock's grid (:00, :15, …) strictly after an instant (UTC)."""
    local = after.astimezone(zone)
    past = local.hour * 60 + local.minute
    wait = minutes - past % minutes
    start = after.replace(second=0, microsecond=0)
    return (start + timedelta(minutes=wait)).astimezone(UTC)


def next_daily(after: datetime, desk: Desk) -> datetime:
    """The next `reconcile_at` of the office strictly after an instant (UTC)."""
    day = desk.calendar.local_date(after)
    at = desk.settings.termination.reconcile_at
    today = at_local(day, at, desk.calendar.time_zone)
    return today if today > after else at_local(day + timedelta(days=1), at, desk.calendar.time_zone)
