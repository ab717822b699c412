"""Receipts after an act: they stay until dismissed. And ways back that cannot lead elsewhere."""

from typing import Any
from urllib.parse import urlsplit

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response


def receipt(words: str, undo: dict[str, Any] | None = None) -> None:
    """Shown once on the next page. `undo`: address and hidden fields of the act that reverses it."""
    flash({"words": words, "undo": undo}, "receipt")  # type: ignore[arg-type]


def local(path: str | None) -> str | None:
    """The path if it is one of ours; None for anything that could lead to another site."""
    if not path or not path.startswith("/") or path.startswith("//") or "\\" in path:
        return None
    parts = urlsplit(path)
    return path if not parts.scheme and not parts.netloc and path.isprintable() else None


def back_to(path: str | None) -> Response:
    """303 to a page of ours, or home."""
    return redirect(local(path) or url_for("staff.home"), 303)
