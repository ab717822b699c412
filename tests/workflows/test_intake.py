"""A request comes in: what it must have, the same twice, a double."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from tests import acts
from tests.conftest import MONDAY, World
from workflows import actors, review
from workflows.desk import Desk
from workflows.errors import Refused, Unreachable
from workflows.records import Case, Clock, Request

pytestmark = pytest.mark.usefixtures("acme")


def test_a_request_becomes_a_case_with_its_promise(desk: Desk) -> None:
    case = acts.submit(desk, MONDAY, locations=("HQ", "Branch"))
    assert case.reference == "C-1001"
    assert [part.state for part in case.cancellations] == ["requested", "requested"]
    clock = desk.session.scalars(select(Clock)).one()
    assert (clock.name, clock.started_at) == ("first_contact", MONDAY)
    assert clock.explanation
    assert acts.letters(desk) == ["received"]
    [event] = acts.events(desk, "submitted")
    assert (event.actor, event.facts["address"]) == ("customer", "pat@acme.example")


def test_what_was_sent_is_kept_word_for_word(desk: Desk) -> None:
    acts.submit(desk, MONDAY, reason="  We   close. ")
    assert desk.session.scalars(select(Request)).one().reason == "  We   close. "


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"locations": ()}, "locations"),
        ({"locations": ("Nowhere",)}, "locations"),
        ({"switches": ()}, "switches"),
        ({"confirmed": False}, "confirmed"),
        ({"reason": "  "}, "reason"),
        ({"by": "pat"}, "by"),
        ({"requested_for": date(2027, 2, 28)}, "requested_for"),
        ({"requested_for": date(2029, 3, 2)}, "requested_for"),
        ({"account": "nobody"}, "account"),
    ],
)
def test_bad_input_names_its_field(desk: Desk, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        acts.submit(desk, MONDAY, **wrong)
    assert refused.value.codes == {"invalid"}
    assert field in {line.field for line in refused.value.lines}
    assert desk.session.scalar(select(func.count(Case.id))) == 0


def test_every_mistake_is_told_at_once(desk: Desk) -> None:
    with pytest.raises(Refused) as refused:
        acts.submit(desk, MONDAY, reason="", confirmed=False, requested_for=date(2020, 1, 1))
    assert {line.field for line in refused.value.lines} == {"reason", "confirmed", "requested_for"}


def test_the_same_key_and_content_is_the_same_case(desk: Desk) -> None:
    first = acts.submit(desk, MONDAY, key="k-1", locations=("HQ", "Branch"))
    again = acts.submit(desk, MONDAY, key="k-1", locations=("Branch", "HQ"))
    assert first.id == again.id
    assert acts.letters(desk) == ["received"]


def test_the_same_key_with_another_content_is_a_conflict(desk: Desk) -> None:
    acts.submit(desk, MONDAY, key="k-1")
    with pytest.raises(Refused) as refused:
        acts.submit(desk, MONDAY, key="k-1", reason="Another")
    assert refused.value.codes == {"conflict"}


def test_an_open_location_is_a_duplicate_and_a_closed_one_is_not(desk: Desk) -> None:
    case = acts.submit(desk, MONDAY)
    with pytest.raises(Refused) as refused:
        acts.submit(desk, MONDAY)
    assert refused.value.codes == {"duplicate"}
    review.withdraw(desk, case.cancellations[0], by=actors.customer(), at=MONDAY)
    assert acts.submit(desk, MONDAY).id != case.id


def test_a_request_is_not_lost_when_the_platform_is_away(
    desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise Unreachable("no answer")

    monkeypatch.setattr(desk.platform, "account", away)
    assert acts.submit(desk, MONDAY).is_open


def test_an_account_that_could_never_be_read_is_not_called_unknown(desk: Desk, world: World) -> None:
    """The store must come again, not be told that there is no such account."""
    world.books.add_account("new", owner="pat@new.example")

    def away(_ref: str, _purpose: object) -> None:
        raise Unreachable("down")

    desk.platform.account = away  # type: ignore[method-assign,assignment]
    with pytest.raises(Unreachable):
        acts.submit(desk, MONDAY, account="new", by="pat@new.example")
