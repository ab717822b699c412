"""The people at the desk and the customers who change their mind, in a process of their own.

They act through the product's own functions against the same database: every gate lies under them."""

import signal
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Event

import structlog
from sqlalchemy import Engine, Select, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from command_line.chaos import story
from command_line.chaos.trial import Size
from workflows import acting, actors, clock, logs, moments, review, talking
from workflows.actors import Actor
from workflows.desk import Desk
from workflows.errors import Overtaken, Refused, WorkflowError
from workflows.house import House, open_house
from workflows.records import Cancellation, Case, Contact, Location, User
from workflows.states import Authentication, Channel, Disposition, Outcome, State

ROUND = 0.3
PAUSE = 1.5
"""Seconds until somebody looks at the same thing again."""
MOST = 40
EIGHT_HOURS = 8 * 3600
log = structlog.get_logger()


class Staff:
    def __init__(self, house: House, engine: Engine, size: Size) -> None:
        self.house, self.engine = house, engine
        self.tried: dict[int, float] = {}
        self.leavers = {fate.ref for fate in story.fates(size) if fate.kind == "withdraws"}

    def round(self) -> None:
        """One look at everything that is open."""
        with Session(self.engine) as session:
            session.connection(execution_options={"reading": True})
            found = list(session.scalars(self._waiting()))
        now = time.monotonic()
        for each in [each for each in found if self.tried.get(each, 0) + PAUSE < now][:MOST]:
            self.tried[each] = now
            self._one(each)

    def _waiting(self) -> Select[int]:
        """What somebody should look at: people do not hammer on what runs by itself."""
        soon = clock.now() + timedelta(seconds=EIGHT_HOURS)
        leaving = Location.ref.in_(self.leavers) & (Cancellation.run_at < soon)
        theirs = Cancellation.state.in_((State.requested, State.blocked))
        return (
            select(Cancellation.id)
            .join(Location, Location.id == Cancellation.location_id)
            .where(or_(theirs, (Cancellation.state == State.scheduled) & leaving))
            .order_by(Cancellation.state_since)
        )

    def _one(self, part_id: int) -> None:
        with Session(self.engine) as session:
            desk = self.house.desk(session)
            part = session.get(Cancellation, part_id)
            act = _acts(self).get(State(part.state)) if part else None
            if part is None or act is None:
                return
            try:
                act(desk, part)
                session.commit()
            except Overtaken:
                session.rollback()
            except Refused:
                session.commit()
            except WorkflowError as other:
                session.rollback()
                log.warning("act_failed", why=str(other))

    def requested(self, desk: Desk, part: Cancellation) -> None:
        at, agent = clock.now(), _agent(desk)
        if not _was_reached(desk, part.case):
            _reach(desk, part.case, agent)
        held = [n for n in part.location.numbers if n.held]
        if any(number.disposition == Disposition.porting for number in held):
            review.defer(desk, part, by=agent, at=at)
            return
        open_ones = [n.e164 for n in held if n.disposition == Disposition.undecided]
        if open_ones:
            acting.dispose(
                desk, part, open_ones, Disposition.not_needed, by=agent, at=at, evidence="by phone"
            )
        desk.session.commit()
        today = moments.local_day(part.location, at)
        wanted = today if part.wanted_for < today else None
        acting.confirm(desk, [part], by=agent, at=at, wanted=wanted)

    def blocked(self, desk: Desk, part: Cancellation) -> None:
        acting.retry_runs(desk, [part], by=_agent(desk), at=clock.now())

    def scheduled(self, desk: Desk, part: Cancellation) -> None:
        """Whoever changes their mind does so in the last hours: that is a race with the begin."""
        at = clock.now()
        if part.location.ref not in self.leavers or part.run_at is None:
            return
        if (part.run_at - at).total_seconds() < EIGHT_HOURS:
            review.withdraw(desk, part, by=actors.customer(part.case.requester), at=at)


def _acts(staff: Staff) -> dict[State, Callable[[Desk, Cancellation], None]]:
    return {
        State.requested: staff.requested,
        State.blocked: staff.blocked,
        State.scheduled: staff.scheduled,
    }


def _agent(desk: Desk) -> Actor:
    return actors.staff(desk.session.scalars(select(User).where(User.role == "agent").limit(1)).one())


def _was_reached(desk: Desk, case: Case) -> bool:
    found = select(Contact.id).where(Contact.case_id == case.id, Contact.outcome == Outcome.reached)
    return desk.session.scalar(found.limit(1)) is not None


def _reach(desk: Desk, case: Case, agent: Actor) -> None:
    """Sometimes nobody answers at first."""
    answers = case.id % 4 != 0 or desk.session.scalar(select(Contact.id).where(Contact.case_id == case.id))
    talking.log_contact(
        desk,
        case,
        by=agent,
        at=clock.now(),
        channel=Channel.phone,
        outcome=Outcome.reached if answers else Outcome.no_answer,
        authenticated=Authentication.pin if answers else Authentication.none,
    )
    desk.session.commit()


def main(config: str, words: str) -> None:
    logs.set_up()
    leaving = Event()
    signal.signal(signal.SIGTERM, lambda *_: leaving.set())
    house = open_house(Path(config))
    engine = house.engine()
    terminations, seed = words.split(":")
    staff = Staff(house, engine, Size(int(terminations), 0, 0, int(seed)))
    while not leaving.is_set():
        try:
            staff.round()
        except SQLAlchemyError as wrong:
            log.error("database_trouble", why=str(wrong).splitlines()[0])
        time.sleep(ROUND)
    engine.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
