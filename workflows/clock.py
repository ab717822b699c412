"""The one place where the real time enters. Everything else receives an instant as `at`.

For trials the desk's days may pass faster than the world's: `LASTCALL_CLOCK="<start>,<rate>"` makes the
desk live `rate` seconds in each second that passes from the instant `start` on. What has to last in the
world itself, such as a lease, is given in its seconds and turned into the desk's by `lasting`."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

VARIABLE = "LASTCALL_CLOCK"
FASTEST = 100_000
FIRST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Pace:
    """How the desk's time passes: as the world's does until `start`, `rate` times as fast after it."""

    start: datetime = FIRST
    rate: float = 1.0

    def of(self, world: datetime) -> datetime:
        return (
            world if world <= self.start or self.rate == 1 else self.start + (world - self.start) * self.rate
        )


@lru_cache(maxsize=4)
def read(words: str) -> Pace:
    """Raises ValueError with a sentence for people."""
    if not words:
        return Pace()
    start, _, rate = words.partition(",")
    wrong = f'{VARIABLE}: "{words}" is no start and rate (1 to {FASTEST}), like "2027-03-01T16:00:00Z,600"'
    try:
        found = Pace(datetime.fromisoformat(start.strip()).astimezone(UTC), float(rate))
    except ValueError:
        raise ValueError(wrong) from None
    if not 1 <= found.rate <= FASTEST:
        raise ValueError(wrong)
    return found


def pace() -> Pace:
    return read(os.environ.get(VARIABLE, ""))


def now() -> datetime:
    """The present instant in UTC, in whole seconds (the product rules: instants are whole seconds)."""
    return pace().of(datetime.now(UTC)).replace(microsecond=0)  # noqa: TID251 - the one place that may


def lasting(seconds: float) -> timedelta:
    """How far `now` moves while so many seconds pass in the world."""
    return timedelta(seconds=seconds * pace().rate)
