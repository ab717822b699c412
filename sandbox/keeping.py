"""Keeps the books in a file, so that a restart changes nothing."""

import os
import tempfile
from pathlib import Path

from pydantic import ValidationError

from workflows.adapters.sandbox import Books, BooksError


def load(path: Path) -> Books | None:
    """The books of a file; None where there is none yet. Raises BooksError where it cannot be read."""
    try:
        return Books.from_json(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValidationError, UnicodeDecodeError) as wrong:
        raise BooksError(f"{path} does not hold the sandbox's books: {wrong}") from wrong


def save(books: Books, path: Path) -> None:
    """Replaces the file in one go: a crash leaves the old books or the new ones."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as draft:
        draft.write(books.to_json())
        draft.flush()
        os.fsync(draft.fileno())
    os.replace(draft.name, path)


class Keeper:
    """Saves the books whenever they differ from what was saved last."""

    def __init__(self, books: Books, path: Path | None) -> None:
        self.books = books
        self.path = path
        self._saved: tuple[int, int, int] | None = None

    def keep(self) -> None:
        with self.books.lock:
            if self.path is None or self._saved == self._state():
                return
            save(self.books, self.path)
            self._saved = self._state()

    def _state(self) -> tuple[int, int, int]:
        waiting = sum(len(queue) for queue in self.books.faults.values())
        return self.books.changes, len(self.books.calls), waiting
