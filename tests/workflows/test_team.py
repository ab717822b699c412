"""The team: invited by letter, roles, absences, leaving. Every act has its event and its actor."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from tests import acts
from tests.conftest import MONDAY
from workflows import rounds, team, users
from workflows.desk import Desk
from workflows.errors import Refused
from workflows.letters import staff
from workflows.records import Letter, User

TODAY = date(2027, 3, 1)


def _user(desk: Desk, name: str = "agent") -> User:
    user = acts.staff(desk, name).user
    assert user
    return user


def test_an_invitation_is_a_letter(desk: Desk) -> None:
    made = team.invite(
        desk, " New@Desk.example", "New One", "manager", by=acts.staff(desk, "admin"), at=MONDAY
    )
    [letter] = desk.session.scalars(select(Letter))
    assert (letter.name, letter.recipients) == ("password_reset", ["new@desk.example"])
    assert made.password_hash == ""
    with pytest.raises(Refused):
        users.check_password(desk, "new@desk.example", "", MONDAY)
    [told] = acts.events(desk, "user_invited")
    assert (told.actor, told.facts) == (
        "admin@desk.example",
        {"user": "new@desk.example", "role": "manager"},
    )


@pytest.mark.parametrize(("email", "name", "role"), [("no", "N", "agent"), ("a@b.example", " ", "king")])
def test_what_is_wrong_with_an_invitation_is_named(desk: Desk, email: str, name: str, role: str) -> None:
    with pytest.raises(Refused) as refused:
        team.invite(desk, email, name, role, by=acts.staff(desk, "admin"), at=MONDAY)
    assert {line.field for line in refused.value.lines} <= {"email", "name", "role"}
    assert desk.session.scalars(select(Letter)).all() == []


ACTS: dict[str, Callable[..., object]] = {
    "change_role": lambda desk, user, **who: team.change_role(desk, user, "manager", **who),
    "deactivate": team.deactivate,
    "take_back": team.take_back,
    "sign_out_everywhere": team.sign_out_everywhere,
    "send_link": team.send_link,
}


@pytest.mark.parametrize("name", ACTS)
def test_only_admins_change_accounts(desk: Desk, name: str) -> None:
    user = _user(desk)
    user.is_active = name != "take_back"
    for role in ("agent2", "manager"):
        with pytest.raises(Refused) as refused:
            ACTS[name](desk, user, by=acts.staff(desk, role), at=MONDAY)
        assert refused.value.codes == {"not_allowed"}


@pytest.mark.parametrize("name", ["change_role", "deactivate", "sign_out_everywhere"])
def test_sessions_end_at_once(desk: Desk, name: str) -> None:
    user = _user(desk)
    mark = user.session_mark
    ACTS[name](desk, user, by=acts.staff(desk, "admin"), at=MONDAY)
    assert user.session_mark != mark


@pytest.mark.parametrize("name", ["change_role", "deactivate"])
def test_nobody_ends_the_own_account(desk: Desk, name: str) -> None:
    admin = acts.staff(desk, "admin")
    with pytest.raises(Refused) as refused:
        ACTS[name](desk, admin.user, by=admin, at=MONDAY)
    assert "not_allowed" in refused.value.codes


def test_what_is_done_already_is_refused(desk: Desk) -> None:
    admin, user = acts.staff(desk, "admin"), _user(desk)
    with pytest.raises(Refused):
        team.change_role(desk, user, "agent", by=admin, at=MONDAY)
    with pytest.raises(Refused):
        team.take_back(desk, user, by=admin, at=MONDAY)
    team.deactivate(desk, user, by=admin, at=MONDAY)
    for name in ("deactivate", "send_link", "change_role"):
        with pytest.raises(Refused) as refused:
            ACTS[name](desk, user, by=admin, at=MONDAY)
        assert "out_of_date" in refused.value.codes


def test_taken_back_chooses_a_new_password(desk: Desk) -> None:
    admin = acts.staff(desk, "admin")
    user = users.add(desk, "dana@desk.example", "Dana", "agent", "correct horse battery", at=MONDAY)
    team.deactivate(desk, user, by=admin, at=MONDAY)
    team.take_back(desk, user, by=admin, at=MONDAY)
    with pytest.raises(Refused):
        users.check_password(desk, "dana@desk.example", "correct horse battery", MONDAY)
    assert acts.letters(desk, to_customer=False) == ["password_reset"]


def test_days_of_absence_begin_and_end_by_themselves(desk: Desk) -> None:
    user, by = _user(desk), acts.staff(desk, "manager")
    ahead = TODAY + timedelta(days=2)
    team.set_away(desk, user, by=by, at=MONDAY, first=ahead, last=ahead + timedelta(days=1))
    seen = []
    for day in range(5):
        rounds.AWAY.do(desk, MONDAY + timedelta(days=day))
        seen.append(user.is_away)
    assert seen == [False, False, True, True, False]
    assert user.away_from is user.away_until is None
    assert [event.actor for event in acts.events(desk, "user_is_back")] == ["system"]


def test_an_absence_without_an_end_lasts_until_it_is_taken_back(desk: Desk) -> None:
    user, by = _user(desk), acts.staff(desk)
    team.set_away(desk, user, by=by, at=MONDAY, first=TODAY, last=None)
    rounds.AWAY.do(desk, MONDAY + timedelta(days=400))
    assert user.is_away
    team.set_away(desk, user, by=by, at=MONDAY, first=None, last=None)
    assert not user.is_away


@pytest.mark.parametrize(
    ("first", "last"),
    [(None, TODAY), (TODAY, TODAY - timedelta(days=1)), (date(2027, 2, 1), date(2027, 2, 2))],
)
def test_days_that_make_no_sense(desk: Desk, first: date | None, last: date) -> None:
    with pytest.raises(Refused) as refused:
        team.set_away(desk, _user(desk), by=acts.staff(desk), at=MONDAY, first=first, last=last)
    assert [line.field for line in refused.value.lines] in (["first"], ["last"])


def test_agents_set_only_their_own_days(desk: Desk) -> None:
    with pytest.raises(Refused):
        team.set_away(desk, _user(desk), by=acts.staff(desk, "agent2"), at=MONDAY, first=TODAY, last=None)


def test_midnight_is_that_of_the_office(desk: Desk) -> None:
    assert rounds.next_day(desk, MONDAY).isoformat() == "2027-03-02T06:00:00+00:00"


def test_the_digest_goes_to_those_who_want_it(desk: Desk) -> None:
    _user(desk, "manager").wants_digest = False
    letter = staff.digest(desk, MONDAY, {})
    assert letter and letter.recipients == ["manager2@desk.example"]
    _user(desk, "manager2").wants_digest = False
    assert staff.digest(desk, MONDAY + timedelta(days=1), {}) is None
