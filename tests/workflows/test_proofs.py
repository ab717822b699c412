"""Why a line of gate A is met, in words."""

import pytest

from tests import acts
from tests.conftest import MONDAY
from workflows import brakes, proofs
from workflows.desk import Desk

pytestmark = pytest.mark.usefixtures("acme")


def test_what_is_met_says_why_and_what_is_not_says_what_is_missing(desk: Desk) -> None:
    case = acts.submit(desk, MONDAY)
    [part] = case.cancellations
    assert [bool(line.settled) for line in proofs.shown(desk, part, MONDAY)] == [
        False,
        False,
        False,
        True,
        True,
        True,
    ]
    acts.reach(desk, case, MONDAY)
    acts.dispose(desk, part, MONDAY)
    settled = [line.settled for line in proofs.shown(desk, part, MONDAY)]
    assert [each and each.words for each in settled] == [
        "Pat Doe, by phone on Mon 1 Mar, authenticated by PIN.",
        "Pat Doe is the owner of Acme Dental.",
        "2 not needed.",
        "No port order of its numbers is open.",
        "Friday 12 March 2027.",
        "No manager holds it.",
    ]
    who = "agent@desk.example"
    assert [each and each.by for each in settled] == [who, "system", who, "system", "", ""]
    assert settled[0]
    assert settled[0].at == MONDAY


def test_a_line_that_is_overridden_shows_the_override_and_no_proof(desk: Desk) -> None:
    [part] = acts.submit(desk, MONDAY).cancellations
    brakes.override(desk, part, "not_contacted", by=acts.staff(desk, "manager"), at=MONDAY, reason="A paper")
    first = proofs.shown(desk, part, MONDAY)[0]
    assert (first.is_met, first.settled) == (True, None)
