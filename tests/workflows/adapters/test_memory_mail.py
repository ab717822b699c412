"""The mail server in memory answers as ordered and keeps what it accepted."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest

from workflows.adapters.mail import Mail, MailAnswer
from workflows.adapters.memory_mail import MemoryMail

AT = datetime(2027, 3, 1, 16, tzinfo=UTC)
TO = ["pat@acme.example"]


@pytest.fixture
def mail() -> MemoryMail:
    return MemoryMail(AT)


def letter(name: str = "received", number: int = 1) -> EmailMessage:
    message = EmailMessage()
    message["Message-ID"] = f"<{number}@lastcall.example>"
    message["X-Lastcall-Letter"] = name
    return message


def send(mail: Mail, name: str = "received") -> str:
    return mail.send(letter(name), TO).answer.value


def test_accepts_by_default(mail: MemoryMail) -> None:
    message = letter()
    assert mail.send(message, TO).answer is MailAnswer.accepted
    assert mail.accepted == [(AT, message, TO)]


@pytest.mark.parametrize("kind", ["refused", "deferred", "down"])
def test_ordered_answer_lasts_until_the_next_order(mail: MemoryMail, kind: str) -> None:
    mail.answer(kind)
    assert [send(mail), send(mail)] == [kind, kind]
    mail.answer("ok")
    assert send(mail) == "accepted"
    assert len(mail.accepted) == 1


def test_answer_for_so_many_tries(mail: MemoryMail) -> None:
    mail.answer("deferred", times=2)
    assert [send(mail) for _ in range(3)] == ["deferred", "deferred", "accepted"]


def test_until_is_exclusive(mail: MemoryMail) -> None:
    mail.answer("down", until=AT + timedelta(hours=1))
    assert send(mail) == "down"
    mail.now = AT + timedelta(minutes=59, seconds=59)
    assert send(mail) == "down"
    mail.now = AT + timedelta(hours=1)
    assert send(mail) == "accepted"


@pytest.mark.parametrize("name", ["digest", "found"])
def test_digest_and_found_use_no_answer(mail: MemoryMail, name: str) -> None:
    mail.answer("refused", times=1)
    assert send(mail, name) == "accepted"
    assert send(mail) == "refused"


def test_bounce_comes_back_ten_minutes_later(mail: MemoryMail) -> None:
    mail.answer("bounce", times=1)
    assert [send(mail), send(mail)] == ["accepted", "accepted"]
    due = AT + timedelta(minutes=10)
    assert mail.bounces == [(due, "<1@lastcall.example>")]
    assert mail.next_bounce() == due
    assert mail.due_bounces(due - timedelta(seconds=1)) == []
    assert mail.due_bounces(due) == [(due, "<1@lastcall.example>")]
    assert mail.next_bounce() is None


def test_unknown_answer(mail: MemoryMail) -> None:
    with pytest.raises(ValueError, match='"maybe" is no answer'):
        mail.answer("maybe")
