"""A mail server in memory for rehearsals and tests: it answers as it was told and keeps what it took."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import NamedTuple

from workflows.adapters.mail import Delivery, MailAnswer

ANSWERS = ("ok", "refused", "deferred", "bounce", "down")
BOUNCES_AFTER = timedelta(minutes=10)
ALWAYS_TAKEN = frozenset({"digest", "found"})
"""Letters (header `X-Lastcall-Letter`) that use no answer."""
SAID = {
    "refused": Delivery(MailAnswer.refused, "550 No such mailbox."),
    "deferred": Delivery(MailAnswer.deferred, "451 Try again later."),
    "down": Delivery(MailAnswer.down, "The mail server could not be reached."),
}


class Accepted(NamedTuple):
    at: datetime
    message: EmailMessage
    recipients: list[str]


class Bounce(NamedTuple):
    due_at: datetime
    message_id: str


@dataclass
class _Order:
    """`left` counts the answers still to be given; None: as many as there are until `until`."""

    kind: str
    left: int | None = None
    until: datetime | None = None


class MemoryMail:
    """`now` is the simulated instant (UTC), set by whoever moves time."""

    timeout = 30.0

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.accepted: list[Accepted] = []
        self.bounces: list[Bounce] = []
        """Letters that will come back or did; whoever acts on one takes it out."""
        self._order: _Order | None = None

    def answer(self, kind: str, times: int | None = None, until: datetime | None = None) -> None:
        """How the next letters are answered, in place of what was ordered before.

        For so many tries, or before the instant `until`; with neither until something else is ordered."""
        if kind not in ANSWERS:
            raise ValueError(f'"{kind}" is no answer of a mail server; use one of {", ".join(ANSWERS)}')
        self._order = _Order(kind, times, until)

    def send(self, message: EmailMessage, recipients: list[str]) -> Delivery:
        kind = "ok" if message["X-Lastcall-Letter"] in ALWAYS_TAKEN else self._next()
        if kind in SAID:
            return SAID[kind]
        self.accepted.append(Accepted(self.now, message, list(recipients)))
        if kind == "bounce":
            self.bounces.append(Bounce(self.now + BOUNCES_AFTER, str(message["Message-ID"])))
        return Delivery(MailAnswer.accepted)

    def due_bounces(self, at: datetime) -> list[Bounce]:
        """Takes out the bounces that came back up to and including `at`, in order of time."""
        due = sorted(each for each in self.bounces if each.due_at <= at)
        self.bounces = [each for each in self.bounces if each.due_at > at]
        return due

    def next_bounce(self) -> datetime | None:
        return min((each.due_at for each in self.bounces), default=None)

    def _next(self) -> str:
        order = self._order
        if order is None or order.left == 0 or (order.until and self.now >= order.until):
            return "ok"
        if order.left is not None:
            order.left -= 1
        return order.kind
