"""Two at once: withdrawal and begin, stop and begin, stop and the steps of several workers."""

import os
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from command_line.chaos import racing
from tests import acts
from tests.cheaper import examples
from tests.conftest import MONDAY, World
from workflows import brakes
from workflows.config import Settings
from workflows.config.settings import Termination
from workflows.desk import Desk
from workflows.records import Beat, Call, Cancellation, Event, Run
from workflows.states import State
from workflows.termination import beginning, guards, running

RACES = int(os.environ.get("LASTCALL_RACES", examples(20)))
"""How often withdrawal and begin race; `LASTCALL_RACES=500` for a long look."""
Side = Callable[[Desk], None]


@pytest.fixture
def settings() -> Settings:
    return Settings(termination=Termination(per_hour=1000, per_day_at_least=1000))


Parts = Callable[[int], list[int]]


@pytest.fixture
def parts(world: World, engine: Engine) -> Parts:
    return lambda many: racing.set_out(world.house, engine, world.books, many, MONDAY)


def at_once(world: World, engine: Engine, *sides: Side) -> list[BaseException]:
    """Each side in a thread and a transaction of its own. Returns what went wrong."""
    start, wrong = threading.Barrier(len(sides)), []

    def run(side: Side) -> None:
        try:
            with Session(engine) as session:
                desk = world.house.desk(session)
                session.commit()
                start.wait(60)
                side(desk)
                session.commit()
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=run, args=(side,)) for side in sides]
    for each in threads:
        each.start()
    for each in threads:
        each.join(120)
    return wrong


def test_of_withdrawal_and_begin_exactly_one_wins(world: World, engine: Engine, parts: Parts) -> None:
    races = [racing.race(world.house, engine, part) for part in parts(RACES)]
    assert [each.trouble for each in races if each.trouble] == []
    assert sum(racing.winners(races).values()) == RACES


def stop(desk: Desk) -> None:
    brakes.stop_all(desk, by=acts.staff(desk, "manager"), at=MONDAY)


def begin(part_id: int) -> Side:
    def side(desk: Desk) -> None:
        part = desk.session.get_one(Cancellation, part_id)
        assert part.run_at is not None
        beginning.try_to_begin(desk, part, part.run_at)

    return side


def test_after_a_stop_nothing_begins(world: World, engine: Engine, parts: Parts) -> None:
    several = parts(20)
    for first, second in zip(several[::2], several[1::2], strict=True):
        assert at_once(world, engine, begin(first), stop, begin(second)) == []
        with Session(engine) as session:
            desk = world.house.desk(session)
            stopped = session.scalar(select(func.max(Event.id)).where(Event.name == "stop_all"))
            begun = session.scalar(select(func.max(Event.id)).where(Event.to_state == "terminating")) or 0
            assert begun < (stopped or 0)
            for each in (first, second):
                part = session.get_one(Cancellation, each)
                assert part.state == State.terminating or part.waits_for == ["stopped"]
            brakes.start_again(desk, by=acts.staff(desk, "admin"), at=MONDAY)
            session.commit()


def test_first_begins_and_a_stop_make_one_row(world: World, engine: Engine, parts: Parts) -> None:
    first, second = parts(2)
    with Session(engine) as session:
        if row := session.get(Beat, guards.BEGINS):
            session.delete(row)
            session.commit()
    assert at_once(world, engine, begin(first), stop, begin(second)) == []


def test_a_stop_stills_all_workers(world: World, engine: Engine, parts: Parts) -> None:
    """Once the stop is committed, not one of three workers writes another intent."""
    for each in parts(9):
        assert at_once(world, engine, begin(each)) == []
    at = MONDAY + timedelta(days=10)
    after: list[int] = []

    def worker(name: str) -> Side:
        def side(desk: Desk) -> None:
            for run in desk.session.scalars(select(Run.id)).all():
                running.work(desk, run, name, lambda: at)

        return side

    def stop_in_the_middle(desk: Desk) -> None:
        while len(world.books.calls) < 10:
            desk.session.rollback()
        stop(desk)
        desk.session.commit()
        after.append(desk.session.scalar(select(func.count(Call.id))) or 0)
        desk.session.rollback()

    assert at_once(world, engine, *(worker(f"w{n}") for n in range(3)), stop_in_the_middle) == []
    with Session(engine) as session:
        assert session.scalar(select(func.count(Call.id))) == after[0]
        assert session.scalar(select(func.count(Call.id)).where(Call.answered_at.is_(None))) == 0
        left = select(func.count(Cancellation.id)).where(Cancellation.state == State.terminating)
        assert session.scalar(left)
    assert world.books.violations == []
