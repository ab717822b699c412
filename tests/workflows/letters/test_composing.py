"""The message of a letter: headers, thread, parts, and nothing that slips into a header."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cheaper import examples
from workflows.letters import customer, staff
from workflows.letters.composing import compose
from workflows.records import Letter

RUN_AT = datetime(2026, 12, 5, 0, 0, tzinfo=UTC)


def there(letter: Letter | None) -> Letter:
    assert letter is not None
    return letter


def sent(scene: Any, letter: Letter) -> EmailMessage:
    """The message as the reader's program reads it off the wire."""
    message = compose(scene.desk.settings, letter, text=letter.text, html=letter.html, at=scene.at)
    return message_from_bytes(message.as_bytes(), EmailMessage, policy=policy.default)


@pytest.fixture
def received(scene: Any) -> Letter:
    return there(customer.received(scene.desk, scene.case, scene.at))


@pytest.fixture
def scheduled(scene: Any) -> Letter:
    scene.schedule(scene.hq, RUN_AT)
    return there(customer.scheduled(scene.desk, scene.hq, scene.at))


def test_its_headers(scene: Any, received: Letter) -> None:
    message = sent(scene, received)
    assert message["From"] == "Northline Voice <success@northline.example>"
    assert message["To"] == "kim@acme.example, pat@acme.example"
    assert message["Reply-To"] == "success@northline.example"
    assert message["Subject"] == "We have your cancellation request: HQ, Lab and Toronto [C-1001]"
    assert message["Date"] == "Tue, 24 Nov 2026 15:30:00 +0000"
    assert message.get_all("Message-ID") == [received.message_id]
    assert message["X-Lastcall-Letter"] == "received"
    assert message["Auto-Submitted"] == "auto-generated"


def test_a_person_s_message_is_not_automatic(scene: Any) -> None:
    letter = there(customer.message(scene.desk, scene.case, scene.at, scene.agent, "Hello"))
    assert sent(scene, letter)["Auto-Submitted"] is None


def test_the_thread_of_a_case(scene: Any, received: Letter, scheduled: Letter) -> None:
    assert sent(scene, received)["In-Reply-To"] is None
    message = sent(scene, scheduled)
    assert message["In-Reply-To"] == received.message_id
    assert message["References"] == received.message_id


def test_the_thread_without_its_first_letter(scene: Any, scheduled: Letter) -> None:
    other = there(customer.message(scene.desk, scene.case, scene.at, scene.agent, "Hello"))
    assert sent(scene, other)["References"] == sent(scene, scheduled)["References"]


def test_the_staff_have_a_thread_of_their_own(scene: Any, received: Letter) -> None:
    at_risk = there(staff.at_risk(scene.desk, scene.clock("first_contact", RUN_AT), scene.at))
    blocked = there(staff.run_blocked(scene.desk, scene.hq, scene.at, "A number appeared."))
    assert sent(scene, at_risk)["References"] == sent(scene, blocked)["References"]
    assert sent(scene, at_risk)["References"] != received.message_id


def test_no_thread_without_a_case(scene: Any) -> None:
    letter = there(customer.password_reset(scene.desk, scene.agent, scene.at))
    assert sent(scene, letter)["References"] is None


def test_text_and_html(scene: Any, received: Letter) -> None:
    message = sent(scene, received)
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    text, html = (part.get_content() for part in message.iter_parts())
    assert text.splitlines() == received.text.splitlines()
    assert html.splitlines() == received.html.splitlines()


def test_the_calendar_file(scene: Any, scheduled: Letter) -> None:
    message = sent(scene, scheduled)
    assert message.get_content_type() == "multipart/mixed"
    (file,) = message.iter_attachments()
    assert file.get_content_type() == "text/calendar"
    assert file.get_filename() == "C-1001.ics"
    assert file["Content-Type"].params["method"] == "PUBLISH"
    assert file.get_content().splitlines() == scheduled.calendar.splitlines()


def test_an_umlaut_in_every_place(scene: Any, received: Letter) -> None:
    provider = scene.desk.settings.provider.model_copy(update={"name": "Nördline, Voice"})
    scene.desk.settings = scene.desk.settings.model_copy(update={"provider": provider})
    received.subject = "Über Zürich " * 20 + "[C-1001]"
    message = sent(scene, received)
    assert message["From"] == '"Nördline, Voice" <success@northline.example>'
    assert message["Subject"] == received.subject


def test_a_long_message_id_stays_whole(scene: Any, received: Letter) -> None:
    received.message_id = f"<{'a' * 24}@{'b' * 60}.example>"
    assert sent(scene, received)["Message-ID"] == received.message_id


@pytest.mark.parametrize(
    "address",
    [
        "a@b.example\r\nBcc: eve@evil.example",
        "a@b.example, eve@evil.example",
        "Pat <pat@acme.example>",
        "",
        "@",
    ],
)
def test_what_is_no_address_stays_out_of_the_headers(scene: Any, received: Letter, address: str) -> None:
    received.recipients = [address, "pat@acme.example"]
    assert sent(scene, received)["To"] == "pat@acme.example"
    received.recipients = [address]
    assert sent(scene, received)["To"] == "undisclosed-recipients:;"


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=examples(20)
)
@given(st.text(max_size=40), st.text(alphabet='ab@.,<>()[]"\\;: \r\n\x00é\t=?\u2028\x85', max_size=14))
def test_nothing_slips_into_a_header(scene: Any, words: str, address: str) -> None:
    letter = there(customer.new_link(scene.desk, scene.case, "pat@acme.example", scene.at))
    letter.subject = f"{words}\r\nBcc: eve@evil.example"
    letter.recipients = [address]
    provider = scene.desk.settings.provider.model_copy(update={"name": f"{words}\nBcc: x"})
    changed = scene.desk.settings.model_copy(update={"provider": provider})
    message = compose(changed, letter, text=letter.text, html=letter.html, at=scene.at)
    head = message.as_bytes().split(b"\r\n\r\n")[0]
    read = message_from_bytes(head, EmailMessage, policy=policy.default)
    known = {"From", "To", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References"}
    known |= {"X-Lastcall-Letter", "Auto-Submitted", "MIME-Version", "Content-Type"}
    assert set(read.keys()) == known
    assert len(read.keys()) == len(known)
