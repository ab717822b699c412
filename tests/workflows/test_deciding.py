"""Dispositions need evidence; what the platform decides is looked up there."""

from collections.abc import Sequence

import pytest

from tests import acts
from tests.conftest import MONDAY, World
from workflows import acting, books, gates
from workflows.desk import Desk
from workflows.errors import Refused
from workflows.records import Cancellation, Location
from workflows.states import Disposition, OrderState

pytestmark = pytest.mark.usefixtures("acme")


@pytest.fixture
def part(desk: Desk) -> Cancellation:
    case = acts.submit(desk, MONDAY)
    acts.reach(desk, case, MONDAY)
    return case.cancellations[0]


def put(
    desk: Desk,
    part: Cancellation,
    to: str,
    numbers: Sequence[str] | None = None,
    moved_to: Location | None = None,
) -> None:
    by = acts.staff(desk)
    acting.dispose(desk, part, numbers, Disposition(to), by=by, at=MONDAY, moved_to=moved_to)
    desk.session.commit()


def refusal(
    desk: Desk,
    part: Cancellation,
    to: str,
    numbers: Sequence[str] | None = None,
    moved_to: Location | None = None,
) -> set[str]:
    with pytest.raises(Refused) as refused:
        put(desk, part, to, numbers, moved_to)
    return refused.value.codes


def test_all_means_every_number_as_last_read(desk: Desk, world: World, part: Cancellation) -> None:
    world.books.add_number("HQ", "+12565550109")
    put(desk, part, "not_needed")
    assert [number.e164 for number in part.location.numbers] == ["+12565550101", "+12565550102"]
    assert {number.disposition for number in part.location.numbers} == {"not_needed"}


def test_an_unknown_number_is_invalid_and_nothing_is_set(desk: Desk, part: Cancellation) -> None:
    assert refusal(desk, part, "not_needed", ["+12565550101", "+12565559999"]) == {"invalid"}
    assert {number.disposition for number in part.location.numbers} == {"undecided"}


def test_ported_is_what_the_platform_shows(desk: Desk, world: World, part: Cancellation) -> None:
    assert refusal(desk, part, "ported", ["+12565550101"]) == {"invalid"}
    world.books.port("P-1", "acme", ["+12565550101"], OrderState.completed, at=MONDAY)
    put(desk, part, "ported", ["+12565550101"])


def test_moved_needs_another_living_location(desk: Desk, world: World, part: Cancellation) -> None:
    assert refusal(desk, part, "moved", ["+12565550101"]) == {"invalid"}
    assert refusal(desk, part, "moved", ["+12565550101"], part.location) == {"invalid"}
    branch = books.location(desk, "Branch")
    put(desk, part, "moved", ["+12565550101"], branch)
    put(desk, part, "not_needed", ["+12565550102"])
    assert _todo(desk, part) == {"numbers_undecided"}
    world.books.move("+12565550101", "Branch")
    books.read(desk, "acme", MONDAY)
    assert _todo(desk, part) == set()


def _todo(desk: Desk, part: Cancellation) -> set[str]:
    return {line.code for line in gates.unmet(gates.gate_a(desk, part, MONDAY))}


def test_an_old_word_does_not_hold(desk: Desk, part: Cancellation) -> None:
    put(desk, part, "not_needed")
    assert _todo(desk, part) == set()
    old = MONDAY.replace(year=2026, day=1, month=2)
    for number in part.location.numbers:
        number.evidence_at = old
    assert _todo(desk, part) == {"numbers_undecided"}
