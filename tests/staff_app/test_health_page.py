"""The health of the desk: each part well, and each part not."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests import acts
from tests.conftest import MONDAY, World
from tests.staff_app.people_at_work import Person, words
from workflows import brakes, heartbeat, porting, rounds
from workflows.actors import SYSTEM
from workflows.desk import Desk
from workflows.history import note
from workflows.records import Letter

pytestmark = pytest.mark.usefixtures("acme")


def alive(desk: Desk, world: World) -> None:
    heartbeat.beat(desk.session, world.time.now)
    for each in rounds.ROUNDS:
        heartbeat.put(desk.session, each.name, world.time.now)
    porting.could_read(desk, world.time.now)
    desk.session.commit()


def test_all_is_well(desk: Desk, world: World, manager: Person) -> None:
    alive(desk, world)
    page = words(manager.get("/admin/health"))
    assert "A scheduler is alive today 10:00:00 Well" in page
    assert "Asks the carriers for changed port orders today 10:00:00 today 10:15 Well" in page
    assert "Platform today 10:00 Well" in page
    assert "Carriers today 10:00 Well" in page
    assert "Mail server not yet Not asked yet" in page
    assert "Every letter has left." in page
    assert "It was never thrown." in page
    assert "0 of 20" in page
    assert "0 of 5" in page
    assert "SQLite" in page or "PostgreSQL" in page
    for bad in ("Overdue", "Fails", "Trouble", "No sign of life"):
        assert bad not in page


def test_no_scheduler(desk: Desk, world: World, admin: Person) -> None:
    desk.session.commit()
    assert "Scheduler No sign of life" in words(admin.get("/admin/health"))
    alive(desk, world)
    world.time.pass_(minutes=20)
    page = words(admin.get("/admin/health"))
    assert "A scheduler is alive today 10:00:00 Overdue" in page
    assert "Asks the carriers for changed port orders today 10:00:00 today 10:15 Overdue" in page
    assert "Compares platform and desk today 10:00:00 tomorrow 06:00 Well" in page


def test_what_fails_outside(desk: Desk, world: World, manager: Person) -> None:
    case = acts.submit(desk, MONDAY)
    alive(desk, world)
    at = world.time.pass_(minutes=5)
    porting.could_not_read(desk, at, "The carrier answered 503.")
    note(desk, "reconciler_could_not_read", at=at, by=SYSTEM, why="No answer in 10 seconds.")
    letter = desk.session.scalars(select(Letter).where(Letter.case_id == case.id)).one()
    letter.tries, letter.first_try_at, letter.trouble = 2, at, "Connection refused"
    letter.next_try_at = at + timedelta(minutes=5)
    heartbeat.give_back(desk.session, "poll", at, "ZeroDivisionError")
    desk.session.commit()
    page = words(manager.get("/admin/health"))
    assert "Carriers today 10:00 Fails today 10:05 The carrier answered 503." in page
    assert "Platform today 10:00 Fails today 10:05 No answer in 10 seconds." in page
    assert "Mail server not yet Fails today 10:05 Connection refused" in page
    assert "Letters that wait 1" in page
    assert "Tried 2 times, next today 10:10 Server said Connection refused" in page
    assert "Trouble ZeroDivisionError" in page


def test_caps_and_the_history_of_the_stop_switch(desk: Desk, world: World, manager: Person) -> None:
    part = acts.scheduled(desk, MONDAY)
    assert part.run_at is not None
    world.time.now = part.run_at
    world.work(desk.session)
    brakes.stop_all(desk, by=acts.staff(desk, "manager"), at=world.time.now, reason="Carrier outage")
    desk.session.commit()
    page = words(manager.get("/admin/health"))
    assert "1 of 20" in page
    assert "1 of 5" in page
    assert "Manager Carrier outage Still stopped" in page
    world.time.pass_(minutes=10)
    brakes.start_again(desk, by=acts.staff(desk, "admin"), at=world.time.now)
    desk.session.commit()
    assert "Manager Carrier outage today 18:10:00 Admin" in words(manager.get("/admin/health"))
