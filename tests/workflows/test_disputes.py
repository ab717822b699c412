"""A disputed loss is written down once for each number, and only for what was lost."""

import pytest

from tests import acts
from tests.conftest import MONDAY, World
from workflows import disputes
from workflows.desk import Desk
from workflows.errors import Refused
from workflows.records import Cancellation
from workflows.states import State

pytestmark = pytest.mark.usefixtures("acme")
ONE, TWO = "+12565550101", "+12565550102"


def ended(desk: Desk, world: World) -> Cancellation:
    part = acts.scheduled(desk, MONDAY)
    assert part.run_at
    world.time.now = part.run_at
    world.work(desk.session)
    desk.session.refresh(part)
    assert part.state == State.terminated
    return part


def dispute(desk: Desk, part: Cancellation, *numbers: str, why: str = "We never said so.") -> None:
    disputes.dispute(desk, part, numbers, by=acts.staff(desk), at=MONDAY, why=why)


def test_one_event_for_each_number(desk: Desk, world: World) -> None:
    part = ended(desk, world)
    assert [each.e164 for each in disputes.released(part)] == [ONE, TWO]
    dispute(desk, part, ONE, TWO)
    told = acts.events(desk, "disputed")
    assert [(each.cancellation_id, each.why) for each in told] == [(part.id, "We never said so.")] * 2
    with pytest.raises(Refused, match="The loss of 0101 is written down already"):
        dispute(desk, part, ONE)


def test_what_stands_is_not_disputed(desk: Desk, world: World) -> None:
    waiting = acts.submit(desk, MONDAY, locations=("Branch",)).cancellations[0]
    assert disputes.released(waiting) == []
    with pytest.raises(Refused) as refused:
        dispute(desk, waiting, "+12565550103")
    assert refused.value.codes == {"out_of_date"}
    part = ended(desk, world)
    for numbers, why, said in (
        (["+12565550103"], "So.", "Only numbers that Front desk lost"),
        ([], "So.", "Choose at least one number"),
        ([ONE], " ", "Say what the customer disputes"),
    ):
        with pytest.raises(Refused, match=said):
            dispute(desk, part, *numbers, why=why)
    assert acts.events(desk, "disputed") == []
