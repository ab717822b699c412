"""What is done by the clock and not by a row: the poll, the reconciler, the digest, tidying up.

Each turn is claimed in the database, so that of several schedulers one does it. A turn of the
reconciler that nobody took is made up for once; a missed poll waits for the next point of the grid."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import structlog
from sqlalchemy import delete

from workflows import heartbeat, porting, restoring, retention, team, verifying
from workflows.business_days import at_local
from workflows.desk import Desk
from workflows.errors import Unreachable
from workflows.jobs import POISON, Shift
from workflows.letters import staff
from workflows.moments import next_daily, next_on_grid
from workflows.records import Link
from workflows.reports import digest

A_DAY = timedelta(days=1)
log = structlog.get_logger()


@dataclass(frozen=True)
class Round:
    name: str
    words: str
    how_often: str
    next_after: Callable[[Desk, datetime], datetime]
    """The next turn strictly after an instant (UTC)."""
    do: Callable[[Desk, datetime], None]
    """Does one turn; it may commit."""
    is_made_up: bool = True
    """Whether a turn that fell into a scheduler's absence is made up for."""


def poll(desk: Desk, at: datetime) -> None:
    """Asks the carriers what changed. Nothing is locked while they answer; each order is one transaction."""
    after = porting.seen(desk)
    desk.session.commit()
    try:
        changed = desk.carrier.changes(after)
    except Unreachable as why:
        porting.could_not_read(desk, at, str(why))
        return
    porting.could_read(desk, at)
    desk.session.commit()
    for book in changed:
        try:
            porting.take(desk, book, at)
            desk.session.commit()
        except Exception:
            desk.session.rollback()
            log.exception("order_passed_over", order=book.ref)


def next_poll(desk: Desk, after: datetime) -> datetime:
    return next_on_grid(after, desk.settings.ports.poll_minutes, desk.settings.zone)


def compare(desk: Desk, at: datetime) -> None:
    """The reconciler, with nothing locked while the platform answers."""
    restoring.compare(desk, at)


def next_compare(desk: Desk, after: datetime) -> datetime:
    return next_daily(after, desk)


def tell_the_day(desk: Desk, at: datetime) -> None:
    """The digest. One of a day that is over is dropped."""
    today = desk.calendar.local_date(at)
    if desk.calendar.is_business_day(today) and desk.calendar.opening(today) <= at:
        staff.digest(desk, at, digest.lists(desk, at))


def next_digest(desk: Desk, after: datetime) -> datetime:
    day = desk.calendar.local_date(after)
    if desk.calendar.is_business_day(day) and (opening := _opening(desk, day)) > after:
        return opening
    return _opening(desk, desk.calendar.add_business_days(day, 1))


def _opening(desk: Desk, day: date) -> datetime:
    return desk.calendar.opening(day)


def tidy(desk: Desk, at: datetime) -> None:
    """Links that expired more than a day ago."""
    desk.session.execute(delete(Link).where(Link.expires_at < at - A_DAY))


def next_tidy(desk: Desk, after: datetime) -> datetime:
    return after + A_DAY


def turn_days(desk: Desk, at: datetime) -> None:
    """Absences that begin or end with the day."""
    team.turn_days(desk, at)


def next_day(desk: Desk, after: datetime) -> datetime:
    """The next midnight of the office."""
    day = desk.calendar.local_date(after) + A_DAY
    return at_local(day, time(0), desk.calendar.time_zone)


def let_go(desk: Desk, at: datetime) -> None:
    """Anonymises what is kept long enough, a case at a time, so that nobody waits for the whole."""
    while found := retention.due(desk, at):
        for case_id in found:
            retention.anonymise(desk, case_id, at)
            desk.session.commit()


def anchor(desk: Desk, at: datetime) -> None:
    """One digest over the day's lines of the history."""
    verifying.anchor(desk.session, at)


POLL = Round(
    "poll",
    "asks the carriers for changed port orders",
    "every ports.poll_minutes",
    next_poll,
    poll,
    is_made_up=False,
)
RECONCILE = Round(
    "reconcile", "compares platform and desk", "daily at termination.reconcile_at", next_compare, compare
)
DIGEST = Round(
    "digest", "tells managers of the day", "at opening on business days", next_digest, tell_the_day
)
TIDY = Round("tidy", "removes expired links", "daily", next_tidy, tidy)
AWAY = Round("away", "lets absences begin and end", "daily at midnight of the office", next_day, turn_days)
ANCHOR = Round("anchor", "anchors the history", "daily at midnight of the office", next_day, anchor)
RETENTION = Round(
    "retention", "anonymises what is kept long enough", "daily at midnight of the office", next_day, let_go
)
ROUNDS = (POLL, RECONCILE, DIGEST, TIDY, AWAY, RETENTION, ANCHOR)


def begin(desk: Desk, at: datetime) -> None:
    """A scheduler starts: turns are counted from now where none was ever done.

    Where no scheduler was alive, a missed poll is passed over."""
    known = heartbeat.last(desk.session, [each.name for each in ROUNDS])
    was_alive = heartbeat.is_alive(desk.session, at)
    for each in ROUNDS:
        if each.name not in known or not (was_alive or each.is_made_up):
            heartbeat.put(desk.session, each.name, at)
    heartbeat.beat(desk.session, at)


def due(desk: Desk, at: datetime) -> dict[str, datetime]:
    """The rounds whose turn has come, and when each was last done."""
    known = heartbeat.last(desk.session, [each.name for each in ROUNDS])
    return {
        each.name: known[each.name]
        for each in ROUNDS
        if each.name in known and each.next_after(desk, known[each.name]) <= at
    }


def do(shift: Shift, each: Round, seen: datetime) -> bool:
    """One turn, once among all schedulers. A failure is logged and tried again after a while."""
    desk, at = shift.desk, shift.now()
    if shift.put_off.get((each.name, 0), at) > at or not heartbeat.claim(desk.session, each.name, seen, at):
        desk.session.commit()
        return False
    desk.session.commit()
    try:
        each.do(desk, at)
        desk.session.commit()
    except Exception as wrong:
        desk.session.rollback()
        shift.put_off[each.name, 0] = at + POISON
        heartbeat.give_back(desk.session, each.name, seen, type(wrong).__name__)
        desk.session.commit()
        log.exception("put_off", job=each.name)
    return True
