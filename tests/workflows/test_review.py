"""What is decided about a cancellation: each verb works, twice, in the wrong state, by the wrong person."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests import acts
from tests.conftest import MONDAY, World
from workflows import acting, actors, review
from workflows.desk import Desk
from workflows.errors import Refused
from workflows.states import OrderState, State
from workflows.termination import plan

pytestmark = pytest.mark.usefixtures("acme")
FRIDAY_18 = datetime(2027, 3, 13, 0, 0, tzinfo=UTC)
"""Friday 12 March 2027, 18:00 in Chicago."""


def codes(act: object, *args: object, **kwargs: object) -> set[str]:
    with pytest.raises(Refused) as refused:
        act(*args, **kwargs)  # type: ignore[operator]
    return refused.value.codes


def test_confirm_plans_hashes_and_sets_the_moment(desk: Desk) -> None:
    part = acts.scheduled(desk, MONDAY)
    assert part.state == State.scheduled
    assert part.run_at == part.begin_at == FRIDAY_18
    assert part.plan["steps"][:3] == ["freeze", "stop_renewal", "disable_trunks"]
    assert part.plan_hash == plan.build(part.location).hash
    assert "scheduled" in acts.letters(desk)
    [event] = acts.events(desk, "confirm")
    assert (event.from_state, event.to_state, event.actor) == ("requested", "scheduled", "agent@desk.example")


def test_confirm_twice_is_out_of_date(desk: Desk) -> None:
    part = acts.scheduled(desk, MONDAY)
    assert codes(acts.confirm, desk, part, MONDAY) == {"out_of_date"}


def test_an_unmet_gate_lists_every_code_and_leaves_an_event(desk: Desk) -> None:
    part = acts.submit(desk, MONDAY).cancellations[0]
    assert codes(acts.confirm, desk, part, MONDAY) == {"not_contacted", "numbers_undecided"}
    desk.session.commit()
    [event] = acts.events(desk, "refused")
    assert event.facts["codes"] == ["not_contacted", "numbers_undecided"]


def test_an_admin_does_no_case_work(desk: Desk) -> None:
    part = acts.submit(desk, MONDAY).cancellations[0]
    assert codes(acts.confirm, desk, part, MONDAY, name="admin") == {"not_allowed"}


def test_the_platform_is_not_read_for_who_may_not_act(desk: Desk, world: World) -> None:
    part = acts.submit(desk, MONDAY).cancellations[0]
    world.books.fail("read", "unreachable")
    assert codes(acts.confirm, desk, part, MONDAY, name="admin") == {"not_allowed"}
    assert world.books.faults == {"read": ["unreachable"]}


def test_a_confirm_that_carries_a_new_date_is_judged_by_it(desk: Desk) -> None:
    case = acts.submit(desk, MONDAY)
    part = case.cancellations[0]
    acts.reach(desk, case, MONDAY)
    acts.dispose(desk, part, MONDAY)
    later = MONDAY + timedelta(days=20)
    assert codes(acts.confirm, desk, part, later) == {"date_passed"}
    acts.confirm(desk, part, later, wanted=date(2027, 3, 22))
    assert part.agreed_for == date(2027, 3, 22)


def test_an_unreachable_platform_refuses_and_changes_nothing(desk: Desk, world: World) -> None:
    case = acts.submit(desk, MONDAY)
    acts.reach(desk, case, MONDAY)
    acts.dispose(desk, case.cancellations[0], MONDAY)
    world.books.fail("read", "unreachable")
    assert codes(acts.confirm, desk, case.cancellations[0], MONDAY) == {"unreachable"}
    assert case.cancellations[0].state == State.requested


def test_reschedule_needs_a_date_and_tells_the_customer(desk: Desk) -> None:
    part = acts.scheduled(desk, MONDAY)
    by = acts.staff(desk)
    assert codes(acting.reschedule, desk, [part], by=by, at=MONDAY, wanted=None) == {"invalid"}
    assert codes(acting.reschedule, desk, [part], by=by, at=MONDAY, wanted=date(2027, 2, 1)) == {
        "date_passed"
    }
    acting.reschedule(desk, [part], by=by, at=MONDAY, wanted=date(2027, 3, 19))
    assert part.run_at == FRIDAY_18 + timedelta(days=7, hours=-1)
    assert acts.letters(desk)[-1] == "rescheduled"


def test_defer_needs_something_to_wait_for(desk: Desk) -> None:
    part = acts.submit(desk, MONDAY).cancellations[0]
    by = acts.staff(desk)
    assert codes(review.defer, desk, part, by=by, at=MONDAY) == {"nothing_to_wait_for"}
    acts.dispose(desk, part, MONDAY, "porting")
    review.defer(desk, part, by=by, at=MONDAY)
    assert (part.state, part.review_on) == (State.deferred, date(2027, 3, 15))
    assert acts.letters(desk)[-1] == "deferred"


def test_defer_again_needs_a_new_date_and_sends_nothing(desk: Desk) -> None:
    part = acts.submit(desk, MONDAY).cancellations[0]
    by = acts.staff(desk)
    acts.dispose(desk, part, MONDAY, "porting")
    review.defer(desk, part, by=by, at=MONDAY)
    assert codes(review.defer, desk, part, by=by, at=MONDAY) == {"invalid"}
    assert codes(review.defer, desk, part, by=by, at=MONDAY, review_on=date(2027, 2, 1)) == {"invalid"}
    review.defer(desk, part, by=by, at=MONDAY, review_on=date(2027, 3, 20))
    assert part.review_on == date(2027, 3, 20)
    assert acts.letters(desk).count("deferred") == 1


def test_withdraw_by_the_customer_forgets_the_word_for_this_request(desk: Desk) -> None:
    part = acts.scheduled(desk, MONDAY)
    review.withdraw(desk, part, by=actors.customer("pat@acme.example"), at=MONDAY)
    assert part.state == State.withdrawn
    assert not part.case.is_open
    assert {number.disposition for number in part.location.numbers} == {"undecided"}
    assert codes(review.withdraw, desk, part, by=actors.customer(), at=MONDAY) == {"out_of_date"}


def test_decline_needs_a_reason_and_a_request(desk: Desk) -> None:
    part = acts.submit(desk, MONDAY).cancellations[0]
    by = acts.staff(desk)
    assert codes(review.decline, desk, part, by=by, at=MONDAY, reason=" ") == {"invalid"}
    review.decline(desk, part, by=by, at=MONDAY, reason="Another process")
    assert part.state == State.declined
    assert acts.letters(desk)[-1] == "declined"


def test_a_port_found_while_confirming_is_kept_although_refused(desk: Desk, world: World) -> None:
    case = acts.submit(desk, MONDAY)
    acts.reach(desk, case, MONDAY)
    acts.dispose(desk, case.cancellations[0], MONDAY)
    world.books.port("P-1", "acme", ["+12565550101"], OrderState.requested, at=MONDAY)
    assert "port_pending" in codes(acts.confirm, desk, case.cancellations[0], MONDAY)
    desk.session.commit()
    desk.session.expire_all()
    found = {number.e164: number.disposition for number in case.cancellations[0].location.numbers}
    assert found["+12565550101"] == "porting"


def test_what_is_possible_is_done_and_the_rest_stays(desk: Desk) -> None:
    case = acts.submit(desk, MONDAY, locations=("HQ", "Branch"))
    acts.reach(desk, case, MONDAY)
    acts.dispose(desk, case.cancellations[0], MONDAY)
    done = acting.confirm(desk, case.cancellations, by=acts.staff(desk), at=MONDAY)
    assert [part.location.ref for part in done] == ["HQ"]
    assert case.cancellations[1].state == State.requested
