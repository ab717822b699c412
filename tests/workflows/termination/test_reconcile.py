"""Each of the eight findings is broken on purpose once and found once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from tests import acts
from tests.conftest import MONDAY, World
from workflows import brakes, porting
from workflows.desk import Desk
from workflows.records import Cancellation, Finding, Letter, Run
from workflows.states import OrderState
from workflows.termination import beginning
from workflows.termination.reconcile import reconcile

pytestmark = pytest.mark.usefixtures("acme")


def end(desk: Desk, world: World) -> Cancellation:
    part = acts.scheduled(desk, MONDAY)
    assert part.run_at is not None
    world.time.now = part.run_at
    world.work(desk.session)
    return part


def still_billing(desk: Desk, world: World) -> None:
    world.books.fail("stop_renewal", "gone")
    end(desk, world)


def billed_after(desk: Desk, world: World) -> None:
    still_billing(desk, world)
    world.time.pass_(days=40)
    world.books.bill(world.time.now)


def forgotten(desk: Desk, world: World) -> None:
    world.books.port("P-1", "acme", ["+12565550103"], OrderState.completed, at=MONDAY)
    world.books.port("P-2", "acme", ["+12565550101", "+12565550102"], OrderState.completed, at=MONDAY)

    porting.poll(desk, MONDAY)


def not_begun(desk: Desk, world: World) -> None:
    part = acts.scheduled(desk, MONDAY)
    brakes.stop_all(desk, by=acts.staff(desk, "manager"), at=MONDAY)
    assert part.run_at is not None
    world.time.now = part.run_at + timedelta(hours=1, seconds=1)


def without_review(desk: Desk, world: World) -> None:
    part = acts.submit(desk, MONDAY).cancellations[0]
    desk.session.execute(
        text("UPDATE cancellation SET state = 'deferred', review_on = '2027-04-01' WHERE id = :id"),
        {"id": part.id},
    )


def without_next(desk: Desk, world: World) -> None:
    acts.reach(desk, acts.submit(desk, MONDAY), MONDAY)
    world.time.pass_(days=2)


def unsent(desk: Desk, world: World) -> None:
    acts.submit(desk, MONDAY)
    world.time.pass_(hours=1, seconds=1)


def stuck(desk: Desk, world: World) -> None:
    part = acts.scheduled(desk, MONDAY)
    assert part.run_at is not None
    world.time.now = part.run_at
    beginning.try_to_begin(desk, part, world.time.now)
    world.time.pass_(hours=1, seconds=1)


BROKEN: dict[str, Callable[[Desk, World], None]] = {
    "terminated_still_billing": still_billing,
    "billed_after_end": billed_after,
    "ported_still_billing": forgotten,
    "scheduled_without_run": not_begun,
    "deferred_without_review": without_review,
    "open_without_next": without_next,
    "letter_unsent": unsent,
    "run_stuck": stuck,
}


@pytest.mark.parametrize("code", BROKEN)
def test_it_is_found_and_told_once(desk: Desk, world: World, code: str) -> None:
    BROKEN[code](desk, world)
    desk.session.commit()
    reconcile(desk, world.time.now)
    assert code in set(desk.session.scalars(select(Finding.code)))
    assert "found" in acts.letters(desk, to_customer=False)
    assert reconcile(desk, world.time.now) == 0


def test_a_healthy_desk_has_no_findings(desk: Desk, world: World) -> None:
    end(desk, world)
    world.time.pass_(days=60)
    world.books.bill(world.time.now)
    world.work(desk.session)
    assert reconcile(desk, world.time.now) == 0


def test_what_would_be_found_too_early_is_not(desk: Desk, world: World) -> None:
    acts.reach(desk, acts.submit(desk, MONDAY), MONDAY)
    assert reconcile(desk, MONDAY + timedelta(minutes=59)) == 0
    assert desk.session.scalars(select(Run)).all() == []
    assert len(desk.session.scalars(select(Letter)).all()) == 1
