"""Whether the carrier told us of a departure before the customer did."""

from datetime import datetime, timedelta

import pytest

from tests import acts
from tests.conftest import MONDAY, World
from workflows import departures, porting
from workflows.desk import Desk
from workflows.records import Letter
from workflows.states import OrderState

pytestmark = pytest.mark.usefixtures("acme")
LATER = MONDAY + timedelta(hours=2)
OFFER = "or keep your service"


def port(
    desk: Desk, world: World, state: OrderState, at: datetime = MONDAY, number: str = "+12565550101"
) -> None:
    world.books.port("P-1", "acme", [number], state, at=at)
    porting.told(desk, "P-1", at)
    desk.session.commit()


def letter(desk: Desk, name: str = "received") -> Letter:
    return desk.session.query(Letter).filter_by(name=name).one()


@pytest.mark.parametrize("state", [OrderState.requested, OrderState.committed, OrderState.completed])
def test_an_order_before_the_request(desk: Desk, world: World, state: OrderState) -> None:
    port(desk, world, state)
    case = acts.submit(desk, LATER, locations=("HQ", "Branch"))
    told = departures.told_first(desk, case)
    assert {each: order.ref for each, order in told.items()} == {case.cancellations[0].location_id: "P-1"}
    assert OFFER not in letter(desk).text + letter(desk).html
    assert "did you change your mind" not in letter(desk).text
    assert "See your request: " in letter(desk).text


def test_it_stays_so_whatever_becomes_of_the_order(desk: Desk, world: World) -> None:
    port(desk, world, OrderState.requested)
    case = acts.submit(desk, LATER)
    port(desk, world, OrderState.rejected, LATER + timedelta(hours=1))
    assert departures.told_first(desk, case)


def test_the_customer_was_first(desk: Desk, world: World) -> None:
    case = acts.submit(desk, MONDAY)
    port(desk, world, OrderState.requested, LATER)
    assert departures.told_first(desk, case) == {}
    assert OFFER in letter(desk).text
    assert "or did you change your mind" in letter(desk).text


@pytest.mark.parametrize("state", [OrderState.rejected, OrderState.cancelled])
def test_an_order_that_had_failed_by_then_says_nothing(desk: Desk, world: World, state: OrderState) -> None:
    port(desk, world, OrderState.requested)
    port(desk, world, state, MONDAY + timedelta(hours=1))
    assert departures.told_first(desk, acts.submit(desk, LATER)) == {}


def test_an_order_of_another_number_says_nothing(desk: Desk, world: World) -> None:
    port(desk, world, OrderState.requested, number="+12565550103")
    assert departures.told_first(desk, acts.submit(desk, LATER)) == {}
