"""A customer withdraws in the very moment in which the run begins: exactly one wins, both hear the truth."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from workflows import acting, actors, books, intake, review, talking
from workflows.adapters.sandbox import Books
from workflows.desk import Desk
from workflows.errors import Refused
from workflows.house import House
from workflows.intake import NewRequest
from workflows.records import Cancellation, Letter, Run, User
from workflows.states import Authentication, Channel, Disposition, Outcome, State
from workflows.termination import beginning

OWNER = "pat@races.example"
PATIENCE = 60


@dataclass(frozen=True)
class Race:
    """How one race ended: what each side was told, and what stands in the rows."""

    state: State
    withdrawal: str
    """Empty where the withdrawal was accepted, else what the customer was told."""
    begin: str
    letters: int
    runs: int

    @property
    def trouble(self) -> str:
        """What is wrong about it; empty where exactly one won and both know."""
        facts = (bool(self.withdrawal), self.letters, self.runs)
        if self.state == State.withdrawn:
            return "" if facts == (False, 1, 0) else f"withdrawn, but {self}"
        if self.state == State.terminating:
            told = "no longer allows this" in self.withdrawal
            return "" if facts == (True, 0, 1) and told and not self.begin else f"begun, but {self}"
        return f"neither side won: {self}"


def set_out(
    house: House, engine: Engine, shelves: Books, many: int, at: datetime, numbers: int = 1
) -> list[int]:
    """So many confirmed cancellations of one account; their moments are a few days ahead."""
    shelves.add_account("races", owner=OWNER)
    for n in range(many):
        held = [f"+1256{5560000 + n * numbers + each}" for each in range(numbers)]
        shelves.add_location("races", f"R{n}", renews_on=at.date() + timedelta(20), numbers=held)
    with Session(engine) as session:
        desk = house.desk(session)
        books.read(desk, "races", at)
        session.commit()
        return [_confirmed(desk, f"R{n}", at) for n in range(many)]


def _confirmed(desk: Desk, ref: str, at: datetime) -> int:
    wanted: date = at.date() + timedelta(3)
    request = NewRequest("races", (ref,), wanted, "Leaving", OWNER, (ref,), confirmed=True)
    agent = actors.staff(desk.session.scalars(select(User).where(User.role == "agent").limit(1)).one())
    case = intake.submit(desk, request, at=at, by=actors.customer(OWNER))
    reached, pin = Outcome.reached, Authentication.pin
    talking.log_contact(
        desk, case, by=agent, at=at, channel=Channel.phone, outcome=reached, authenticated=pin
    )
    part = case.cancellations[0]
    acting.dispose(desk, part, None, Disposition.not_needed, by=agent, at=at, evidence="Pat, by phone")
    acting.confirm(desk, [part], by=agent, at=at)
    desk.session.commit()
    return part.id


def race(house: House, engine: Engine, part_id: int) -> Race:
    """Both sides start at one signal, each with a connection of its own."""
    with Session(engine) as session:
        moment = session.get_one(Cancellation, part_id).run_at
    assert moment is not None
    start = threading.Barrier(2)
    said: dict[str, str] = {}

    def side(name: str, act: Callable[[Desk, Cancellation], None]) -> None:
        with Session(engine) as session:
            desk = house.desk(session)
            part = session.get_one(Cancellation, part_id)
            session.commit()
            start.wait(PATIENCE)
            said[name] = _told(desk, part, act)

    sides = {
        "withdraw": lambda desk, part: review.withdraw(desk, part, by=actors.customer(OWNER), at=moment),
        "begin": lambda desk, part: beginning.try_to_begin(desk, part, moment),
    }
    threads = [threading.Thread(target=side, args=each) for each in sides.items()]
    for each in threads:
        each.start()
    for each in threads:
        each.join(PATIENCE)
    return _outcome(engine, part_id, said)


def _told(desk: Desk, part: Cancellation, act: Callable[[Desk, Cancellation], None]) -> str:
    """As page and scheduler do it: committed, or rolled back and told."""
    try:
        act(desk, part)
        desk.session.commit()
    except Refused as refused:
        desk.session.rollback()
        return str(refused)
    except Exception as wrong:
        desk.session.rollback()
        return f"{type(wrong).__name__}: {wrong}"
    return ""


def _outcome(engine: Engine, part_id: int, said: dict[str, str]) -> Race:
    with Session(engine) as session:
        part = session.get_one(Cancellation, part_id)
        letters = select(Letter.id).where(Letter.case_id == part.case_id, Letter.name == "withdrawn")
        runs = select(Run.id).where(Run.cancellation_id == part_id)
        return Race(
            State(part.state),
            said.get("withdraw", "no answer"),
            said.get("begin", "no answer"),
            len(session.scalars(letters).all()),
            len(session.scalars(runs).all()),
        )


def winners(races: list[Race]) -> Counter[str]:
    return Counter(each.state.value for each in races)
