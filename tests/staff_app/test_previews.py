"""A letter is read before the act that sends it, and nothing of the act remains."""

import pytest
from sqlalchemy import func, select

from tests import acts
from tests.conftest import MONDAY
from tests.staff_app.people_at_work import Person, words
from workflows.desk import Desk
from workflows.records import Cancellation, Event, Letter

pytestmark = pytest.mark.usefixtures("acme")


def counted(desk: Desk) -> tuple[int, int, str]:
    desk.session.expire_all()
    found = (
        desk.session.scalar(select(func.count(Letter.id))) or 0,
        desk.session.scalar(select(func.count(Event.id))) or 0,
        desk.session.scalars(select(Cancellation.state)).one(),
    )
    desk.session.commit()
    return found


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("confirm", {"for": "2027-03-18"}, "Set: Front desk ends on Thursday 18 March at 18:00 [C-1001]"),
        ("withdraw", {"reason": ""}, "Front desk stays on [C-1001]"),
        ("decline", {"reason": "You are not the owner."}, "You are not the owner."),
        ("message", {"text": "May we call at nine?"}, "May we call at nine?"),
        ("contact", {"person": "pat@acme.example"}, "We tried to call you about Front desk [C-1001]"),
        ("message", {"text": " "}, "Write the message."),
    ],
)
def test_as_it_will_be_sent(desk: Desk, agent: Person, name: str, given: dict[str, str], said: str) -> None:
    case = acts.submit(desk, MONDAY)
    thing = "" if name in ("contact", "message") else f"/{case.cancellations[0].id}"
    path = f"/cases/{case.reference}/preview/{name}{thing}"
    before = counted(desk)
    answer = agent.post(path, **given)
    assert answer.status_code == 200
    assert said in answer.text
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "link.invalid" not in answer.text
    assert counted(desk) == before


def test_with_what_the_form_begins_with(desk: Desk, agent: Person) -> None:
    part = acts.submit(desk, MONDAY).cancellations[0]
    acts.dispose(desk, part, MONDAY, "porting")
    path = f"/cases/{part.case.reference}/preview/defer/{part.id}"
    assert "pat@acme.example" in agent.read(path)
    assert "We will wait for your number transfer: Front desk" in agent.read(path)
    assert path in agent.read(f"/cases/{part.case.reference}/defer/{part.id}")


def test_what_writes_no_letter_has_none(desk: Desk, agent: Person) -> None:
    case = acts.submit(desk, MONDAY)
    part = case.cancellations[0].id
    desk.session.commit()
    assert agent.get(f"/cases/{case.reference}/preview/numbers/{part}").status_code == 404
    assert "No e-mail goes with this." in agent.read(f"/cases/{case.reference}/preview/reschedule/{part}")


def test_a_grave_act_is_a_dialog_and_a_page(desk: Desk, agent: Person) -> None:
    case = acts.submit(desk, MONDAY)
    part = case.cancellations[0]
    acts.dispose(desk, part, MONDAY)
    path = f"/cases/{case.reference}/confirm/{part.id}"
    page, bare = agent.read(path), agent.get(path, headers={"HX-Request": "true"})
    assert f'href="{path}"' in agent.read(f"/cases/{case.reference}")
    assert "<html" not in bare.text
    assert '<h2 id="dialog-h">Confirm the end: Front desk</h2>' in bare.text
    for each in (page, bare.text):
        assert "2 phone numbers" in each
        assert "(256) 555-0101, (256) 555-0102, not needed (Pat, by phone, Mon 1 Mar)" in " ".join(
            words(bare).split()
        )
        assert each.count("autofocus") == 1
