"""Caps, lateness, order: nothing fires all at once, and nothing fires at a forgotten date."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from tests import acts
from tests.conftest import MONDAY, World
from workflows import books
from workflows.config import Settings
from workflows.desk import Desk
from workflows.records import Cancellation
from workflows.states import State
from workflows.termination import guards

RUN = datetime(2027, 3, 13, 0, 0, tzinfo=UTC)


@pytest.fixture
def settings() -> Settings:
    return Settings.model_validate(
        {"termination": {"per_hour": 2, "per_day_at_least": 3, "per_day_percent": 10}}
    )


@pytest.fixture
def five(desk: Desk, world: World) -> list[Cancellation]:
    """Five locations confirmed for the same moment."""
    refs = [f"L{place}" for place in range(5)]
    world.books.add_account("many", "Many Shops", owner="lee@many.example")
    for place, ref in enumerate(refs):
        number = f"+1256555020{place}"
        world.books.add_location("many", ref, ref, renews_on=date(2027, 3, 28), numbers=[number])
    books.read(desk, "many", MONDAY)
    desk.session.commit()
    acts.scheduled(desk, MONDAY, account="many", locations=tuple(refs), by="lee@many.example")
    return list(desk.session.scalars(select(Cancellation).order_by(Cancellation.id)))


def ended(desk: Desk) -> int:
    return len(
        desk.session.scalars(select(Cancellation.id).where(Cancellation.state == State.terminated)).all()
    )


def test_the_hour_cap_lets_the_next_begin_at_the_first_moment(
    desk: Desk, world: World, five: list[Cancellation]
) -> None:
    world.time.now = RUN
    world.work(desk.session)
    assert ended(desk) == 2
    assert {part.begin_at for part in five[2:]} == {RUN + timedelta(hours=1)}
    world.time.now = RUN + timedelta(minutes=59, seconds=59)
    world.work(desk.session)
    assert ended(desk) == 2
    world.time.now = RUN + timedelta(hours=1)
    world.work(desk.session)
    assert ended(desk) == 3


def test_the_day_cap_waits_for_the_next_run_moment_and_is_told_once(
    desk: Desk, world: World, five: list[Cancellation]
) -> None:
    for hours in (0, 1, 2, 3, 23):
        world.time.now = RUN + timedelta(hours=hours)
        world.work(desk.session)
    assert ended(desk) == 3
    world.time.now = RUN + timedelta(days=1)
    world.work(desk.session)
    assert ended(desk) == 5
    assert acts.letters(desk, to_customer=False).count("cap_reached") == 1


def test_the_day_cap_is_a_share_rounded_down_but_at_least(desk: Desk, five: list[Cancellation]) -> None:
    assert guards.caps(desk, RUN).per_day == 3


def test_a_run_too_late_asks_a_person(desk: Desk, world: World, five: list[Cancellation]) -> None:
    world.time.now = RUN + timedelta(days=2, hours=1)
    world.work(desk.session)
    assert {part.state for part in five} == {State.requested}
    assert not any(world.books.steps.values())


def test_the_oldest_moment_begins_first(desk: Desk, world: World, five: list[Cancellation]) -> None:
    five[4].run_at = five[4].begin_at = RUN - timedelta(hours=1)
    desk.session.commit()
    world.time.now = RUN
    world.work(desk.session)
    assert five[4].state == State.terminated
    assert five[1].state == State.scheduled
