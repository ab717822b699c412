"""What single letters to the staff say and whom they reach, beside what holds for all of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from workflows.letters import customer, staff
from workflows.records import Letter, Number, User
from workflows.states import LetterState

MANAGERS = ["manager@northline.example", "manager2@northline.example"]
DUE_AT = datetime(2026, 11, 28, 0, 0, tzinfo=UTC)


def there(letter: Letter | None) -> Letter:
    assert letter is not None
    return letter


def at_risk(scene: Any) -> Letter:
    return there(staff.at_risk(scene.desk, scene.clock("first_contact", DUE_AT), scene.at))


def run_blocked(scene: Any) -> Letter:
    return there(staff.run_blocked(scene.desk, scene.hq, scene.at, "A number appeared."))


# Whom it reaches


@pytest.mark.parametrize("change", [{"is_away": True}, {"is_active": False}])
def test_an_owner_who_is_not_there_is_stood_in_for(scene: Any, change: dict[str, bool]) -> None:
    for key, value in change.items():
        setattr(scene.agent, key, value)
    assert at_risk(scene).recipients == MANAGERS
    assert run_blocked(scene).recipients == MANAGERS


def test_a_case_without_owner(scene: Any) -> None:
    scene.case.owner = None
    assert at_risk(scene).recipients == MANAGERS


def test_a_manager_who_owns_it_is_told_once(scene: Any) -> None:
    scene.case.owner = scene.manager
    assert run_blocked(scene).recipients == MANAGERS


def test_nobody_there_to_tell(scene: Any) -> None:
    for user in scene.session.scalars(select(User).where(User.email.in_(MANAGERS))):
        user.is_active = False
    assert staff.digest(scene.desk, scene.at, {}) is None
    assert scene.letters() == []


# What it says


def test_breached_on_an_earlier_day(scene: Any) -> None:
    clock = scene.clock("follow_up", datetime(2026, 11, 21, 0, 0, tzinfo=UTC))
    letter = there(staff.breached(scene.desk, clock, scene.at))
    assert letter.subject == "C-1001: follow-up was due Fri 20 Nov 18:00"


def test_at_risk_counts_business_time(scene: Any) -> None:
    clock = scene.clock("follow_up", scene.at + timedelta(hours=1))
    letter = there(staff.at_risk(scene.desk, clock, scene.at))
    assert letter.subject == "C-1001: 1 h left to follow up with Acme & Sons"


def test_blocked_run_hides_numbers(scene: Any) -> None:
    scene.hq.state = "blocked"
    scene.run(scene.hq, ("release:+12565550101", "skipped"), ("remove_services", "left_out"))
    letter = there(staff.run_blocked(scene.desk, scene.hq, scene.at, "+12565550101 is being ported."))
    assert "…0101 is being ported." in letter.text
    assert "- Release number ending 0101\n" in letter.text
    assert "Remove fax" not in letter.text


def test_port_without_a_case(scene: Any) -> None:
    order = scene.order("P-9", scene.hq, "requested")
    letter = there(staff.port_stale(scene.desk, order, scene.at, None))
    assert letter.subject == "Port order P-9 is 30 days past its date"
    assert letter.recipients == MANAGERS
    assert letter.key.startswith("P-9|port_stale|")


def test_hazard_without_a_case(scene: Any) -> None:
    letter = there(staff.e911_hazard(scene.desk, scene.hq.location, scene.at, None))
    assert letter.subject == "HQ: set a new E911 number"
    assert letter.key.startswith("hq|e911_hazard|")


def test_hazard_counts_only_what_stays(scene: Any) -> None:
    scene.order("P-1", scene.hq, "committed")
    scene.hq.location.numbers.append(Number(e164="+12565550103"))
    letter = there(staff.e911_hazard(scene.desk, scene.hq.location, scene.at, scene.case))
    assert "4 trunks and 1 other number stay live" in letter.text


@pytest.mark.parametrize("is_first", [True, False])
def test_late_port_and_review_without_dates(scene: Any, is_first: bool) -> None:
    scene.order("P-1", scene.hq, "requested")
    write = staff.late_port if is_first else staff.review_due
    letter = there(write(scene.desk, scene.hq, scene.at))
    assert "Order P-1, numbers ending 0101 and 0102: no date yet" in letter.text


def test_a_bounce_that_sets_a_clock_running_again(scene: Any) -> None:
    letter = there(customer.message(scene.desk, scene.case, scene.at, scene.agent, "Hello"))
    scene.session.flush()
    clock = scene.clock("first_contact", DUE_AT)
    clock.stopped_at, clock.stopped_by = scene.at, f"letter:{letter.id}"
    letter.state, letter.bounced_at = LetterState.sent, scene.at
    told = there(staff.bounced(scene.desk, letter, scene.at, "mailbox full"))
    assert "came back" in told.subject
    assert "The first contact is due Fri 27 Nov, 18:00 Central Time." in told.text


def test_a_bounce_without_a_case(scene: Any) -> None:
    letter = there(customer.password_reset(scene.desk, scene.agent, scene.at))
    scene.session.flush()
    told = there(staff.bounced(scene.desk, letter, scene.at, "550 no"))
    assert told.subject == "A letter to agent@northline.example came back"


def test_digest_of_a_quiet_day(scene: Any) -> None:
    letter = there(staff.digest(scene.desk, scene.at, {}))
    assert letter.subject == "Today: 0 late, 0 due, 0 ends"
    assert "Nothing waits for you today." in letter.text
