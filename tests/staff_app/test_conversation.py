"""The conversation on the case: numbered attempts, the reminder, letters that came back, the history."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests import acts
from tests.conftest import MONDAY, World
from tests.staff_app.people_at_work import Person, words
from workflows import brakes, talking
from workflows.desk import Desk
from workflows.letters import outbox
from workflows.records import Case, Letter
from workflows.states import Channel, Outcome

pytestmark = pytest.mark.usefixtures("acme")
AT_TWO = MONDAY + timedelta(hours=4)


def mine(desk: Desk) -> Case:
    case, me = acts.submit(desk, MONDAY), acts.staff(desk)
    brakes.assign(desk, case, by=me, at=MONDAY, to=me.user)
    desk.session.commit()
    return case


def tried(desk: Desk, case: Case, outcome: Outcome = Outcome.wrong_person, again: bool = True) -> None:
    moment = AT_TWO if again else None
    talking.log_contact(
        desk, case, by=acts.staff(desk), at=MONDAY, channel=Channel.phone, outcome=outcome, next_try_at=moment
    )
    desk.session.commit()


def test_a_next_try_reminds_its_owner_on_every_page(
    desk: Desk, world: World, agent: Person, manager: Person
) -> None:
    case = mine(desk)
    tried(desk, case)
    said = "You wanted to try Pat Doe again today 14:00."
    assert said not in words(agent.get("/queue"))
    assert "Call again today 14:00" in words(agent.get("/queue"))
    world.time.now = AT_TWO
    for path in ("/queue", "/me", f"/cases/{case.reference}"):
        assert said in words(agent.get(path))
        assert said not in words(manager.get(path))


def test_the_reminder_ends_with_the_next_contact(desk: Desk, world: World, agent: Person) -> None:
    case = mine(desk)
    tried(desk, case)
    world.time.now = AT_TWO
    tried(desk, case, again=False)
    assert "You wanted to try" not in words(agent.get("/queue"))


def test_the_reminder_is_dismissed_where_one_is(desk: Desk, world: World, agent: Person) -> None:
    case = mine(desk)
    tried(desk, case)
    world.time.now = AT_TWO
    page = agent.read("/queue").split('aria-label="Reminder"')[1].split("</section>")[0]
    assert "Dismiss" in page
    entry = talking.attempts(desk, case)
    desk.session.commit()
    answer = agent.post(f"/cases/C-1001/drop-try/{entry}", version=case.version, back="/queue")
    assert answer.location == "/queue"
    after = words(agent.get("/queue"))
    assert "Dismissed. No next try is set." in after
    assert "You wanted to try" not in after


def test_attempts_are_numbered_and_the_receipt_says_what_it_did(desk: Desk, agent: Person) -> None:
    case = mine(desk)
    tried(desk, case)
    given = {"person": "pat@acme.example", "channel": "phone", "authenticated": "pin", "next_try": ""}
    path = f"/cases/{case.reference}/contact"
    missed = agent.get(agent.send(path, outcome="no_answer", **given).location)
    assert "Attempt 2 logged. The clock keeps running. Pat Doe gets an e-mail." in words(missed)
    kept = agent.get(agent.send(path, outcome="reached", **given).location)
    assert "Contact logged. First contact met with 2 business days left." in words(kept)


def test_a_letter_that_came_back_is_mended_where_it_stands(desk: Desk, world: World, agent: Person) -> None:
    case = mine(desk)
    world.work(desk.session)
    letter = desk.session.scalars(select(Letter).where(Letter.to_customer)).one()
    outbox.came_back(desk, letter, by=acts.staff(desk), at=MONDAY, reason="mailbox full")
    desk.session.commit()
    path = f"/cases/{case.reference}"
    page = agent.read(path)
    assert "mailbox full" in page
    assert f'action="{path}/send-again/{letter.id}"' in page
    sent = {"version": case.version, "address": "pat.doe@acme.example"}
    assert agent.post(f"{path}/send-again/{letter.id}", **sent).status_code == 303
    after = agent.read(path)
    assert "sent again" in after
    assert f'action="{path}/send-again/{letter.id}"' not in after


def test_the_history_is_narrowed_and_paged_in_the_address(desk: Desk, agent: Person) -> None:
    case = mine(desk)
    tried(desk, case)
    for number in range(60):
        talking.add_note(desk, case, by=acts.staff(desk), at=MONDAY, text=f"Note number {number}.")
    desk.session.commit()
    path = f"/cases/{case.reference}"
    everything = words(agent.get(path))
    assert "Note number 59." in everything
    assert "Note number 9." not in everything
    older = agent.read(path).split(">Show older")[0].rsplit('href="', 1)[1].split('"')[0]
    assert "Note number 9." in words(agent.get(older.replace("&amp;", "&")))
    contacts = words(agent.get(f"{path}?history=contacts"))
    assert "Phone: wrong person" in contacts
    assert "Note number" not in contacts
    assert "Request received" not in contacts
    assert "First contact promised by" in words(agent.get(f"{path}?history=system"))
    assert words(agent.get(f"{path}?history=nonsense")) == everything
