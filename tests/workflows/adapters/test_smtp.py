"""Letters over a real SMTP conversation on loopback: what each of the server's answers means to us."""

import json
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope

from workflows.adapters.mail import Mail, MailAnswer
from workflows.adapters.smtp import YagmailMail
from workflows.config import ConfigError, Secrets

PAT, KIM = "pat@acme.example", "kim@acme.example"


class Server:
    """An aiosmtpd handler that answers each recipient, and the letter, as told."""

    def __init__(self, letter: str = "250 OK", **recipients: str) -> None:
        self.letter = letter
        self.recipients = recipients
        self.taken: list[Envelope] = []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.recipients.get(address.partition("@")[0], "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Envelope
    ) -> str:
        if self.letter.startswith("250"):
            self.taken.append(envelope)
        return self.letter


@contextmanager
def running(server: Server, **options: Any) -> Iterator[int]:
    controller = Controller(server, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def mail(port: int, **other: str) -> Mail:
    return YagmailMail(Secrets(smtp_port=str(port), **{"smtp_tls": "none", **other}), timeout=5)


def letter(text: str = "Your service ends on Monday.\n") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Northline Voice <success@northline.example>"
    message["To"] = PAT
    message["Subject"] = "Ends on Monday"
    message["Message-ID"] = "<1@lastcall.example>"
    message.set_content(text)
    message.add_alternative("<p>Your service ends on <b>Monday</b>.</p>\n", subtype="html")
    return message


def test_accepted_letter_arrives_as_composed() -> None:
    server = Server()
    with running(server) as port:
        delivery = mail(port).send(letter(), [PAT, KIM])
    assert delivery.answer is MailAnswer.accepted
    assert delivery.refused == {}
    (envelope,) = server.taken
    assert envelope.rcpt_tos == [PAT, KIM]
    assert envelope.mail_from == "success@northline.example"
    content = envelope.content
    assert isinstance(content, bytes)
    assert content.count(b"Message-ID: <1@lastcall.example>") == 1
    assert content.count(b"text/plain") == content.count(b"text/html") == 1


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        ("550 Not wanted", MailAnswer.refused),
        ("554 Looks like spam", MailAnswer.refused),
        ("451 Try later", MailAnswer.deferred),
        ("421 Closing", MailAnswer.deferred),
        ("530 Sign in first", MailAnswer.down),
    ],
)
def test_answer_to_the_letter(answer: str, meaning: MailAnswer) -> None:
    with running(Server(answer)) as port:
        delivery = mail(port).send(letter(), [PAT])
    assert (delivery.answer, delivery.reason) == (meaning, answer)


@pytest.mark.parametrize(
    ("pat", "kim", "meaning"),
    [
        ("550 Gone", "551 Gone too", MailAnswer.refused),
        ("550 Gone", "450 Greylisted", MailAnswer.deferred),
        ("450 Greylisted", "450 Greylisted", MailAnswer.deferred),
    ],
)
def test_every_recipient_refused(pat: str, kim: str, meaning: MailAnswer) -> None:
    with running(Server(pat=pat, kim=kim)) as port:
        delivery = mail(port).send(letter(), [PAT, KIM])
    assert (delivery.answer, delivery.reason) == (meaning, f"{PAT}: {pat}; {KIM}: {kim}")


def test_one_recipient_of_two_refused() -> None:
    server = Server(kim="550 No such user")
    with running(server) as port:
        delivery = mail(port).send(letter(), [PAT, KIM])
    assert delivery.answer is MailAnswer.accepted
    assert delivery.refused == {KIM: "550 No such user"}
    assert server.taken[0].rcpt_tos == [PAT]


def test_nobody_there() -> None:
    delivery = mail(free_port()).send(letter(), [PAT])
    assert delivery.answer is MailAnswer.down
    assert "refused" in delivery.reason


def test_server_that_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        outbox = YagmailMail(Secrets(smtp_port=str(port), smtp_tls="none"), timeout=0.2)
        assert outbox.send(letter(), [PAT]).answer is MailAnswer.down


def test_server_that_wants_nobody() -> None:
    with socket.create_server(("127.0.0.1", 0)) as rude, answering(rude, b"554 No mail here\r\n"):
        delivery = mail(rude.getsockname()[1]).send(letter(), [PAT])
    assert (delivery.answer, delivery.reason) == (MailAnswer.down, "554 No mail here")


@contextmanager
def answering(listener: socket.socket, greeting: bytes) -> Iterator[None]:
    """Greets one caller and hangs up."""

    def greet() -> None:
        caller, _ = listener.accept()
        with caller:
            caller.sendall(greeting)
            caller.recv(1)

    thread = threading.Thread(target=greet)
    thread.start()
    yield
    thread.join()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> SSLContext:
    if not shutil.which("openssl"):
        pytest.skip("openssl makes the certificate")
    folder = tmp_path_factory.mktemp("tls")
    key, cert = str(folder / "key.pem"), str(folder / "cert.pem")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=mail"]
    subprocess.run([*command, "-keyout", key, "-out", cert], check=True, capture_output=True)
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context


def test_signs_in_with_a_name_that_is_no_address(certificate: SSLContext) -> None:
    server, names = Server(), []

    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, login: Any) -> AuthResult:
        names.append(login.login)
        return AuthResult(success=login.password == b"s3cret", handled=False)

    with running(server, tls_context=certificate, authenticator=check, auth_required=True) as port:
        right, wrong = signing_in(port, "s3cret"), signing_in(port, "wrong")
        assert right.send(letter(), [PAT]).answer is MailAnswer.accepted
        refused = wrong.send(letter(), [PAT])
    assert set(names) == {b"apikey"}
    assert refused.answer is MailAnswer.down
    assert refused.reason.startswith("535")
    assert len(server.taken) == 1


def signing_in(port: int, password: str) -> Mail:
    return mail(port, smtp_tls="starttls", smtp_user="apikey", smtp_password=password)


def test_sign_in_that_is_missing_is_no_fault_of_the_letter(certificate: SSLContext) -> None:
    def never(*_: Any) -> AuthResult:
        return AuthResult(success=False)

    with running(Server(), tls_context=certificate, authenticator=never, auth_required=True) as port:
        delivery = mail(port, smtp_tls="starttls").send(letter(), [PAT])
    assert delivery.answer is MailAnswer.down
    assert delivery.reason.startswith("530")


def test_starttls(certificate: SSLContext) -> None:
    server = Server()
    with running(server, tls_context=certificate, require_starttls=True) as port:
        assert mail(port, smtp_tls="starttls").send(letter(), [PAT]).answer is MailAnswer.accepted
    assert len(server.taken) == 1


def test_tls_from_the_first_byte(certificate: SSLContext) -> None:
    server = Server()
    with running(server, ssl_context=certificate) as port:
        assert mail(port, smtp_tls="ssl").send(letter(), [PAT]).answer is MailAnswer.accepted
    assert len(server.taken) == 1


def test_certificate_is_checked_on_other_machines() -> None:
    """Read from what yagmail is told: there is no other machine in a test."""
    secrets = Secrets(smtp_host="mail.northline.example")
    assert YagmailMail(secrets)._options["smtp_starttls"]["context"].check_hostname is True
    assert YagmailMail(Secrets())._options["smtp_starttls"]["context"].check_hostname is False


def test_server_without_tls_gets_no_letter() -> None:
    server = Server()
    with running(server) as port:
        delivery = mail(port, smtp_tls="starttls").send(letter(), [PAT])
    assert delivery.answer is MailAnswer.down
    assert "STARTTLS" in delivery.reason
    assert server.taken == []


def test_address_that_the_server_cannot_write() -> None:
    with running(Server(), enable_SMTPUTF8=False) as port:
        delivery = mail(port).send(letter(), ["zoë@acme.example"])
    assert delivery.answer is MailAnswer.refused


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"smtp_tls": "maybe"}, 'LASTCALL_SMTP_TLS: "maybe" is none of starttls, ssl, none'),
        ({"smtp_port": "many"}, 'LASTCALL_SMTP_PORT: "many" is no port number'),
        ({"smtp_oauth2_file": "/none"}, "LASTCALL_SMTP_OAUTH2_FILE: Gmail's OAuth2 needs"),
        ({"smtp_oauth2_file": "/none", "smtp_tls": "ssl"}, "needs the mailbox in LASTCALL_SMTP_USER"),
        ({"smtp_oauth2_file": "/none", "smtp_tls": "ssl", "smtp_user": PAT}, "cannot be read"),
    ],
)
def test_settings_that_cannot_work(wrong: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        YagmailMail(Secrets(**wrong))


def test_oauth2_file(tmp_path: Path) -> None:
    file = tmp_path / "oauth2.json"
    secrets = Secrets(smtp_oauth2_file=str(file), smtp_tls="ssl", smtp_user="desk@northline.example")
    file.write_text(json.dumps({"google_client_id": "a", "google_client_secret": "b"}))
    with pytest.raises(ConfigError, match="lacks google_refresh_token"):
        YagmailMail(secrets)
    file.write_text(json.dumps(dict.fromkeys(("google_client_id", "google_client_secret"), "a")))
    known = json.loads(file.read_text()) | {"google_refresh_token": "c"}
    file.write_text(json.dumps(known))
    connection = YagmailMail(secrets)._connection()
    assert (connection.user, connection.ssl) == ("desk@northline.example", True)
    connection.close()
