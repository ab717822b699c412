"""In Canada a new provider may ask as the customer's agent, with authority; nowhere else."""

from datetime import date
from typing import Any

import pytest

from tests import acts
from tests.conftest import MONDAY, World
from workflows import actors, books, gates, intake, proofs
from workflows.desk import Desk
from workflows.errors import Refused
from workflows.intake import NewRequest
from workflows.records import Case
from workflows.states import AskedAs

THEM = "ports@newtel.example"
LETTER = "signed letter of 26 February"


@pytest.fixture(autouse=True)
def toronto(acme: str, world: World, desk: Desk) -> None:
    world.books.add_location(
        "acme",
        "TO",
        "Toronto",
        renews_on=date(2027, 3, 28),
        numbers=["+14165550101"],
        jurisdiction="CA-ON",
        time_zone="America/Toronto",
    )
    books.read(desk, "acme", MONDAY)
    desk.session.commit()


def ask(desk: Desk, place: str = "TO", authority: str = LETTER, key: str | None = None, **more: Any) -> Case:
    request = NewRequest(
        "acme",
        (place,),
        date(2027, 3, 12),
        "The customer moves to us",
        THEM,
        (place,),
        True,
        authority=authority,
        **{"role": AskedAs.new_provider, **more},
    )
    return intake.submit(desk, request, at=MONDAY, by=actors.customer(THEM), key=key)


def second_line(desk: Desk, case: Case) -> gates.GateLine:
    return proofs.shown(desk, case.cancellations[0], MONDAY)[1]


def test_with_authority_it_may_end_the_service(desk: Desk) -> None:
    case = ask(desk)
    acts.reach(desk, case, MONDAY, person=THEM)
    line = second_line(desk, case)
    assert line.is_met
    assert "asks as the new provider of Acme Dental, with authority: signed letter" in str(line.settled)


def test_only_who_asked_may(desk: Desk) -> None:
    case = ask(desk)
    acts.reach(desk, case, MONDAY, person="other@newtel.example")
    unmet = second_line(desk, case).unmet
    assert unmet
    assert unmet.code == "not_authorised"


def test_a_stranger_without_that_role_may_not(desk: Desk) -> None:
    case = ask(desk, role=AskedAs.customer, authority="")
    acts.reach(desk, case, MONDAY, person=THEM)
    unmet = second_line(desk, case).unmet
    assert unmet
    assert unmet.code == "not_authorised"


@pytest.mark.parametrize(("place", "authority", "field"), [("HQ", LETTER, "role"), ("TO", "  ", "authority")])
def test_what_is_refused(desk: Desk, place: str, authority: str, field: str) -> None:
    with pytest.raises(Refused) as wrong:
        ask(desk, place, authority)
    assert [line.field for line in wrong.value.lines] == [field]


def test_a_customer_s_request_reads_as_before(desk: Desk) -> None:
    """What was sent with an earlier release is the same request under its key."""
    case = ask(desk, role=AskedAs.customer, authority="", key="one")
    assert ask(desk, role=AskedAs.customer, authority="", key="one") is case
    row = desk.session.query(intake.Request).one()
    assert "role" not in row.content
    with pytest.raises(Refused):
        ask(desk, key="one")
