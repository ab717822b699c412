"""Letters over yagmail's connection. They are composed elsewhere and only handed over here.

yagmail's own `send` is left alone: it tries again by itself, sleeps, and then fails without saying why,
while the outbox counts its tries and wants the server's words."""

import json
import smtplib
import socket
import ssl
from contextlib import suppress
from email.message import EmailMessage
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import yagmail

from workflows.adapters.mail import Delivery, MailAnswer
from workflows.config import ConfigError, Secrets

TIMEOUT = 30.0
"""Seconds for which the server may stay silent."""
TLS_MODES = ("starttls", "ssl", "none")
OAUTH2_KEYS = ("google_client_id", "google_client_secret", "google_refresh_token")
OUR_SIGN_IN = frozenset({530, 534, 535, 538})
"""Codes that complain about our sign-in, not about the letter: it must not be given up for them."""
LATER = (MailAnswer.down, MailAnswer.deferred)


class YagmailMail:
    """One connection per letter, always closed. Raises ConfigError where the settings cannot work."""

    def __init__(self, secrets: Secrets, timeout: float = TIMEOUT) -> None:
        self.timeout = timeout
        self._options = _options(secrets) | {"timeout": timeout, "local_hostname": _own_name()}
        self._sign_in_name = secrets.smtp_user

    def send(self, message: EmailMessage, recipients: list[str]) -> Delivery:
        """Hands one letter to the server once.

        Whatever goes wrong before the letter is offered (no connection, no TLS, no sign-in) is `down`."""
        yag: Any = None
        try:
            yag = self._connection()
            yag.login()
            return _hand_over(yag.smtp, message, recipients)
        except (smtplib.SMTPException, OSError) as wrong:
            return Delivery(MailAnswer.down, _words(wrong))
        finally:
            _close(yag)

    def greet(self) -> Delivery:
        """Connects and signs in, without a letter: `accepted` where both work."""
        yag: Any = None
        try:
            yag = self._connection()
            yag.login()
        except (smtplib.SMTPException, OSError) as wrong:
            return Delivery(MailAnswer.down, _words(wrong))
        else:
            return Delivery(MailAnswer.accepted)
        finally:
            _close(yag)

    def _connection(self) -> Any:
        yag = yagmail.SMTP(**self._options)
        yag.set_logging(None)
        yag.user = self._sign_in_name  # yagmail would add "@gmail.com" to a plain name
        return yag


def _options(secrets: Secrets) -> dict[str, Any]:
    """What yagmail is told; its check of addresses is off because a user name need not be one."""
    options = _place(secrets) | {"soft_email_validation": False}
    if secrets.smtp_oauth2_file:
        return options | {"oauth2_file": _oauth2_file(secrets), "user": secrets.smtp_user}
    if secrets.smtp_user:
        return options | {"user": secrets.smtp_user, "password": secrets.smtp_password}
    return options | {"smtp_skip_login": True}


def _place(secrets: Secrets) -> dict[str, Any]:
    tls, host = secrets.smtp_tls, secrets.smtp_host
    if tls not in TLS_MODES:
        raise ConfigError(f'{Secrets.variable("smtp_tls")}: "{tls}" is none of {", ".join(TLS_MODES)}')
    if not secrets.smtp_port.isdecimal() or not 0 < int(secrets.smtp_port) < 65536:
        raise ConfigError(f'{Secrets.variable("smtp_port")}: "{secrets.smtp_port}" is no port number')
    place: dict[str, Any] = {"host": host, "port": int(secrets.smtp_port), "smtp_ssl": tls == "ssl"}
    if tls == "ssl":
        return place | {"context": _trust(host)}
    return place | {"smtp_starttls": {"context": _trust(host)} if tls == "starttls" else False}


def _trust(host: str) -> ssl.SSLContext:
    """The server's certificate is checked, except on this very machine, where nobody stands between."""
    context = ssl.create_default_context()
    if _is_here(host):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _is_here(host: str) -> bool:
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"


def _oauth2_file(secrets: Secrets) -> str:
    """The file, once it is complete: yagmail would ask a person at the keyboard for what is missing."""
    variable = Secrets.variable("smtp_oauth2_file")
    if secrets.smtp_tls != "ssl":
        raise ConfigError(f"{variable}: Gmail's OAuth2 needs {Secrets.variable('smtp_tls')}=ssl")
    if not secrets.smtp_user:
        raise ConfigError(f"{variable}: needs the mailbox in {Secrets.variable('smtp_user')}")
    path = Path(secrets.smtp_oauth2_file).expanduser()
    try:
        known = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as wrong:
        raise ConfigError(f"{variable}: {path} cannot be read: {wrong}") from wrong
    missing = [key for key in OAUTH2_KEYS if not isinstance(known, dict) or not known.get(key)]
    if missing:
        raise ConfigError(f"{variable}: {path} lacks {', '.join(missing)}")
    return str(path)


@cache
def _own_name() -> str:
    """Our name for the server's greeting, looked up once: with a slow DNS it takes seconds."""
    return socket.getfqdn()


def _hand_over(smtp: smtplib.SMTP, message: EmailMessage, recipients: list[str]) -> Delivery:
    try:
        refused = smtp.send_message(message, to_addrs=recipients)
    except smtplib.SMTPHeloError as wrong:
        return Delivery(MailAnswer.down, _words(wrong))
    except smtplib.SMTPRecipientsRefused as wrong:
        return _all_refused(wrong.recipients)
    except smtplib.SMTPResponseException as wrong:
        return Delivery(_by_code(wrong.smtp_code), _words(wrong))
    except (smtplib.SMTPNotSupportedError, ValueError) as wrong:
        return Delivery(MailAnswer.refused, f"The letter cannot be sent by this server: {wrong}")
    return Delivery(MailAnswer.accepted, refused={each: _reply(*reply) for each, reply in refused.items()})


def _all_refused(refused: dict[str, tuple[int, bytes]]) -> Delivery:
    """For good only where no recipient may be accepted later."""
    answers = {_by_code(code) for code, _ in refused.values()}
    reason = "; ".join(f"{address}: {_reply(*reply)}" for address, reply in refused.items())
    return Delivery(next((each for each in LATER if each in answers), MailAnswer.refused), reason)


def _by_code(code: int) -> MailAnswer:
    if code in OUR_SIGN_IN:
        return MailAnswer.down
    return MailAnswer.refused if 500 <= code < 600 else MailAnswer.deferred


def _words(wrong: Exception) -> str:
    if isinstance(wrong, smtplib.SMTPResponseException):
        return _reply(wrong.smtp_code, wrong.smtp_error)
    return f"The mail server could not be used: {wrong or type(wrong).__name__}"


def _reply(code: int, text: bytes | str) -> str:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {said}".strip()


def _close(yag: Any) -> None:
    """Says goodbye where somebody listens, and closes the socket in any case."""
    if yag is None:
        return
    with suppress(smtplib.SMTPException, OSError):
        yag.close()
    if yag.smtp is not None:
        yag.smtp.close()
