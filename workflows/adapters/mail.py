"""What Lastcall needs of a mail server, in our words."""

from dataclasses import dataclass, field
from email.message import EmailMessage
from enum import StrEnum
from typing import Protocol


class MailAnswer(StrEnum):
    """`refused`: for good (5xx). `deferred`: try again (4xx). `down`: nobody answered."""

    accepted = "accepted"
    refused = "refused"
    deferred = "deferred"
    down = "down"


@dataclass(frozen=True)
class Delivery:
    answer: MailAnswer
    reason: str = ""
    refused: dict[str, str] = field(default_factory=dict)
    """Recipients that were refused although the letter was accepted for another one, and why."""


class Mail(Protocol):
    timeout: float
    """Seconds for which the server may stay silent in each part of the conversation."""

    def send(self, message: EmailMessage, recipients: list[str]) -> Delivery:
        """Hands one letter to the server once. Never raises for what a server may answer."""
        ...
