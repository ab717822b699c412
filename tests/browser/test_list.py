"""A list in a real browser: worked by keys alone, read anew without moving, selected, counted down."""

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from tests import acts
from tests.browser import axe
from tests.browser.conftest import sign_in
from tests.conftest import MONDAY, World
from tests.staff_app.test_lists import _case
from workflows.desk import Desk
from workflows.records import Case, Contact

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("passwords")]


@pytest.fixture
def three(desk: Desk, world: World, passwords: None) -> list[Case]:
    made = [_case(world, desk, number, owner="agent") for number in (1, 2, 3)]
    desk.session.commit()
    return made


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.closest('tr')?.id || document.activeElement.id"))


def test_an_agent_works_by_keys_alone(page: Page, three: list[Case], desk: Desk) -> None:
    sign_in(page, "agent")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert focused(page) == "row-C-1002"
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("Shift+X")
    expect(page.get_by_text("2 cases selected")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("2 cases selected")).to_be_hidden()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("l")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    assert focused(page) == "row-C-1003"
    page.keyboard.press("/")
    assert focused(page) == "search"
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/C-1001*")
    page.keyboard.press("]")
    page.wait_for_url("**/cases/C-1002*")
    page.keyboard.press("c")
    expect(page.get_by_role("dialog", name="Confirm the end")).to_be_visible()
    assert desk.session.scalars(select(Case.closed_at)).all() == [None] * 3


def test_an_act_from_the_list_comes_back_to_its_receipt(page: Page, three: list[Case], desk: Desk) -> None:
    sign_in(page, "agent")
    page.keyboard.press("j")
    page.keyboard.press("l")
    page.get_by_label("Voicemail left").check()
    page.get_by_label("Note").focus()
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/queue")
    expect(page.locator(".receipt .t")).to_be_focused()
    assert desk.session.scalars(select(Contact.outcome)).all() == ["voicemail"]


def test_new_cases_are_announced_and_move_nothing(
    page: Page, three: list[Case], desk: Desk, world: World
) -> None:
    sign_in(page, "agent")
    page.keyboard.press("j")
    page.keyboard.press("j")
    acts.reach(desk, three[2], MONDAY)
    for number in (4, 5):
        _case(world, desk, number, owner="agent")
    page.evaluate("htmx.ajax('GET', location.href, {source: '#list', swap: 'none'})")
    expect(page.get_by_text("2 new cases.")).to_be_visible()
    assert focused(page) == "row-C-1002"
    assert page.locator("tr.row").count() == 3
    expect(page.locator("#row-C-1003")).to_contain_text("Contacted")
    page.get_by_role("link", name="Show").click()
    expect(page.locator("tr.row")).to_have_count(5)


def test_keys_can_be_switched_off(page: Page, three: list[Case]) -> None:
    sign_in(page, "agent")
    page.goto("/me")
    page.get_by_label("Single keys are shortcuts").uncheck()
    page.locator("#work").get_by_role("button", name="Save").click()
    page.goto("/queue")
    page.keyboard.press("j")
    page.keyboard.press("?")
    assert focused(page) == ""
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_time_left_goes_on_by_itself(page: Page, three: list[Case]) -> None:
    page.clock.install()
    sign_in(page, "agent")
    expect(page.locator("[data-left]").first).to_contain_text("2 business days left")
    page.route("**/queue*", lambda asked: asked.fulfill(status=204))
    page.clock.fast_forward("23:30:00")
    expect(page.locator("[data-left]").first).to_contain_text(re.compile("17 h (29|30) min left"))


PATHS = ("/queue", "/cases?status=open&sort=customer", "/cases?stage=declined", "/views", "/keys")


@pytest.mark.parametrize("path", PATHS)
def test_lists_can_be_used_by_everybody(page: Page, three: list[Case], path: str) -> None:
    axe.bring(page.context)
    sign_in(page, "agent")
    page.goto(path)
    assert axe.faults(page, least=24) == []


def test_on_a_phone_more_opens_the_whole_rail(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, "manager")
    bar = page.get_by_role("navigation", name="Most used")
    rail = page.get_by_role("navigation", name="Main")
    expect(rail).to_be_hidden()
    for words in ("My queue", "All cases", "Upcoming", "SLA"):
        expect(bar.get_by_role("link", name=words)).to_be_visible()
    bar.get_by_role("button", name="More").click()
    expect(rail.get_by_role("button", name="Sign out")).to_be_attached()
    page.keyboard.press("Escape")
    expect(rail).to_be_hidden()
    bar.get_by_role("button", name="More").click()
    rail.get_by_role("link", name="Stop switch").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Stop switch")
