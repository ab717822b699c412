"""Beginning a run: gate B at its moment, oldest first (product rules, sections 3 and 5)."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, select

from workflows import asking, gates, moments, porting, rows
from workflows.actors import SYSTEM
from workflows.desk import Desk
from workflows.errors import Line, Refused
from workflows.history import note
from workflows.letters import staff
from workflows.moves import move
from workflows.records import Cancellation, DayNotice
from workflows.states import Action, State
from workflows.termination import guards, ledger
from workflows.termination.guards import CapLine

A_MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


NEXT_BEGIN = (
    select(Cancellation.begin_at)
    .where(Cancellation.begin_at.is_not(None))
    .order_by(Cancellation.begin_at)
    .limit(1)
)
_STANDS = select(Cancellation.state, Cancellation.begin_at).where(Cancellation.id == bindparam("part"))
_DUE = (
    select(Cancellation.id)
    .where(Cancellation.begin_at <= bindparam("at"), Cancellation.state == State.scheduled)
    .order_by(Cancellation.run_at, Cancellation.id)
)


def due(desk: Desk, at: datetime) -> list[int]:
    """The cancellations of which gate B is asked now, oldest moment first."""
    return rows.ids(desk.session, _DUE, {"at": at})


def try_to_begin(desk: Desk, part: Cancellation, at: datetime) -> None:
    """Asks gate B and begins, waits or moves it. One transaction; the platform is read before it."""
    try:
        reading = asking.fetch(desk, part)
    except Refused as away:
        part.begin_at = at + A_MINUTE
        note(desk, "begin_put_off", at=at, by=SYSTEM, cancellation=part, why=str(away))
        return
    guards.lock_begins(desk, at)
    rows.show(part, rows.run(desk.session, _STANDS, {"part": part.id}).mappings().one())
    if part.state == State.scheduled and part.begin_at is not None and part.begin_at <= at:
        asking.follow(desk, part, reading, at)
    if part.state == State.scheduled:
        _decide(desk, part, gates.gate_b(desk, part, at), at)


def _decide(desk: Desk, part: Cancellation, lines: list[Line], at: datetime) -> None:
    codes = {line.code for line in lines}
    if not codes:
        _begin(desk, part, at)
    elif "port_pending" in codes:
        porting.late_port(desk, part, at)
    elif codes - gates.ONLY_WAITS:
        porting.recheck(
            desk, part, at, " ".join(line.words for line in lines if line.code not in gates.ONLY_WAITS)
        )
    else:
        _wait(desk, part, lines, at)


def _begin(desk: Desk, part: Cancellation, at: datetime) -> None:
    move(desk, part, Action.begin, at=at, by=SYSTEM)
    ledger.open_ledger(desk, part, part.plan["steps"], at)


def _wait(desk: Desk, part: Cancellation, lines: list[Line], at: datetime) -> None:
    """It stays scheduled; asked again when the cap allows it, when it becomes too late, or when
    whoever holds it lets go (see `waiting.py`)."""
    codes = sorted({line.code for line in lines})
    if codes != part.waits_for:
        note(
            desk,
            "begin_waits",
            at=at,
            by=SYSTEM,
            cancellation=part,
            why=" ".join(each.words for each in lines),
        )
    part.waits_for = codes
    too_late = moments.latest_start(desk, part) + SECOND
    until = next((line.until for line in lines if isinstance(line, CapLine) and line.until), too_late)
    part.begin_at = min(until, too_late)
    if "cap_reached" in codes:
        _tell_cap(desk, part, at, until)


def _tell_cap(desk: Desk, part: Cancellation, at: datetime, until: datetime) -> None:
    """Managers are alerted once a day of the office."""
    today = desk.calendar.local_date(at)
    if desk.session.get(DayNotice, ("cap_reached", today)) is None:
        desk.session.add(DayNotice(name="cap_reached", day=today))
        staff.cap_reached(desk, at, [part], until)
