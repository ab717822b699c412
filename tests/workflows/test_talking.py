"""Contacts, messages, signatures: what they prove, and when the proof falls."""

from datetime import date

import pytest
from sqlalchemy import select

from tests import acts
from tests.conftest import MONDAY, World
from workflows import actors, promises, review, talking
from workflows.desk import Desk
from workflows.errors import Refused
from workflows.letters import outbox
from workflows.records import Case, Clock, Contact, Letter
from workflows.states import Channel, Outcome

pytestmark = pytest.mark.usefixtures("acme")


def log(desk: Desk, case: Case, outcome: str, name: str = "agent") -> Contact:
    by = acts.staff(desk, name)
    return talking.log_contact(desk, case, by=by, at=MONDAY, channel=Channel.phone, outcome=Outcome(outcome))


def state(desk: Desk) -> str:
    return promises.state_of(desk.session.scalars(select(Clock)).one(), MONDAY)


@pytest.mark.parametrize(
    ("outcome", "shown"),
    [("reached", "met"), ("voicemail", "met"), ("no_answer", "running"), ("wrong_person", "running")],
)
def test_what_stops_the_clock(desk: Desk, outcome: str, shown: str) -> None:
    log(desk, acts.submit(desk, MONDAY), outcome)
    assert state(desk) == shown


def test_the_letter_of_a_missed_call_stops_it_once_accepted(desk: Desk, world: World) -> None:
    log(desk, acts.submit(desk, MONDAY), "no_answer")
    desk.session.commit()
    world.work(desk.session)
    assert acts.letters(desk) == ["received", "unreachable"]
    assert state(desk) == "met"


def test_a_struck_entry_stays_visible_and_no_longer_counts(desk: Desk) -> None:
    case = acts.submit(desk, MONDAY)
    contact = log(desk, case, "reached")
    with pytest.raises(Refused, match="manager"):
        talking.strike_contact(desk, contact, by=acts.staff(desk), at=MONDAY, why="Mistake")
    talking.strike_contact(desk, contact, by=acts.staff(desk, "manager"), at=MONDAY, why="Mistake")
    assert contact.struck_why == "Mistake"
    assert state(desk) == "running"
    with pytest.raises(Refused):
        talking.strike_contact(desk, contact, by=acts.staff(desk, "manager"), at=MONDAY, why="Again")


def test_a_struck_entry_gives_way_to_the_next_proof(desk: Desk) -> None:
    case = acts.submit(desk, MONDAY)
    first = log(desk, case, "reached")
    second = log(desk, case, "voicemail")
    talking.strike_contact(desk, first, by=acts.staff(desk, "manager"), at=MONDAY, why="Mistake")
    assert desk.session.scalars(select(Clock)).one().stopped_by == f"contact:{second.id}"


def test_an_empty_message_and_a_closed_case_are_refused(desk: Desk) -> None:
    case = acts.submit(desk, MONDAY)
    with pytest.raises(Refused) as refused:
        talking.message(desk, case, by=acts.staff(desk), at=MONDAY, text=" ")
    assert refused.value.codes == {"invalid"}
    review.withdraw(desk, case.cancellations[0], by=actors.customer(), at=MONDAY)
    with pytest.raises(Refused) as refused:
        log(desk, case, "reached")
    assert refused.value.codes == {"out_of_date"}


def test_a_signature_counts_for_its_location_alone(desk: Desk) -> None:
    case = acts.submit(desk, MONDAY, locations=("HQ", "Branch"))
    [hq, branch] = case.cancellations
    by = actors.customer("kim@acme.example")
    talking.sign(desk, case, [hq], by=by, at=MONDAY, wanted=date(2027, 3, 20))
    assert (hq.agreed_for, branch.agreed_for) == (date(2027, 3, 20), None)
    assert state(desk) == "met"


def test_a_new_date_may_be_signed_only_while_it_can_be_agreed(desk: Desk) -> None:
    part = acts.scheduled(desk, MONDAY)
    by = actors.customer("pat@acme.example")
    with pytest.raises(Refused) as refused:
        talking.sign(desk, part.case, [part], by=by, at=MONDAY, wanted=date(2027, 3, 20))
    assert refused.value.codes == {"out_of_date"}
    talking.sign(desk, part.case, [part], by=by, at=MONDAY)


def test_a_bounce_sets_the_clock_running_again(desk: Desk, world: World) -> None:
    case = acts.submit(desk, MONDAY)
    talking.message(desk, case, by=acts.staff(desk), at=MONDAY, text="Please call us.")
    desk.session.commit()
    world.work(desk.session)
    letter = desk.session.scalars(select(Letter).where(Letter.name == "message")).one()
    assert state(desk) == "met"
    outbox.bounced(desk, letter.message_id, MONDAY, "mailbox full")
    assert state(desk) == "running"
    assert acts.letters(desk, to_customer=False) == ["bounced"]
    outbox.bounced(desk, letter.message_id, MONDAY, "mailbox full")
    assert acts.letters(desk, to_customer=False) == ["bounced"]


def test_an_unknown_bounce_is_logged_and_no_error(desk: Desk) -> None:
    assert outbox.bounced(desk, "<nobody@nowhere.example>", MONDAY, "") is False
    assert len(acts.events(desk, "bounce_of_unknown_letter")) == 1


def test_a_corrected_address_gets_the_letter_again(desk: Desk, world: World) -> None:
    case = acts.submit(desk, MONDAY, by="pta@acme.example")
    world.work(desk.session)
    letter = desk.session.scalars(select(Letter).where(Letter.name == "received")).one()
    by = acts.staff(desk)
    outbox.came_back(desk, letter, by=by, at=MONDAY, reason="No such mailbox")
    again = outbox.send_again(desk, letter, by=by, at=MONDAY, address="pat@acme.example")
    assert again.recipients == ["pat@acme.example"]
    assert case.requester == "pat@acme.example"
    assert again.message_id != letter.message_id
