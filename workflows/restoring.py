"""After an older state of the database came back: stop everything, compare, go on with new references.

What was done after the backup stands in the platform's books and no longer in ours. Nothing may begin
until both were compared and a person looked at it."""

from datetime import datetime, timedelta

from sqlalchemy import exists, func, select, text

from workflows import heartbeat
from workflows.actors import SYSTEM, Actor
from workflows.desk import Desk
from workflows.errors import Line
from workflows.history import note
from workflows.records import Case, Event, Stop
from workflows.termination import guards
from workflows.termination.reconcile import reconcile

MARGIN = 1000
"""So many references are passed over: those that customers were told after the backup."""
COMPARED, RECONCILE = "compared", "reconcile"
A_DAY = timedelta(days=1)


def settle(desk: Desk, at: datetime, *, by: Actor = SYSTEM, highest: int = 0) -> int:
    """The stop switch is on, the reconciler is due, references go on beyond `highest` (a case's id).

    Returns the last id that is passed over. Done again it changes nothing but the references."""
    guards.lock_begins(desk, at)
    known = desk.session.scalar(select(func.max(Case.id))) or 0
    last = max(known, highest) + MARGIN
    _pass_over(desk, last)
    if own_stop(desk) is None:
        desk.session.add(Stop(at=at, by_id=None, reason="The database was restored from a backup."))
    heartbeat.put(desk.session, RECONCILE, at - A_DAY)
    note(desk, "restored", at=at, by=by, highest=known, passed_over=last)
    desk.session.flush()
    return last


def own_stop(desk: Desk) -> Stop | None:
    return desk.session.scalar(select(Stop).where(Stop.ended_at.is_(None), Stop.by_id.is_(None)))


def _pass_over(desk: Desk, last: int) -> None:
    """The next case's id is above `last`."""
    session, name = desk.session, {"last": last}
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("""SELECT setval(pg_get_serial_sequence('"case"', 'id'), :last)"""), name)
        return
    session.execute(text("DELETE FROM sqlite_sequence WHERE name = 'case'"))
    session.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES ('case', :last)"), name)


def compare(desk: Desk, at: datetime) -> int:
    """The reconciler; that it could read everything is kept. Returns how many findings are new. Commits."""
    new = reconcile(desk, at, desk.session.commit)
    desk.session.flush()
    unread = exists().where(Event.name == "reconciler_could_not_read", Event.at == at)
    if not desk.session.scalar(select(unread)):
        heartbeat.put(desk.session, COMPARED, at)
    return new


def not_compared(desk: Desk, stop: Stop) -> list[Line]:
    """Why nobody may start again yet after a restore."""
    seen = heartbeat.last(desk.session, [COMPARED]).get(COMPARED)
    if stop.by_id is not None or (seen is not None and seen >= stop.at):
        return []
    words = "The database was restored and is not compared with the platform yet. The scheduler does that"
    return [Line("stopped", f"{words} as soon as the platform can be read; start again after it.")]
