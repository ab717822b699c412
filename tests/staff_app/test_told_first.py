"""The case says why no save offer is made; the words of a call follow."""

from datetime import timedelta

import pytest

from tests import acts
from tests.conftest import MONDAY, World
from tests.staff_app.people_at_work import Person, words
from workflows import porting
from workflows.desk import Desk
from workflows.states import OrderState

pytestmark = pytest.mark.usefixtures("acme")


def test_where_the_carrier_told_us_first(desk: Desk, world: World, agent: Person) -> None:
    world.books.port("P-1", "acme", ["+12565550101"], OrderState.requested, at=MONDAY)
    porting.told(desk, "P-1", MONDAY)
    acts.submit(desk, MONDAY + timedelta(hours=1), locations=("HQ", "Branch"))
    page = words(agent.get("/cases/C-1001"))
    assert page.count("The carrier told us first: make no save offer.") == 1
    assert "Port order P-1 was known" in page
    call = words(agent.get("/cases/C-1001/contact"))
    assert "No save offer for Front desk" in call
    assert "For Branch office you may ask once what would make them stay." in call


def test_elsewhere_one_question_is_allowed(desk: Desk, agent: Person) -> None:
    acts.submit(desk, MONDAY)
    assert "told us first" not in words(agent.get("/cases/C-1001"))
    call = words(agent.get("/cases/C-1001/contact"))
    assert "You may ask once what would make them stay." in call
    assert "No save offer" not in call
