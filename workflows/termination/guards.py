"""What holds a run back at its moment: lateness, the stop switch, drift, approvals, caps."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import bindparam, func, select, update

from workflows import heartbeat, rows
from workflows.business_days import at_local
from workflows.desk import Desk
from workflows.errors import Line
from workflows.moments import latest_start, next_allowed
from workflows.records import Beat, Cancellation, Location, Run, Stop
from workflows.termination import plan

AN_HOUR = timedelta(minutes=60)
BEGINS = "begins"


_IN_FORCE = select(Stop).where(Stop.ended_at.is_(None)).order_by(Stop.id).limit(1)
_IS_STOPPED = select(Stop.id).where(Stop.ended_at.is_(None))
_LOCK = update(Beat).where(Beat.name == BEGINS).values(at=bindparam("at"))
_SWITCH = select(Beat.name).where(Beat.name == BEGINS).with_for_update(read=True)
_BEGUN = select(Run.begun_at).where(Run.begun_at > bindparam("hour_ago"))
_CAPS = select(
    select(func.count(Location.id)).where(Location.ended_at.is_(None)).scalar_subquery().label("active"),
    select(func.count(Run.id)).where(Run.begun_at >= bindparam("midnight")).scalar_subquery().label("today"),
    select(func.count()).select_from(_BEGUN.subquery()).scalar_subquery().label("hour"),
    _BEGUN.order_by(Run.begun_at.desc())
    .offset(bindparam("but_one"))
    .limit(1)
    .scalar_subquery()
    .label("decisive"),
)


def is_due(part: Cancellation, at: datetime) -> Line | None:
    if part.run_at is None or at < part.run_at:
        return Line("not_due", "Its moment has not come yet.")
    return None


def is_in_time(desk: Desk, part: Cancellation, at: datetime) -> Line | None:
    if at > latest_start(desk, part):
        days = desk.settings.termination.late_days
        return Line("too_late", f"Its moment passed more than {days} days ago. Agree the date again.")
    return None


def stop_in_force(desk: Desk) -> Stop | None:
    return desk.session.scalar(_IN_FORCE)


def is_stopped(desk: Desk) -> bool:
    return rows.run(desk.session, _IS_STOPPED).first() is not None


def lock_begins(desk: Desk, at: datetime) -> None:
    """One at a time: begins (their caps are counted) and the stop switch wait for each other."""
    if rows.run(desk.session, _LOCK, {"at": at}).rowcount == 0:
        heartbeat.begin(desk.session, BEGINS, at)
        rows.run(desk.session, _LOCK, {"at": at})


def pass_the_switch(desk: Desk) -> None:
    """Held by every step until its intent is on disk: a stop waits for that, and none follows it."""
    rows.run(desk.session, _SWITCH)


def is_not_stopped(desk: Desk) -> Line | None:
    return stopped_by(stop_in_force(desk))


def stopped_by(stop: Stop | None) -> Line | None:
    return Line("stopped", f"All terminations are stopped by {stop.by_whom}.") if stop else None


def is_unchanged(part: Cancellation) -> Line | None:
    if plan.build(part.location).hash != part.plan_hash:
        return Line("plan_drift", "A number, a service or a decision changed since the confirmation.")
    return None


def is_approved(desk: Desk, part: Cancellation, steps: list[str]) -> Line | None:
    if plan.is_large(desk, steps, part.location.monthly_price) and not plan.is_approved(part, steps):
        return Line("needs_second_approval", "A termination of this size needs a second manager's approval.")
    return None


@dataclass(frozen=True)
class CapLine(Line):
    """A cap that is reached, and when it next allows a begin."""

    until: datetime | None = None


@dataclass(frozen=True)
class Caps:
    """How many terminations have begun, and how many may."""

    today: int
    per_day: int
    """A share of the locations active now, rounded down, but never less than the setting says."""
    this_hour: int
    """In the last 60 minutes."""
    per_hour: int
    hour_is_full_until: datetime | None
    """When the last 60 minutes allow the next one; None where they do now."""


def caps(desk: Desk, at: datetime) -> Caps:
    settings = desk.settings.termination
    midnight = at_local(desk.calendar.local_date(at), time(0), desk.calendar.time_zone)
    asked = {"midnight": midnight, "hour_ago": at - AN_HOUR, "but_one": settings.per_hour - 1}
    found = rows.run(desk.session, _CAPS, asked).one()
    per_day = max(found.active * settings.per_day_percent // 100, settings.per_day_at_least)
    full_until = found.decisive + AN_HOUR if found.decisive else None
    return Caps(found.today, per_day, found.hour, settings.per_hour, full_until)


def is_below_caps(desk: Desk, part: Cancellation, at: datetime, known: Caps | None = None) -> Line | None:
    """The day cap first: what it holds waits longer than what the hour cap holds."""
    found = known or caps(desk, at)
    if found.today >= found.per_day:
        until = next_allowed(desk, part.location, at)
        return CapLine("cap_reached", "As many terminations as a day may have have begun today.", until=until)
    if found.hour_is_full_until:
        words = "As many terminations as an hour may have have begun."
        return CapLine("cap_reached", words, until=found.hour_is_full_until)
    return None
