"""The outbox: each letter once, the ladder of tries, and what a crash leaves behind."""

from datetime import timedelta
from email.message import EmailMessage

import pytest
from sqlalchemy import select

from tests import acts
from tests.conftest import MONDAY, World
from workflows import talking
from workflows.adapters.mail import Delivery, MailAnswer
from workflows.desk import Desk
from workflows.errors import Refused
from workflows.letters import outbox
from workflows.letters.rendering import LINK
from workflows.records import Case, Clock, Event, Letter
from workflows.states import Channel, Outcome

pytestmark = pytest.mark.usefixtures("acme")


@pytest.fixture
def case(desk: Desk) -> Case:
    return acts.submit(desk, MONDAY)


def only(desk: Desk) -> Letter:
    return desk.session.scalars(select(Letter).where(Letter.name == "received")).one()


def test_a_letter_is_handed_over_once(desk: Desk, world: World, case: Case) -> None:
    world.work(desk.session)
    world.work(desk.session)
    [sent] = world.mail.accepted
    assert sent.recipients == ["pat@acme.example"]
    assert sent.message["Message-ID"] == only(desk).message_id
    assert only(desk).state == "sent"


def test_the_stored_letter_never_holds_the_private_link(desk: Desk, world: World, case: Case) -> None:
    world.work(desk.session)
    [sent] = world.mail.accepted
    body = sent.message.get_body(("plain",))
    assert body is not None
    assert "/s/" in body.get_content()
    assert LINK not in body.get_content()
    assert LINK in only(desk).text
    assert "/s/" not in only(desk).text


def test_tries_follow_the_ladder_and_end_within_a_day(desk: Desk, world: World, case: Case) -> None:
    world.mail.answer("down")
    tries = []
    while only(desk).state == "waiting":
        moment = only(desk).next_try_at
        assert moment is not None
        world.time.now = moment
        tries.append(int((moment - MONDAY).total_seconds()) // 60)
        world.work(desk.session)
        desk.session.expire_all()
    assert tries[:6] == [0, 1, 6, 21, 81, 141]
    assert tries[-1] == 81 + 60 * 22
    assert only(desk).state == "given_up"
    assert "bounced" in acts.letters(desk, to_customer=False)


def test_a_refusal_is_final_at_once(desk: Desk, world: World, case: Case) -> None:
    world.mail.answer("refused", times=1)
    world.work(desk.session)
    assert only(desk).state == "given_up"
    assert acts.letters(desk, to_customer=False) == ["bounced"]


def test_one_refused_recipient_of_two_is_told(desk: Desk, world: World) -> None:
    class Picky:
        timeout = 30.0

        def send(self, message: EmailMessage, recipients: list[str]) -> Delivery:
            refused = {each: "550 unknown" for each in recipients if each.startswith("kim")}
            return Delivery(MailAnswer.accepted, refused=refused)

    acts.submit(desk, MONDAY, by="kim@acme.example")
    for letter in desk.session.scalars(select(Letter.id)).all():
        outbox.send(desk, letter, Picky(), world.time.read, "key")
    assert only(desk).accepted_at == MONDAY
    assert acts.letters(desk, to_customer=False) == ["bounced"]


def test_a_server_that_dies_while_sending_sends_again_with_the_same_id(
    desk: Desk, world: World, case: Case
) -> None:
    class Dying:
        timeout = 30.0

        def __init__(self) -> None:
            self.seen: list[str] = []

        def send(self, message: EmailMessage, recipients: list[str]) -> Delivery:
            self.seen.append(str(message["Message-ID"]))
            raise KeyboardInterrupt

    dying = Dying()
    with pytest.raises(KeyboardInterrupt):
        outbox.send(desk, only(desk).id, dying, world.time.read, "key")
    desk.session.rollback()
    world.work(desk.session)
    assert world.mail.accepted == []
    world.time.now += outbox.CLAIM + timedelta(seconds=1)
    world.work(desk.session)
    assert [str(sent.message["Message-ID"]) for sent in world.mail.accepted] == dying.seen


def test_what_was_accepted_was_accepted_at_one_instant(desk: Desk, world: World, case: Case) -> None:
    """However long it takes to write it down: letter, history and promise name the same second."""
    agent, nobody = acts.staff(desk), Outcome.no_answer
    talking.log_contact(desk, case, by=agent, at=MONDAY, channel=Channel.phone, outcome=nobody)
    desk.session.commit()
    letter = desk.session.scalars(select(Letter).where(Letter.name == "unreachable")).one()
    outbox.send(desk, letter.id, world.mail, lambda: world.time.pass_(seconds=1), "key")
    accepted = desk.session.scalars(select(Event).where(Event.name == "letter_accepted")).one()
    promise = desk.session.scalars(select(Clock)).one()
    assert letter.accepted_at == accepted.at == promise.stopped_at


def test_a_second_cause_in_the_same_second_joins_the_unsent_letter(desk: Desk) -> None:
    case = acts.submit(desk, MONDAY, locations=("HQ", "Branch"))
    acts.reach(desk, case, MONDAY)
    for part in case.cancellations:
        acts.dispose(desk, part, MONDAY)
        acts.confirm(desk, part, MONDAY)
    assert acts.letters(desk).count("scheduled") == 1
    [letter] = desk.session.scalars(select(Letter).where(Letter.name == "scheduled"))
    assert "Front desk" in letter.text
    assert "Branch office" in letter.text
    assert letter.calendar.count("BEGIN:VEVENT") == 2


def test_every_message_is_a_letter_of_its_own(desk: Desk, case: Case) -> None:
    for _ in range(2):
        talking.message(desk, case, by=acts.staff(desk), at=MONDAY, text="Please call us.")
    assert acts.letters(desk).count("message") == 2


def test_only_a_letter_that_came_back_is_sent_again(desk: Desk, world: World, case: Case) -> None:
    world.work(desk.session)
    with pytest.raises(Refused) as refused:
        outbox.send_again(desk, only(desk), by=acts.staff(desk), at=MONDAY)
    assert refused.value.codes == {"out_of_date"}
