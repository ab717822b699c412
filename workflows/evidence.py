"""Files as evidence: kept with a case, of a few known kinds, told by their content and not by their name."""

import re
from datetime import datetime

from workflows import allowed
from workflows.actors import Actor
from workflows.desk import Desk
from workflows.errors import Line, Refused
from workflows.history import note
from workflows.records import Case, File, Number

MEGABYTE = 1_000_000
MAGIC = {"pdf": b"%PDF-", "png": b"\x89PNG\r\n\x1a\n", "jpeg": b"\xff\xd8\xff"}
"""How files of a kind begin."""
MEDIA = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpeg": "image/jpeg",
    "txt": "text/plain",
    "eml": "message/rfc822",
}
HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]*: ?\S")
CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
UNSEEN = re.compile(r"[\x00-\x1f\x7f]")
LONGEST_NAME = 120


def kind_of(content: bytes, name: str) -> str | None:
    """`pdf`, `png`, `jpeg`, `eml` or `txt`; None for anything else. An e-mail is text whose name says so."""
    for kind, begins in MAGIC.items():
        if content.startswith(begins):
            return kind
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    if CONTROLS.search(text):
        return None
    return "eml" if name.lower().endswith(".eml") and HEADER.match(text) else "txt"


def add(
    desk: Desk,
    case: Case,
    *,
    by: Actor,
    at: datetime,
    name: str,
    content: bytes,
    number: Number | None = None,
) -> File:
    """Keeps a file with a case, and with one of its numbers where it is about one. Raises Refused."""
    allowed.case_work(by)
    kind = kind_of(content, name)
    allowed.refuse(_problems(desk, content, kind))
    assert kind is not None
    kept = File(
        case_id=case.id,
        number_id=number.id if number else None,
        name=_plain(name, kind),
        kind=MEDIA[kind],
        size=len(content),
        content=content,
        at=at,
        by=by.name,
    )
    desk.session.add(kept)
    desk.session.flush()
    note(desk, "file_added", at=at, by=by, case=case, file=kept.id, file_name=kept.name, size=kept.size)
    return kept


def _problems(desk: Desk, content: bytes, kind: str | None) -> list[Line]:
    limits = desk.settings.files
    if not content:
        return [Line("invalid", "The file is empty.", "file")]
    if len(content) > limits.largest_mb * MEGABYTE:
        return [Line("invalid", f"The file is too large: at most {limits.largest_mb} MB.", "file")]
    if kind is None or kind not in limits.kinds:
        named = ", ".join(each.upper() for each in limits.kinds)
        return [Line("invalid", f"Files of this kind are not kept. What is kept: {named}.", "file")]
    return []


def _plain(name: str, kind: str) -> str:
    """The name without folders and control characters, short enough to show."""
    last = re.split(r"[\\/]", UNSEEN.sub("", name))[-1].strip(" .")
    return last[-LONGEST_NAME:] or f"file.{kind}"


def remove(desk: Desk, file: File, *, by: Actor, at: datetime, why: str) -> None:
    """A manager takes a file away: its content goes, what it was and why it went stays."""
    allowed.manager(by)
    if file.removed_at is not None:
        raise Refused.because("out_of_date", "This file was removed already.")
    if not why.strip():
        raise Refused.because("invalid", "Say why the file is removed.", "reason")
    file.content, file.removed_at, file.removed_by, file.removed_why = b"", at, by.name, why.strip()
    note(
        desk, "file_removed", at=at, by=by, case=file.case, why=why.strip(), file=file.id, file_name=file.name
    )
