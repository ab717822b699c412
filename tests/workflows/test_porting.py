"""Port orders: hints and polls, states that go back and forth, several orders, what they wake."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from tests import acts
from tests.conftest import MONDAY, World
from workflows import acting, porting, review, review_dates
from workflows.desk import Desk
from workflows.errors import Unreachable
from workflows.records import Cancellation, Feed, Number
from workflows.states import Disposition, OrderState, State

pytestmark = pytest.mark.usefixtures("acme")
ONE, TWO = "+12565550101", "+12565550102"


def port(
    desk: Desk, world: World, state: str, *numbers: str, order: str = "P-1", foc_in: int | None = None
) -> None:
    foc = MONDAY + timedelta(days=foc_in) if foc_in else None
    world.books.port(order, "acme", list(numbers or (ONE,)), OrderState(state), foc, at=world.time.now)
    porting.told(desk, order, world.time.now)
    desk.session.commit()


def disposition(desk: Desk, number: str) -> str:
    return desk.session.scalars(select(Number.disposition).where(Number.e164 == number)).one()


def deferred(desk: Desk, world: World) -> Cancellation:
    part = acts.submit(desk, MONDAY).cancellations[0]
    port(desk, world, "requested")
    review.defer(desk, part, by=acts.staff(desk), at=MONDAY)
    desk.session.commit()
    return part


def test_an_order_sets_its_numbers_as_it_goes(desk: Desk, world: World) -> None:
    for state, shown in (
        ("requested", "porting"),
        ("rejected", "undecided"),
        ("committed", "porting"),
        ("completed", "ported"),
        ("committed", "porting"),
        ("cancelled", "undecided"),
    ):
        port(desk, world, state)
        assert disposition(desk, ONE) == shown
    assert disposition(desk, TWO) == "undecided"


def test_a_decision_made_meanwhile_stays_when_the_order_fails(desk: Desk, world: World) -> None:
    part = acts.submit(desk, MONDAY).cancellations[0]
    port(desk, world, "requested")
    acts.dispose(desk, part, MONDAY)
    port(desk, world, "rejected")
    assert disposition(desk, ONE) == "not_needed"


def test_a_number_in_two_orders_keeps_porting_until_both_are_over(desk: Desk, world: World) -> None:
    port(desk, world, "requested", order="P-1")
    port(desk, world, "requested", order="P-2")
    port(desk, world, "rejected", order="P-1")
    assert disposition(desk, ONE) == "porting"
    port(desk, world, "cancelled", order="P-2")
    assert disposition(desk, ONE) == "undecided"


def test_the_end_of_one_order_leaves_what_another_one_made_of_a_number(desk: Desk, world: World) -> None:
    port(desk, world, "requested", order="P-1")
    port(desk, world, "completed", order="P-2")
    port(desk, world, "rejected", order="P-1")
    assert disposition(desk, ONE) == "ported"


def test_a_completed_order_that_is_cancelled_takes_a_person_s_word_back(desk: Desk, world: World) -> None:
    part = acts.submit(desk, MONDAY).cancellations[0]
    port(desk, world, "completed")
    acting.dispose(desk, part, [ONE], Disposition.porting, by=acts.staff(desk), at=MONDAY)
    port(desk, world, "cancelled")
    assert disposition(desk, ONE) == "undecided"


def test_an_order_that_failed_already_takes_nothing_back(desk: Desk, world: World) -> None:
    port(desk, world, "rejected", order="P-1")
    port(desk, world, "committed", order="P-2")
    port(desk, world, "cancelled", order="P-1")
    assert disposition(desk, ONE) == "porting"
    port(desk, world, "completed", order="P-2")
    port(desk, world, "rejected", order="P-1")
    assert disposition(desk, ONE) == "ported"


def test_the_last_open_order_wakes_the_case(desk: Desk, world: World) -> None:
    part = deferred(desk, world)
    port(desk, world, "committed", TWO, order="P-2")
    port(desk, world, "completed", order="P-1")
    assert part.state == State.deferred
    port(desk, world, "rejected", TWO, order="P-2")
    assert (part.state, part.woken_by) == (State.requested, "port_failed")
    assert acts.letters(desk)[-1] == "port_failed"


def test_a_hint_told_twice_does_nothing_the_second_time(desk: Desk, world: World) -> None:
    deferred(desk, world)
    port(desk, world, "completed")
    events = len(acts.events(desk, "port_completed"))
    porting.told(desk, "P-1", MONDAY)
    assert len(acts.events(desk, "port_completed")) == events == 1


def test_a_default_review_date_follows_the_foc_date(desk: Desk, world: World) -> None:
    part = deferred(desk, world)
    assert part.review_on == date(2027, 3, 15)
    port(desk, world, "committed", foc_in=10)
    assert part.review_on == date(2027, 4, 10)
    port(desk, world, "committed", foc_in=12)
    assert part.review_on == date(2027, 4, 12)


def test_a_date_that_a_person_set_stays(desk: Desk, world: World) -> None:
    part = deferred(desk, world)
    review.defer(desk, part, by=acts.staff(desk), at=MONDAY, review_on=date(2027, 3, 9))
    port(desk, world, "committed", foc_in=10)
    assert part.review_on == date(2027, 3, 9)


def test_a_late_port_stops_the_termination_by_itself(desk: Desk, world: World) -> None:
    part = acts.scheduled(desk, MONDAY)
    port(desk, world, "requested")
    assert part.state == State.deferred
    assert part.run_at is None
    assert acts.letters(desk)[-1] == "deferred"
    assert acts.letters(desk, to_customer=False) == ["late_port"]


def test_a_port_completed_when_first_seen_asks_a_person(desk: Desk, world: World) -> None:
    part = acts.scheduled(desk, MONDAY)
    port(desk, world, "completed")
    assert (part.state, part.woken_by) == (State.requested, "recheck")
    assert acts.letters(desk, to_customer=False) == ["run_blocked", "e911_hazard"]


def test_polling_finds_what_no_webhook_told(desk: Desk, world: World) -> None:
    world.books.port("P-1", "acme", [ONE], OrderState.requested, at=MONDAY)
    assert porting.poll(desk, MONDAY) == 1
    assert disposition(desk, ONE) == "porting"
    assert porting.poll(desk, MONDAY) == 0


def test_a_poll_that_fails_says_so_and_goes_on_later(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_after: int) -> None:
        raise Unreachable("the carrier did not answer")

    monkeypatch.setattr(desk.carrier, "changes", away)
    assert porting.poll(desk, MONDAY) == 0
    assert desk.session.scalars(select(Feed)).one().failure == "the carrier did not answer"


def test_what_is_unknown_to_us_is_logged_and_no_error(desk: Desk, world: World) -> None:
    assert porting.told(desk, "P-9", MONDAY) is False
    world.books.port("P-1", "acme", ["+15555550199"], OrderState.completed, at=MONDAY)
    assert porting.told(desk, "P-1", MONDAY) is True
    assert len(acts.events(desk, "order_unknown")) == 1


def test_a_stale_order_is_told_once(desk: Desk, world: World) -> None:
    port(desk, world, "committed", foc_in=2)
    world.time.pass_(days=40)
    world.work(desk.session)
    world.work(desk.session)
    assert acts.letters(desk, to_customer=False).count("port_stale") == 1


def test_an_order_over_two_locations_opens_at_both(desk: Desk, world: World) -> None:
    case = acts.submit(desk, MONDAY, locations=("HQ", "Branch"))
    port(desk, world, "requested", ONE, "+12565550103")
    assert all(review_dates.open_orders(desk, part.location) for part in case.cancellations)


def test_the_e911_hazard_is_told_once(desk: Desk, world: World) -> None:
    port(desk, world, "committed")
    port(desk, world, "committed", foc_in=3)
    assert acts.letters(desk, to_customer=False) == ["e911_hazard"]
