"""Files as evidence: a few kinds, told by content; kept, shown, taken away with a reason."""

import re

import pytest
from sqlalchemy import select

from tests import acts
from tests.conftest import MONDAY
from workflows import evidence
from workflows.config.settings import Files
from workflows.desk import Desk
from workflows.errors import Refused
from workflows.records import Case, File

pytestmark = pytest.mark.usefixtures("acme")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (b"%PDF-1.7 ...", "bill.txt", "pdf"),
        (PNG, "photo", "png"),
        (b"\xff\xd8\xff\xe0", "photo.pdf", "jpeg"),
        (b"From: pat@acme.example\nSubject: Yes\n\nYes.", "yes.EML", "eml"),
        (b"From: pat@acme.example\n", "yes.txt", "txt"),
        ("Größe".encode(), "words.txt", "txt"),
        (b"<script>alert(1)</script>", "page.html", "txt"),
        (b"MZ\x90\x00\x03", "bill.pdf", None),
        (b"PK\x03\x04", "bill.docx", None),
        (b"\xff\xfe\x00", "a.txt", None),
    ],
)
def test_the_content_says_what_it_is(content: bytes, name: str, kind: str | None) -> None:
    assert evidence.kind_of(content, name) == kind


def add(desk: Desk, case: Case, content: bytes = b"Words", name: str = "a.txt") -> File:
    return evidence.add(desk, case, by=acts.staff(desk), at=MONDAY, name=name, content=content)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty."),
        (bytes(10_000_001), "The file is too large: at most 10 MB."),
        (b"MZ\x00", "Files of this kind are not kept. What is kept: PDF, PNG, JPEG, TXT, EML."),
    ],
)
def test_what_is_not_kept_says_why(desk: Desk, content: bytes, said: str) -> None:
    case = acts.submit(desk, MONDAY)
    with pytest.raises(Refused, match=re.escape(said)):
        add(desk, case, content)
    assert desk.session.scalars(select(File)).all() == []


def test_a_house_may_keep_fewer_kinds(desk: Desk) -> None:
    case = acts.submit(desk, MONDAY)
    only = desk.settings.model_copy(update={"files": Files(kinds=("pdf",))})
    narrow = Desk(desk.session, only, desk.calendar, desk.platform, desk.carrier)
    with pytest.raises(Refused, match=r"What is kept: PDF\."):
        add(narrow, case)


def test_names_lose_folders_and_what_cannot_be_shown(desk: Desk) -> None:
    case = acts.submit(desk, MONDAY)
    assert add(desk, case, name="C:\\bills\\march\r\n.txt").name == "march.txt"
    assert add(desk, case, name="../../etc/passwd").name == "passwd"
    assert add(desk, case, name=" / ").name == "file.txt"


def test_a_removed_file_leaves_its_line_and_not_its_content(desk: Desk) -> None:
    case = acts.submit(desk, MONDAY)
    kept = add(desk, case)
    with pytest.raises(Refused, match="Only a manager"):
        evidence.remove(desk, kept, by=acts.staff(desk), at=MONDAY, why="Wrong case")
    by = acts.staff(desk, "manager")
    with pytest.raises(Refused, match="Say why"):
        evidence.remove(desk, kept, by=by, at=MONDAY, why=" ")
    evidence.remove(desk, kept, by=by, at=MONDAY, why="Wrong case")
    desk.session.commit()
    assert (kept.content, kept.name, kept.removed_why) == (b"", "a.txt", "Wrong case")
    with pytest.raises(Refused, match="removed already"):
        evidence.remove(desk, kept, by=by, at=MONDAY, why="Again")
    assert [each.facts["file_name"] for each in acts.events(desk, "file_removed")] == ["a.txt"]
