"""The five steps of a cancellation as the customer sees them. They follow from the rows, like the stage."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from workflows.moments import local_day
from workflows.records import Cancellation

TALKED = {
    "letter": "We wrote to you",
    "voicemail": "We left a message",
    "signed": "You signed",
}
SECOND = ("new",)
FIFTH = ("scheduled", "waiting", "terminating", "blocked")


@dataclass(frozen=True)
class Step:
    words: str
    how: str = ""
    """`done`, `now` or nothing yet."""
    on: date | datetime | None = None
    before: str = ""
    """Words before the date, such as `by` or `expected`."""


def steps(
    part: Cancellation,
    kind: str,
    talk: tuple[str, datetime] | None,
    due: datetime | None,
    expected: date | None,
    fates: Collection[str],
) -> list[Step]:
    if kind in ("withdrawn", "declined", "terminated"):
        return []
    now = _now(kind, fates)
    listed = [_received(part), _talk(talk, due), _numbers(kind, now, expected), _date(part, now), _end(part)]
    hows = ["done" if number < now else "now" if number == now else "" for number in range(1, 6)]
    return [Step(step.words, how, step.on, step.before) for step, how in zip(listed, hows, strict=True)]


def _now(kind: str, fates: Collection[str]) -> int:
    if kind in SECOND:
        return 2
    if kind in FIFTH:
        return 5
    unsettled = kind == "deferred" or "undecided" in fates or "porting" in fates
    return 3 if unsettled else 4


def _received(part: Cancellation) -> Step:
    return Step("Received", on=part.case.received_at)


def _talk(talk: tuple[str, datetime] | None, due: datetime | None) -> Step:
    if talk is None:
        return Step("We contact you", on=due, before="by")
    return Step(TALKED.get(talk[0], "We talked"), on=talk[1])


def _numbers(kind: str, now: int, expected: date | None) -> Step:
    if kind == "deferred":
        return Step("Waiting for your numbers", on=expected, before="expected")
    return Step("Your numbers are settled" if now > 3 else "We go through your numbers")


def _date(part: Cancellation, now: int) -> Step:
    return Step("The date is set") if now > 4 else Step("You confirm the date")


def _end(part: Cancellation) -> Step:
    on = local_day(part.location, part.run_at) if part.run_at else None
    return Step("Service ends", on=on)
