"""Every page that people see without an account at the desk, in every look: customers' pages and doors."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import acts
from tests.browser import axe, stages
from tests.browser.stages import Stage
from workflows import actors, links, moves, porting, review
from workflows.records import Case
from workflows.states import Action, OrderState

pytestmark = pytest.mark.browser
FOC = datetime(2027, 3, 10, 15, tzinfo=UTC)
Show = Callable[[Page, Stage, dict[str, Case]], None]


@pytest.fixture(scope="module")
def stage(browser: Browser, tables: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stages.opened(tmp_path_factory.mktemp("stage"), tables, browser) as made:
        yield made


@pytest.fixture(scope="module")
def cases(stage: Stage) -> dict[str, Case]:
    """A request in every state that a customer can meet."""
    time, made = stage.world.time, {}
    made["blocked"] = _planned(stage, "blocked", sooner=True)
    stage.world.books.fail("freeze", "denied")
    time.pass_(hours=9)
    stage.work()
    made["terminated"] = _planned(stage, "terminated", sooner=True)
    time.pass_(days=1)
    stage.work()
    made["waiting"] = _planned(stage, "waiting", sooner=True)
    time.pass_(days=1)
    for name in ("new", "reached", "withdrawn", "declined", "deferred", "completed", "failed"):
        made[name] = _asked(stage, name)
    acts.reach(stage.desk, made["reached"], time.now)
    _end(stage, made["withdrawn"], made["declined"])
    for name, after in (("deferred", None), ("completed", "completed"), ("failed", "rejected")):
        _port(stage, name, made[name], after)
    for name in ("scheduled", "terminating", "again"):
        made[name] = _planned(stage, name)
    for name, action in (("terminating", Action.begin), ("again", Action.recheck)):
        moves.move(stage.desk, made[name].cancellations[0], action, at=time.now, by=actors.SYSTEM)
    made["mixed"] = _asked(stage, "mixed", "north", "south", "east")
    review.withdraw(stage.desk, made["mixed"].cancellations[2], by=acts.staff(stage.desk), at=time.now)
    stage.account("canada", "toronto", jurisdiction="CA-ON")
    made["canada"] = _submitted(stage, "canada", "toronto")
    stage.account("asking", "first", "second")
    stage.desk.session.commit()
    return made


def _asked(stage: Stage, ref: str, *places: str) -> Case:
    stage.account(ref, *(places or ("main",)))
    return _submitted(stage, ref, *(places or ("main",)))


def _submitted(stage: Stage, ref: str, *places: str, sooner: bool = False) -> Case:
    at = stage.world.time.now
    on = at.date() + timedelta(days=0 if sooner else 11)
    locations = tuple(f"{ref}-{place}" for place in places)
    by = f"pat@{ref}.example"
    return acts.submit(stage.desk, at, account=ref, locations=locations, requested_for=on, by=by)


def _planned(stage: Stage, ref: str, *, sooner: bool = False) -> Case:
    stage.account(ref, "main")
    case, at = _submitted(stage, ref, "main", sooner=sooner), stage.world.time.now
    acts.reach(stage.desk, case, at)
    acts.dispose(stage.desk, case.cancellations[0], at)
    acts.confirm(stage.desk, case.cancellations[0], at)
    return case


def _end(stage: Stage, withdrawn: Case, declined: Case) -> None:
    by, at = acts.staff(stage.desk), stage.world.time.now
    review.withdraw(stage.desk, withdrawn.cancellations[0], by=by, at=at)
    review.decline(stage.desk, declined.cancellations[0], by=by, at=at, reason="The owner has to ask.")


def _port(stage: Stage, ref: str, case: Case, after: str | None) -> None:
    """A transfer of one of its numbers, waited for; then what became of it."""
    at, number = stage.world.time.now, stage.numbers[f"{ref}-main"][0]
    stage.world.books.port(f"P-{ref}", ref, [number], OrderState.committed, FOC, at=at)
    porting.told(stage.desk, f"P-{ref}", at)
    review.defer(stage.desk, case.cancellations[0], by=acts.staff(stage.desk), at=at)
    if after is not None:
        stage.world.books.port(f"P-{ref}", ref, [number], OrderState(after), at=at)
        porting.told(stage.desk, f"P-{ref}", at)


# How each page is reached


def at_status(name: str, path: str = "") -> Show:
    return lambda page, stage, cases: _go(page, stage.status(cases[name]) + path)


def at(path: str) -> Show:
    return lambda page, _stage, _cases: _go(page, path)


def _go(page: Page, path: str) -> None:
    page.goto(path)


def sent(show: Show, button: str) -> Show:
    """A page after its button was pressed on an empty form."""

    def shown(page: Page, stage: Stage, cases: dict[str, Case]) -> None:
        show(page, stage, cases)
        page.get_by_role("button", name=button, exact=True).click()

    return shown


def with_address(show: Show, button: str) -> Show:
    def shown(page: Page, stage: Stage, cases: dict[str, Case]) -> None:
        show(page, stage, cases)
        page.get_by_label("e-mail address", exact=False).first.fill("pat@new.example")
        page.get_by_role("button", name=button, exact=True).click()

    return shown


def at_handover(page: Page, stage: Stage, _cases: dict[str, Case]) -> None:
    page.goto(stage.handover("asking"))


def at_choose(page: Page, stage: Stage, cases: dict[str, Case]) -> None:
    at_handover(page, stage, cases)
    page.get_by_role("button", name="Continue").click()


def at_switch(page: Page, stage: Stage, cases: dict[str, Case]) -> None:
    at_choose(page, stage, cases)
    for box in page.get_by_role("group", name="Locations").get_by_role("checkbox").all():
        box.check()
    for part, value in (("day", "20"), ("month", "3"), ("year", "2027")):
        page.locator(f"[name=requested_for-{part}]").fill(value)
    page.get_by_label("Closing the location").check()
    page.get_by_label("Your reason in your own words").fill("We close.")
    page.get_by_role("button", name="Continue").click()


def at_check(page: Page, stage: Stage, cases: dict[str, Case]) -> None:
    at_switch(page, stage, cases)
    page.locator(".sw").first.click()
    page.get_by_role("button", name="Continue to check").click()


def at_done(page: Page, stage: Stage, cases: dict[str, Case]) -> None:
    page.goto(stage.handover("new"))
    page.get_by_role("button", name="Continue").click()
    page.goto(f"/r/done/{cases['new'].reference}")


def at_sign(page: Page, stage: Stage, cases: dict[str, Case]) -> None:
    page.goto(f"/sign/{_sign_token(stage, cases['mixed'])}")


def at_signed(page: Page, stage: Stage, cases: dict[str, Case]) -> None:
    page.goto(f"/sign/{_sign_token(stage, cases['reached'])}")
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Sign").click()


def _sign_token(stage: Stage, case: Case) -> str:
    made, now = stage.desk, stage.world.time.now
    token = links.make(made, "sign", now, timedelta(minutes=30), case=case, address="pat@new.example")
    made.session.commit()
    return token


STATES = (
    "new",
    "reached",
    "deferred",
    "completed",
    "failed",
    "again",
    "scheduled",
    "waiting",
    "terminating",
    "blocked",
    "terminated",
    "withdrawn",
    "declined",
    "mixed",
    "canada",
)
PAGES: dict[str, tuple[Show, str]] = {
    **{f"status, {name}": (at_status(name), "") for name in STATES},
    "keep": (at_status("new", "/keep"), "Keep Main office"),
    "keep some": (at_status("mixed", "/keep"), "Keep the service"),
    "keep none": (sent(at_status("mixed", "/keep"), "Keep what I chose"), "Keep the service"),
    "keep what is blocked": (at_status("blocked", "/keep"), "Keep the service"),
    "another date": (at_status("mixed", "/date"), "Change the date"),
    "another date, empty": (sent(at_status("mixed", "/date"), "Ask for this date"), "Change the date"),
    "too late for another date": (at_status("scheduled", "/date"), "Change the date"),
    "ask to sign": (at_status("new", "/sign"), "Sign"),
    "ask to sign, empty": (sent(at_status("new", "/sign"), "E-mail me the link"), "Sign"),
    "link to sign sent": (with_address(at_status("new", "/sign"), "E-mail me the link"), "mailbox"),
    "too late to sign": (at_status("scheduled", "/sign"), "Sign"),
    "sign": (at_sign, "Sign for the cancellation"),
    "sign nothing": (sent(at_sign, "Sign"), "Sign for the cancellation"),
    "signed": (at_signed, "You have signed"),
    "new link": (at("/s/new"), "E-mail me a new link"),
    "new link, empty": (sent(at("/s/new"), "E-mail me a new link"), "E-mail me a new link"),
    "new link sent": (with_address(at("/s/new"), "E-mail me a new link"), "mailbox"),
    "link gone": (at("/s/forged"), "This link no longer works"),
    "hand-over": (at_handover, "Cancel a location"),
    "hand-over gone": (at("/h/forged"), "This link no longer works"),
    "no hand-over": (at("/r/choose"), "Please start from your account"),
    "choose": (at_choose, "Which locations"),
    "choose nothing": (sent(at_choose, "Continue"), "Which locations"),
    "switch": (at_switch, "Switch on"),
    "switch nothing": (sent(at_switch, "Continue to check"), "Switch on"),
    "check": (at_check, "Check and send"),
    "check, not confirmed": (sent(at_check, "Send cancellation request"), "Check and send"),
    "done": (at_done, "We have your request"),
    "left": (sent(at_choose, "Keep everything on"), "You have left"),
    "sign in": (at("/sign-in"), "Sign in"),
    "sign in, wrong": (sent(at("/sign-in"), "Sign in"), "Sign in"),
    "reset": (at("/reset"), "Reset your password"),
    "reset, empty": (sent(at("/reset"), "Send the link"), "Reset your password"),
    "reset sent": (with_address(at("/reset"), "Send the link"), "Look at your e-mail"),
    "reset gone": (at("/reset/forged"), "This link no longer works"),
    "nowhere": (at("/nowhere"), "Not found"),
}


@pytest.fixture
def page(stage: Stage) -> Iterator[Page]:
    stage.context.clear_cookies()
    made = stage.context.new_page()
    yield made
    made.close()


@pytest.mark.parametrize("name", PAGES)
def test_everybody_can_use_it(name: str, page: Page, stage: Stage, cases: dict[str, Case]) -> None:
    show, title = PAGES[name]
    show(page, stage, cases)
    expect(page.get_by_role("heading", level=1)).to_contain_text(title)
    found = axe.faults(page)
    assert not found, "\n".join(found)
