"""Files on the case: chosen, listed, handed out harmless, taken away."""

from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import select

from tests import acts
from tests.conftest import MONDAY
from tests.staff_app.people_at_work import Person, words
from workflows import evidence
from workflows.desk import Desk
from workflows.records import File, Number

pytestmark = pytest.mark.usefixtures("acme")
PDF = b"%PDF-1.7 a letter of authority"


def test_kept_with_a_number_listed_and_handed_out(desk: Desk, agent: Person) -> None:
    case = acts.submit(desk, MONDAY)
    number = desk.session.scalars(select(Number).where(Number.e164 == "+12565550101")).one().id
    desk.session.commit()
    path = f"/cases/{case.reference}"
    assert 'enctype="multipart/form-data"' in agent.read(f"{path}/add-file")
    sent = agent.send(f"{path}/add-file", file=(BytesIO(PDF), "authority.pdf"), number=number)
    after = words(agent.get(sent.location))
    assert "authority.pdf is kept with the case." in after
    assert "authority.pdf 30 bytes · Agent, today 10:00 · (256) 555-0101" in after
    assert "File added: authority.pdf" in after
    kept = desk.session.scalars(select(File.id)).one()
    desk.session.commit()
    given = agent.get(f"{path}/files/{kept}")
    assert given.data == PDF
    assert given.headers["Content-Type"] == "application/pdf"
    assert given.headers["Content-Disposition"] == "attachment; filename=authority.pdf"
    assert given.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in given.headers["Content-Security-Policy"]
    assert given.headers["Cache-Control"] == "no-store"


def test_a_wrong_file_is_refused_at_its_input(app: Flask, desk: Desk, agent: Person) -> None:
    case = acts.submit(desk, MONDAY)
    path = f"/cases/{case.reference}/add-file"
    answer = agent.send(path, file=(BytesIO(b"MZ\x00"), "bill.pdf"), number="")
    assert answer.status_code == 422
    assert 'id="e-file"' in answer.text
    assert "Files of this kind are not kept." in words(answer)
    app.config.update(MAX_CONTENT_LENGTH=2000)
    far = agent.send(path, file=(BytesIO(bytes(3000)), "bill.pdf"), number="")
    assert far.status_code == 413
    assert "A file may have at most 10 MB." in words(far)


def test_a_removed_file_is_gone_and_told(desk: Desk, agent: Person, manager: Person) -> None:
    case = acts.submit(desk, MONDAY)
    kept = evidence.add(desk, case, by=acts.staff(desk), at=MONDAY, name="a.txt", content=b"Words").id
    desk.session.commit()
    path = f"/cases/{case.reference}"
    assert f"{path}/remove-file/{kept}" not in agent.read(path)
    assert f"{path}/remove-file/{kept}" in manager.read(path)
    assert manager.send(f"{path}/remove-file/{kept}", reason="Wrong case").status_code == 303
    assert agent.get(f"{path}/files/{kept}").status_code == 404
    assert "removed by Manager, today 10:00: Wrong case" in words(agent.get(path))
