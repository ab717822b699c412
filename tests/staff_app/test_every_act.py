"""Every row of the table of acts: works, done twice, wrong state, wrong role, missing words, stale page."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from staff_app import actions, acts
from staff_app.actions import Act
from tests import acts as desk_acts
from tests.conftest import MONDAY, World
from tests.staff_app.people_at_work import Person, words
from workflows import brakes, evidence, retention, review, talking
from workflows.desk import Desk
from workflows.errors import Unreachable
from workflows.letters import outbox
from workflows.records import Cancellation, Case, Contact, Event, Letter, Stop
from workflows.states import Channel, OrderState, Outcome, State

pytestmark = pytest.mark.usefixtures("acme")
ANYTHING = "Because of this."


@dataclass
class Stage:
    """Where an act is possible: the case and what the act is about."""

    case: Case | None
    thing: int | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    who: str = "agent"
    done: Callable[[Desk], bool] = lambda _desk: True


def _case(desk: Desk, **request: Any) -> Case:
    return desk_acts.submit(desk, MONDAY, **request)


def _ready(desk: Desk) -> Cancellation:
    """Everything is clear: it could be confirmed."""
    case = _case(desk)
    desk_acts.reach(desk, case, MONDAY)
    desk_acts.dispose(desk, case.cancellations[0], MONDAY)
    return case.cancellations[0]


def _is(part: Cancellation, state: State) -> Callable[[Desk], bool]:
    def look(desk: Desk) -> bool:
        desk.session.refresh(part)
        desk.session.commit()
        return part.state == state

    return look


def _told(name: str, count: int = 1) -> Callable[[Desk], bool]:
    def look(desk: Desk) -> bool:
        found = len(desk.session.scalars(select(Event.id).where(Event.name == name)).all())
        desk.session.commit()
        return found >= count

    return look


def confirm(desk: Desk, _world: World) -> Stage:
    part = _ready(desk)
    given = {"person": "pat@acme.example", "channel": "phone", "for": "", "typed": " front DESK "}
    return Stage(part.case, part.id, given, done=_is(part, State.scheduled))


def defer(desk: Desk, world: World) -> Stage:
    part = _case(desk).cancellations[0]
    desk_acts.dispose(desk, part, MONDAY, "porting")
    return Stage(part.case, part.id, {"for": "2027-03-20"}, done=_is(part, State.deferred))


def reschedule(desk: Desk, _world: World) -> Stage:
    part = desk_acts.scheduled(desk, MONDAY)
    given = {"for": "2027-03-20", "person": "pat@acme.example", "channel": "email", "reason": ""}
    return Stage(part.case, part.id, given, done=_told("reschedule"))


def numbers(desk: Desk, _world: World) -> Stage:
    part = _case(desk).cancellations[0]
    given = {"numbers": ["+12565550101"], "to": "not_needed", "evidence": "Pat", "moved_to": ""}
    return Stage(part.case, part.id, given, done=_told("disposed"))


def check(desk: Desk, world: World) -> Stage:
    part = _case(desk).cancellations[0]
    world.books.port("P-1", "acme", ["+12565550101"], OrderState.committed, MONDAY, at=MONDAY)
    return Stage(part.case, part.id, done=_told("checked"))


def dispute(desk: Desk, world: World) -> Stage:
    part = desk_acts.scheduled(desk, MONDAY)
    world.time.now = part.run_at or MONDAY
    world.work(desk.session)
    assert _is(part, State.terminated)(desk)
    given = {"numbers": ["+12565550101"], "reason": "We never said so."}
    return Stage(part.case, part.id, given, done=_told("disputed"))


def withdraw(desk: Desk, _world: World) -> Stage:
    part = _case(desk).cancellations[0]
    return Stage(part.case, part.id, {"reason": "They stay."}, done=_is(part, State.withdrawn))


def decline(desk: Desk, _world: World) -> Stage:
    part = _case(desk).cancellations[0]
    return Stage(part.case, part.id, {"reason": "A mistake."}, done=_is(part, State.declined))


def retry(desk: Desk, world: World) -> Stage:
    part = desk_acts.scheduled(desk, MONDAY)
    world.books.fail("disable_trunks", "error", 4)
    for _ in range(6):
        world.time.now = max(world.time.now, part.run_at or MONDAY) + timedelta(minutes=31)
        world.work(desk.session)
    assert _is(part, State.blocked)(desk)
    return Stage(part.case, part.id, done=_is(part, State.terminating))


def approve(desk: Desk, world: World) -> Stage:
    price = Decimal("1500.00")
    world.books.add_location("acme", "Tower", renews_on=date(2027, 3, 28), numbers=[], monthly_price=price)
    part = desk_acts.scheduled(desk, MONDAY, locations=("Tower",))
    return Stage(part.case, part.id, who="manager", done=_told("approved"))


def override(desk: Desk, _world: World) -> Stage:
    part = _case(desk).cancellations[0]
    given = {"gate": "not_contacted", "reason": ANYTHING}
    return Stage(part.case, part.id, given, who="manager", done=_told("override"))


def contact(desk: Desk, _world: World) -> Stage:
    given = {
        "person": "pat@acme.example",
        "channel": "phone",
        "outcome": "reached",
        "authenticated": "pin",
        "note": "Sure.",
        "next_try": "",
        "other": "",
    }
    return Stage(_case(desk), None, given, done=_told("contact"))


def message(desk: Desk, _world: World) -> Stage:
    return Stage(_case(desk), None, {"text": "Hello.", "subject": ""}, done=_told("message"))


def note(desk: Desk, _world: World) -> Stage:
    return Stage(_case(desk), None, {"text": "Remember."}, done=_told("note"))


def add_file(desk: Desk, _world: World) -> Stage:
    given = {"file": (__file__, "authority.txt"), "number": ""}
    return Stage(_case(desk), None, given, done=_told("file_added"))


def remove_file(desk: Desk, _world: World) -> Stage:
    case = _case(desk)
    by = desk_acts.staff(desk)
    kept = evidence.add(desk, case, by=by, at=MONDAY, name="a.txt", content=b"Words")
    desk.session.commit()
    return Stage(case, kept.id, {"reason": ANYTHING}, who="manager", done=_told("file_removed"))


def take(desk: Desk, _world: World) -> Stage:
    return Stage(_case(desk), None, done=_told("assigned"))


def assign(desk: Desk, _world: World) -> Stage:
    to = desk_acts.staff(desk, "agent2").user
    assert to is not None
    return Stage(_case(desk), None, {"to": to.id}, done=_told("assigned"))


def hold(desk: Desk, _world: World) -> Stage:
    return Stage(_case(desk), None, {"reason": ANYTHING}, who="manager", done=_told("hold"))


def release(desk: Desk, _world: World) -> Stage:
    case = _case(desk)
    brakes.hold(desk, case, by=desk_acts.staff(desk, "manager"), at=MONDAY, reason=ANYTHING)
    desk.session.commit()
    return Stage(case, None, {"reason": ""}, who="manager", done=_told("release"))


def keep_records(desk: Desk, _world: World) -> Stage:
    return Stage(_case(desk), None, {"reason": ANYTHING}, who="manager", done=_told("legal_hold"))


def end_legal_hold(desk: Desk, _world: World) -> Stage:
    case = _case(desk)
    retention.keep(desk, case, by=desk_acts.staff(desk, "manager"), at=MONDAY, reason=ANYTHING)
    desk.session.commit()
    return Stage(case, None, {"reason": ""}, who="manager", done=_told("legal_hold_ended"))


def strike(desk: Desk, _world: World) -> Stage:
    case = _case(desk)
    desk_acts.reach(desk, case, MONDAY)
    entry = desk.session.scalars(select(Contact)).one()
    desk.session.commit()
    return Stage(case, entry.id, {"reason": ANYTHING}, who="manager", done=_told("contact_struck"))


def drop_try(desk: Desk, _world: World) -> Stage:
    case, me = _case(desk), desk_acts.staff(desk)
    brakes.assign(desk, case, by=me, at=MONDAY, to=me.user)
    entry = talking.log_contact(
        desk,
        case,
        by=me,
        at=MONDAY,
        channel=Channel.phone,
        outcome=Outcome.voicemail,
        next_try_at=MONDAY + timedelta(hours=4),
    )
    desk.session.commit()
    return Stage(case, entry.id, done=_told("try_dropped"))


def _letter(desk: Desk, world: World) -> Letter:
    _case(desk)
    world.work(desk.session)
    letter = desk.session.scalars(select(Letter).where(Letter.to_customer)).one()
    desk.session.commit()
    return letter


def came_back(desk: Desk, world: World) -> Stage:
    letter = _letter(desk, world)
    return Stage(letter.case, letter.id, {"reason": "Mailbox full"}, done=_told("entered_bounce"))


def send_again(desk: Desk, world: World) -> Stage:
    letter = _letter(desk, world)
    outbox.came_back(desk, letter, by=desk_acts.staff(desk), at=MONDAY, reason="full")
    desk.session.commit()
    return Stage(letter.case, letter.id, {"address": "pat2@acme.example"}, done=_told("letter_sent_again"))


def claim(desk: Desk, _world: World) -> Stage:
    _case(desk)
    return Stage(None, done=_told("assigned"))


def stop_all(_desk: Desk, _world: World) -> Stage:
    return Stage(None, who="manager", done=_told("stop_all"))


def start_again(desk: Desk, _world: World) -> Stage:
    brakes.stop_all(desk, by=desk_acts.staff(desk, "admin"), at=MONDAY)
    desk.session.commit()
    return Stage(None, who="manager", done=_told("start_again"))


def invite(desk: Desk, _world: World) -> Stage:
    given = {"email": "new@desk.example", "name": "New One", "role": "manager"}
    desk.session.commit()
    return Stage(None, None, given, who="admin", done=_told("user_invited"))


def _agent(desk: Desk, name: str = "agent", **state: Any) -> int:
    user = desk_acts.staff(desk, name).user
    assert user is not None
    for name, value in state.items():
        setattr(user, name, value)
    desk.session.commit()
    return user.id


def change_role(desk: Desk, _world: World) -> Stage:
    return Stage(None, _agent(desk), {"role": "manager"}, who="admin", done=_told("user_role"))


def set_away(desk: Desk, _world: World) -> Stage:
    given = {"first": "2027-03-01", "last": "2027-03-05"}
    return Stage(None, _agent(desk), given, who="manager", done=_told("user_away"))


def reassign(desk: Desk, _world: World) -> Stage:
    case, by = _case(desk), desk_acts.staff(desk)
    brakes.assign(desk, case, by=by, at=MONDAY, to=by.user)
    to = desk_acts.staff(desk, "agent2").user
    assert to is not None
    return Stage(None, _agent(desk), {"to": to.id}, who="manager", done=_told("reassigned"))


def send_link(desk: Desk, _world: World) -> Stage:
    return Stage(None, _agent(desk), who="admin", done=_told("user_sent_link"))


def sign_out_everywhere(desk: Desk, _world: World) -> Stage:
    return Stage(None, _agent(desk), who="admin", done=_told("user_signed_out"))


def deactivate(desk: Desk, _world: World) -> Stage:
    return Stage(None, _agent(desk), who="admin", done=_told("user_deactivated"))


def take_back(desk: Desk, _world: World) -> Stage:
    return Stage(None, _agent(desk, "agent2", is_active=False), who="admin", done=_told("user_taken_back"))


STAGES: dict[str, Callable[[Desk, World], Stage]] = {
    each.__name__: each
    for each in (
        confirm, defer, reschedule, numbers, check, dispute, withdraw, decline, retry, approve, override,
        contact, message, note, add_file, remove_file, take, assign, hold, release, strike, drop_try,
        came_back, send_again, claim, stop_all, start_again, keep_records, end_legal_hold,
        invite, change_role, set_away, reassign, send_link, sign_out_everywhere, deactivate, take_back,
    )
}  # fmt: skip
EVERY = pytest.mark.parametrize("act", actions.ACTS, ids=lambda act: act.name)
OF_CASE = [act for act in actions.ACTS if act.about in acts.OF_CASE]
DECIDING = [act for act in OF_CASE if not act.only_looks]
EVERY_OF_CASE = pytest.mark.parametrize("act", DECIDING, ids=lambda act: act.name)


def path_of(act: Act, stage: Stage) -> str:
    rule = acts.rules(act)[-1]
    reference = stage.case.reference if stage.case else ""
    return rule.replace("<reference>", reference).replace("<int:thing>", str(stage.thing or ""))


def test_every_act_has_a_stage() -> None:
    assert set(STAGES) == {act.name for act in actions.ACTS}


@EVERY
def test_works(act: Act, desk: Desk, world: World, signed_in: Callable[[str], Person]) -> None:
    stage = STAGES[act.name](desk, world)
    person = signed_in(stage.who)
    answer = person.send(path_of(act, stage), **stage.fields)
    assert answer.status_code == 303, words(answer)
    assert stage.done(desk)
    after = person.get(answer.location, follow_redirects=True)
    assert 'class="receipt on"' in after.text


@EVERY_OF_CASE
def test_sent_twice_is_done_once(
    act: Act, desk: Desk, world: World, signed_in: Callable[[str], Person]
) -> None:
    stage = STAGES[act.name](desk, world)
    person, path = signed_in(stage.who), path_of(act, stage)
    sent = {**person.form(path), **stage.fields}
    assert person.post(path, **sent).status_code == 303
    again = person.post(path, **sent)
    assert again.status_code == 409
    assert "You acted on this case in the meantime" in words(again) or "not possible now" in words(again)


@pytest.mark.once
@EVERY_OF_CASE
def test_a_stale_page_says_who_did_what_and_keeps_what_was_typed(
    act: Act, desk: Desk, world: World, signed_in: Callable[[str], Person]
) -> None:
    stage = STAGES[act.name](desk, world)
    person, path = signed_in(stage.who), path_of(act, stage)
    sent = {**person.form(path), **stage.fields}
    assert stage.case is not None
    desk.session.refresh(stage.case)
    talking.add_note(
        desk, stage.case, by=desk_acts.staff(desk, "agent2"), at=world.time.now, text="Mine first"
    )
    desk.session.commit()
    answer = person.post(path, **sent)
    assert answer.status_code == 409
    said = words(answer)
    assert "Somebody else acted in the meantime" in said
    assert "Agent2" in said
    assert "Mine first" in said
    assert "What you typed" in said
    assert "Discard" in said
    for name, value in stage.fields.items():
        if isinstance(value, str) and value and name not in ("typed", "to", "gate", "outcome"):
            assert value in answer.text, name


@pytest.mark.once
@EVERY
def test_wrong_role(act: Act, desk: Desk, world: World, signed_in: Callable[[str], Person]) -> None:
    stage = STAGES[act.name](desk, world)
    path = path_of(act, stage)
    for name in ("agent", "manager", "admin"):
        if name in act.roles:
            continue
        person = signed_in(name)
        assert person.get(path).status_code == 403
        answer = person.post(path, **stage.fields)
        assert answer.status_code == 403
        assert "needs the role" in words(answer)


@pytest.mark.once
@EVERY
def test_nobody_without_a_session(act: Act, desk: Desk, world: World, app: Any) -> None:
    path = path_of(act, STAGES[act.name](desk, world))
    client = app.test_client()
    assert client.get(path).status_code == 303
    assert client.post(path).status_code == 401


ASKING = [act for act in actions.ACTS if any(each.required is True for each in act.fields)]


@pytest.mark.once
@pytest.mark.parametrize("act", ASKING, ids=lambda act: act.name)
def test_missing_words(act: Act, desk: Desk, world: World, signed_in: Callable[[str], Person]) -> None:
    stage = STAGES[act.name](desk, world)
    person = signed_in(stage.who)
    asked = [each for each in act.fields if each.required is True]
    empty = dict.fromkeys(stage.fields, "")
    answer = person.send(path_of(act, stage), **empty)
    assert answer.status_code == 422
    assert 'id="problems"' in answer.text
    assert answer.text.count('aria-invalid="true"') + answer.text.count('class="fs bad"') >= len(asked)


ON_CLOSED_TOO = ("note", "add_file", "remove_file", "dispute", "keep_records", "end_legal_hold")
IN_OPEN = [act for act in OF_CASE if act.name not in ON_CLOSED_TOO]


@pytest.mark.once
@pytest.mark.parametrize("act", IN_OPEN, ids=lambda act: act.name)
def test_a_closed_case_refuses(
    act: Act, desk: Desk, world: World, signed_in: Callable[[str], Person]
) -> None:
    if act.about == "letter":
        pytest.skip("letters of closed cases still come back")
    stage = STAGES[act.name](desk, world)
    person, path = signed_in(stage.who), path_of(act, stage)
    assert stage.case is not None
    for part in stage.case.cancellations:
        desk.session.refresh(part)
    desk.session.refresh(stage.case)
    for part in stage.case.cancellations:
        review.withdraw(desk, part, by=desk_acts.staff(desk), at=world.time.now)
    desk.session.commit()
    desk.session.refresh(stage.case)
    desk.session.commit()
    answer = person.post(path, version=stage.case.version, **stage.fields)
    assert answer.status_code == 422, words(answer)
    assert "not possible now" in words(person.get(path))


def test_the_end_needs_the_name_typed(desk: Desk, world: World, agent: Person) -> None:
    stage = confirm(desk, world)
    answer = agent.send(path_of(actions.BY_NAME["confirm"], stage), **{**stage.fields, "typed": "Front"})
    assert answer.status_code == 422
    assert "Type Front desk exactly. You typed “Front”." in words(answer)
    assert not stage.done(desk)


def test_a_refusal_lists_every_reason_and_keeps_the_reading(desk: Desk, world: World, agent: Person) -> None:
    case = _case(desk)
    world.books.port("P-1", "acme", ["+12565550101"], OrderState.requested, at=MONDAY)
    given = {"person": "pat@acme.example", "channel": "phone", "typed": "Front desk"}
    answer = agent.send(f"/cases/{case.reference}/confirm", **given)
    assert answer.status_code == 422
    said = words(answer)
    assert "Nobody has spoken to the customer" in said
    assert "A port is in progress: P-1" in said
    case_page = words(agent.get(f"/cases/{case.reference}"))
    assert "Port requested" in case_page


def test_a_check_says_what_it_found_and_makes_no_page_stale(
    desk: Desk, world: World, agent: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = check(desk, world)
    assert stage.case
    before = stage.case.version
    page = agent.get(agent.post(path_of(actions.BY_NAME["check"], stage)).location)
    assert "Checked 10:00. P-1: ports out Mon 1 Mar." in words(page)
    again = agent.get(agent.post(path_of(actions.BY_NAME["check"], stage), version="0").location)
    assert "The platform shows nothing new." in words(again)
    desk.session.refresh(stage.case)
    assert stage.case.version == before
    desk.session.commit()

    def is_away(*_args: object) -> None:
        raise Unreachable("It is down.")

    monkeypatch.setattr(world.house.platform, "account", is_away)
    away = agent.post(path_of(actions.BY_NAME["check"], stage))
    assert away.status_code == 422
    assert "The platform could not be read" in words(away)


def test_an_unreachable_platform_refuses(desk: Desk, world: World, agent: Person) -> None:
    stage = confirm(desk, world)
    world.books.fail("read", "error", 9)
    answer = agent.send(path_of(actions.BY_NAME["confirm"], stage), **stage.fields)
    assert answer.status_code == 422
    assert "could not be read" in words(answer)


def test_assigning_can_be_undone(desk: Desk, world: World, agent: Person) -> None:
    case = _case(desk)
    page = agent.get(agent.send(f"/cases/{case.reference}/take").location).text
    assert "Undo" in page
    undo = page.split('class="receipt on"')[1].split("</form>")[0]
    given = dict(re.findall(r'name="(\w+)" value="([^"]*)"', undo))
    assert agent.client.post(f"/cases/{case.reference}/assign", data=given).status_code == 303
    desk.session.refresh(case)
    desk.session.commit()
    assert case.owner_id is None


def test_the_one_who_stopped_may_not_start_again(desk: Desk, manager: Person, admin: Person) -> None:
    assert manager.post("/desk/stop-all", back="/queue").status_code == 303
    assert "Somebody else has to start again" in manager.read("/queue")
    refused = manager.post("/desk/start-again")
    assert refused.status_code == 422
    assert admin.send("/desk/start-again").status_code == 303
    assert desk.session.scalars(select(Stop.ended_at)).one() is not None


def test_an_open_redirect_is_not_possible(manager: Person) -> None:
    for away in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        assert manager.post("/desk/stop-all", back=away).location == "/"


def test_channel_and_outcome_are_checked(desk: Desk, agent: Person) -> None:
    case = _case(desk)
    answer = agent.send(
        f"/cases/{case.reference}/contact", channel="fax", outcome="signed", authenticated="x"
    )
    assert answer.status_code == 422
    assert not desk.session.scalars(select(Contact)).all()
