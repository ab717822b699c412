"""The page of a case in a real browser: the typed dialog, a double click, the back button, a conflict."""

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from tests import acts
from tests.browser.conftest import sign_in
from tests.conftest import MONDAY
from workflows import talking
from workflows.desk import Desk
from workflows.records import Case, Event

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("acme", "passwords")]


@pytest.fixture
def ready(desk: Desk) -> Case:
    """A case of which everything is clear."""
    case = acts.submit(desk, MONDAY)
    acts.reach(desk, case, MONDAY)
    acts.dispose(desk, case.cancellations[0], MONDAY)
    return case


def happened(desk: Desk, name: str) -> int:
    found = desk.session.scalar(select(func.count(Event.id)).where(Event.name == name)) or 0
    desk.session.commit()
    return found


def test_the_typed_dialog_and_a_double_click(page: Page, desk: Desk, ready: Case) -> None:
    desk.session.commit()
    sign_in(page, "agent")
    page.goto("/cases/C-1001")
    opener = page.get_by_role("link", name=re.compile("^Confirm the end"))
    opener.click()
    dialog = page.get_by_role("dialog", name="Confirm the end: Front desk")
    field = dialog.get_by_label("Type the location's name")
    send = dialog.get_by_role("button", name="Confirm the end")
    expect(field).to_be_focused()
    expect(send).to_be_disabled()
    expect(dialog.get_by_text("2 phone numbers")).to_be_visible()
    page.keyboard.press("Enter")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()
    opener.click()
    dialog.get_by_role("link", name="Go back").click()
    expect(dialog).to_be_hidden()
    opener.click()
    field.fill("  FRONT desk ")
    send.dblclick()
    expect(page.locator(".receipt[role=status]")).to_contain_text(
        "Scheduled for Fri 12 Mar 18:00 Central. Pat Doe gets"
    )
    assert happened(desk, "confirm") == 1
    page.go_back()
    page.go_back()
    page.goto("/cases/C-1001")
    expect(page.get_by_text("Scheduled", exact=True).first).to_be_visible()
    assert happened(desk, "confirm") == 1


def test_going_back_after_an_act_sends_nothing_again(page: Page, desk: Desk, ready: Case) -> None:
    desk.session.commit()
    sign_in(page, "agent")
    page.goto("/cases/C-1001/note")
    page.get_by_label("Note").fill("Once.")
    page.get_by_role("button", name="Add a note").click()
    expect(page.locator(".receipt[role=status]")).to_contain_text("Note added")
    page.go_back()
    page.reload()
    page.go_forward()
    expect(page.get_by_role("heading", level=1)).to_have_text("Acme Dental")
    assert happened(desk, "note") == 1


def test_a_conflict_shows_both_and_sends_again(page: Page, desk: Desk, ready: Case) -> None:
    desk.session.commit()
    sign_in(page, "agent")
    page.goto(f"/cases/C-1001/withdraw/{ready.cancellations[0].id}")
    desk.session.commit()
    page.get_by_label("Why they stay").fill("A better price.")
    talking.add_note(desk, ready, by=acts.staff(desk, "agent2"), at=MONDAY, text="Mine first.")
    desk.session.commit()
    page.get_by_role("button", name="Withdraw the request").click()
    problems = page.locator("#problems")
    expect(problems).to_be_focused()
    expect(problems).to_contain_text("Somebody else acted in the meantime")
    expect(problems).to_contain_text("Mine first.")
    expect(problems).to_contain_text("A better price.")
    assert happened(desk, "withdraw") == 0
    page.get_by_role("button", name="Send again: withdraw the request").click()
    expect(page.locator(".receipt[role=status]")).to_contain_text("Withdrawn. Front desk stays on.")
    assert happened(desk, "withdraw") == 1


def test_the_e_mail_is_read_before_it_is_sent(page: Page, desk: Desk, ready: Case) -> None:
    desk.session.commit()
    sign_in(page, "agent")
    page.goto("/cases/C-1001/message")
    page.get_by_label("Message").fill("May we call at nine?")
    page.get_by_text("The e-mail that goes with it").click()
    page.get_by_role("button", name="Show it with what is typed").click()
    letter = page.frame_locator("iframe[name=letter]")
    expect(letter.get_by_text("May we call at nine?")).to_be_visible()
    assert happened(desk, "message") == 0
    page.get_by_role("button", name="Write an e-mail").click()
    expect(page.locator(".receipt[role=status]")).to_contain_text("The e-mail is on its way.")
    assert happened(desk, "message") == 1
