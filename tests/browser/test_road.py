"""The whole road of a case, clicked: asked for by a customer, settled by an agent, ended by the scheduler."""

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from tests.browser.conftest import PASSWORD, sign_in
from tests.conftest import MONDAY, World
from workflows import links
from workflows.desk import Desk
from workflows.records import Cancellation, Case
from workflows.states import State

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("acme", "passwords")]


@pytest.fixture
def customer(browser: Browser, address: str, world: World) -> Page:
    """The customer's own browser, signed in through the provider's store."""
    made = browser.new_context(base_url=address, viewport={"width": 390, "height": 800}).new_page()
    made.set_default_timeout(8_000)
    token = links.handover_token("acme", "pat@acme.example", world.house.secrets.handover_secret, MONDAY)
    made.goto(f"/h/{token}")
    made.get_by_role("button", name="Continue").click()
    return made


def ask(customer: Page) -> None:
    """The three steps of a request for the front desk."""
    customer.get_by_label("Front desk").check()
    customer.get_by_role("textbox", name="Day").fill("12")
    customer.get_by_role("textbox", name="Month").fill("3")
    customer.get_by_role("textbox", name="Year").fill("2027")
    customer.get_by_label("Closing the location").check()
    customer.locator("textarea").first.fill("We close the front desk.")
    customer.get_by_role("button", name="Continue").click()
    customer.get_by_text("Stays on").first.click()
    customer.get_by_role("button", name="Continue to check").click()
    customer.get_by_label("I understand").check()
    customer.get_by_label("Type").fill("CANCEL 1 LOCATION")
    customer.get_by_role("button", name="Send cancellation request").click()
    expect(customer.get_by_role("heading", level=1)).to_contain_text("C-1001")


def settle(page: Page) -> None:
    """What an agent does with it: contact, numbers, the typed confirmation."""
    page.get_by_role("link", name="Acme Dental").first.click()
    page.get_by_role("link", name="Log contact").first.click()
    page.get_by_label("Reached", exact=False).first.check()
    page.get_by_label("How they were authenticated").select_option("pin")
    page.get_by_role("button", name="Log contact").click()
    page.get_by_role("link", name="Decide numbers").first.click()
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_label("Not needed", exact=False).first.check()
    page.get_by_role("button", name="Decide numbers").click()
    page.get_by_role("link", name="Confirm the end").first.click()
    page.get_by_label("Type the location's name").fill("front desk")
    page.get_by_role("button", name="Confirm the end").click()


def test_from_the_request_to_the_receipt(page: Page, customer: Page, desk: Desk, world: World) -> None:
    ask(customer)
    sign_in(page, "agent")
    settle(page)
    expect(page.get_by_text("Scheduled").first).to_be_visible()
    part = desk.session.scalars(select(Cancellation)).one()
    assert part.run_at is not None
    world.time.now = part.run_at
    desk.session.commit()
    world.work(desk.session)
    page.reload()
    expect(page.get_by_text("Terminated").first).to_be_visible()
    desk.session.expire_all()
    assert part.state == State.terminated
    assert world.books.released == ["+12565550101", "+12565550102"]


def test_a_page_that_went_stale_says_who_acted_and_keeps_what_was_typed(
    page: Page, customer: Page, desk: Desk
) -> None:
    ask(customer)
    sign_in(page, "agent")
    page.goto("/cases/C-1001/message")
    page.get_by_label("Message").fill("Please call us back.")
    desk.session.scalars(select(Case)).one().version += 1
    desk.session.commit()
    page.get_by_role("button", name="Write an e-mail").click()
    expect(page.get_by_text("Please call us back.").first).to_be_visible()


def test_a_wrong_password_is_told_and_keeps_the_address(page: Page) -> None:
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill("agent@desk.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD + "!")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("E-mail")).to_have_value("agent@desk.example")
    expect(page.locator("#problems")).to_be_focused()
    expect(page.get_by_role("alert").or_(page.locator("#summary")).first).to_contain_text("wrong")
