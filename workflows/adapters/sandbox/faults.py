"""Answers that somebody ordered beforehand: how the sandbox answers the next call of a name."""

from workflows.adapters.platform import Answer
from workflows.adapters.sandbox.records import BooksError, Shelf
from workflows.adapters.sandbox.steps import REVERSIBLE, STEPS

FAULTS = ("applied", "error", "denied", "timeout_applied", "timeout_not_applied", "gone", "unreachable")
READ_FAULTS = ("error", "unreachable")
UNTOUCHED = {
    "error": Answer.error,
    "denied": Answer.denied,
    "timeout_not_applied": Answer.timeout,
    "gone": Answer.gone,
    "unreachable": Answer.unreachable,
}
"""Faults that leave the books as they are, and the answer to the caller."""


def order(shelf: Shelf, on: str, answer: str, times: int) -> None:
    """Lines up an answer behind those already ordered for that name. Raises BooksError."""
    if not is_name(on):
        raise BooksError(f'The platform has no step "{on}".')
    if answer not in (READ_FAULTS if on == "read" else FAULTS):
        raise BooksError(f'"{answer}" is no answer to {on}.')
    if times < 1:
        raise BooksError("An answer is given at least once.")
    shelf.faults.setdefault(on, []).extend([answer] * times)


def take(shelf: Shelf, name: str) -> str | None:
    """The next ordered answer of a name, used up by this. `release` alone stands for every release."""
    general = name.partition(":")[0] if name.startswith("release:") else name
    queue = shelf.faults.get(name) or shelf.faults.get(general)
    return queue.pop(0) if queue else None


def is_name(on: str) -> bool:
    if on.startswith("undo:"):
        return on.removeprefix("undo:") in REVERSIBLE
    return on in ("read", *STEPS) or (on.startswith("release:+") and on[9:].isdigit())
