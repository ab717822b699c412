"""The earliest safe day, what waiting costs, and what is billed for nothing."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from tests import acts
from tests.conftest import MONDAY, World
from workflows import porting, safe_dates
from workflows.desk import Desk
from workflows.records import Cancellation
from workflows.states import OrderState

pytestmark = pytest.mark.usefixtures("acme")
NUMBERS = ["+12565550101", "+12565550102"]
FOC = datetime(2027, 3, 10, 18, 0, tzinfo=UTC)


def part_of(desk: Desk) -> Cancellation:
    return desk.session.scalars(select(Cancellation)).first() or acts.submit(desk, MONDAY).cancellations[0]


def port(world: World, desk: Desk, state: OrderState, foc: datetime | None = None, ref: str = "P-1") -> None:
    world.books.port(ref, "acme", NUMBERS, state, foc, at=world.time.now)
    porting.told(desk, ref, world.time.now)
    desk.session.commit()


def test_today_where_nothing_moves(desk: Desk) -> None:
    safe = safe_dates.read(desk, part_of(desk), MONDAY)
    assert (safe.earliest, safe.is_now, safe.cost) == (date(2027, 3, 1), True, Decimal(0))
    assert safe.renews_on == date(2027, 3, 28)


def test_tomorrow_once_today_s_moment_has_passed(desk: Desk) -> None:
    assert safe_dates.read(desk, part_of(desk), MONDAY + timedelta(hours=9)).earliest == date(2027, 3, 2)


def test_the_days_of_grace_after_the_port(desk: Desk, world: World) -> None:
    part = part_of(desk)
    port(world, desk, OrderState.committed, FOC)
    safe = safe_dates.read(desk, part, world.time.now)
    assert (safe.porting, safe.ports_on, safe.earliest) == (2, date(2027, 3, 10), date(2027, 3, 11))
    assert safe.cost == 0


def test_each_renewal_before_it_costs(desk: Desk, world: World) -> None:
    part = part_of(desk)
    port(world, desk, OrderState.committed, FOC + timedelta(days=60))
    safe = safe_dates.read(desk, part, world.time.now)
    assert safe.earliest == date(2027, 5, 10)
    assert safe.cost == 2 * part.location.monthly_price
    part.location.jurisdiction = "CA-ON"
    assert safe_dates.read(desk, part, world.time.now).cost == 0


@pytest.mark.parametrize("foc", [None, MONDAY - timedelta(days=3)])
def test_nobody_knows_while_no_date_is_ahead(desk: Desk, world: World, foc: datetime | None) -> None:
    part = part_of(desk)
    port(world, desk, OrderState.committed, foc)
    safe = safe_dates.read(desk, part, world.time.now)
    assert (safe.earliest, safe.porting) == (None, 2)


def test_a_number_that_is_said_to_port_has_no_date(desk: Desk) -> None:
    part = part_of(desk)
    acts.dispose(desk, part, MONDAY, "porting")
    assert safe_dates.read(desk, part, MONDAY).earliest is None


def test_what_has_left_and_is_still_billed_leaks(desk: Desk, world: World) -> None:
    part = part_of(desk)
    assert safe_dates.leak(part.location, safe_dates.orders_by_number(desk, part.location)) is None
    port(world, desk, OrderState.completed, FOC)
    desk.session.refresh(part.location)
    leak = safe_dates.leak(part.location, safe_dates.orders_by_number(desk, part.location))
    assert leak
    assert (leak.since, leak.monthly) == (world.time.now, part.location.monthly_price)
    assert safe_dates.read(desk, part, world.time.now).earliest == date(2027, 3, 2)
    part.location.renewal_on = False
    assert safe_dates.leak(part.location, safe_dates.orders_by_number(desk, part.location)) is None
