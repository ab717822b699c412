"""A mail server with moods: it accepts, refuses, defers, or hangs up after it has taken a letter."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller

from command_line.chaos.trial import Size

MOODS = ("defer", "defer", "hang_up_after", "hang_up_before", "slow", "refuse")


@dataclass
class Mailroom:
    """What came in, and how it was answered. `at` is in monotonic seconds."""

    size: Size
    is_calm: bool = False
    inbox: dict[str, list[float]] = field(default_factory=dict)
    """By Message-ID, when each copy was taken."""
    cut_off: set[str] = field(default_factory=set)
    """Taken, but whoever sent it was never told."""
    refused: set[str] = field(default_factory=set)
    seen: Counter[str] = field(default_factory=Counter)
    came: Counter[tuple[str, ...]] = field(default_factory=Counter)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's
        message = message_from_bytes(envelope.content)
        name = str(message["Message-ID"])
        mood = self._mood(*_about(message))
        match mood:
            case "refuse":
                self.refused.add(name)
                return "554 Not wanted here"
            case "defer":
                return "451 Come again later"
            case "hang_up_before":
                server.transport.abort()
                return "421 Gone"
            case "slow":
                await asyncio.sleep(0.5)
        self.inbox.setdefault(name, []).append(time.monotonic())
        if mood == "hang_up_after":
            self.cut_off.add(name)
            server.transport.abort()
        return "250 Taken"

    def _mood(self, *about: str) -> str:
        """Decided by the seed for each letter and each time it comes."""
        self.seen["letters"] += 1
        self.came[about] += 1
        dice = self.size.dice("mail", *about, self.came[about])
        if self.is_calm or dice.random() >= self.size.faults / 100:
            return ""
        mood = dice.choice(MOODS)
        if mood == "refuse" and dice.random() < 0.7:
            mood = "defer"
        self.seen[mood] += 1
        return mood


def _about(message: Message) -> tuple[str, str]:
    return str(message["To"]), str(message["Subject"])


@contextmanager
def open_to_letters(size: Size, port: int) -> Iterator[Mailroom]:
    room = Mailroom(size)
    controller = Controller(room, hostname="127.0.0.1", port=port, ready_timeout=20)
    controller.start()
    try:
        yield room
    finally:
        controller.stop()
