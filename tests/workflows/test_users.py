"""Accounts of staff: adding, passwords, who they are found by."""

import pytest
from argon2 import PasswordHasher

from tests import acts, cheaper
from tests.conftest import MONDAY
from workflows import users
from workflows.desk import Desk
from workflows.errors import Refused
from workflows.states import Role

PASSWORD = "correct horse battery"


def test_a_new_user(desk: Desk) -> None:
    user = users.add(desk, " New@Desk.example ", "New One", "manager", PASSWORD, at=MONDAY)
    assert (user.email, user.role) == ("new@desk.example", Role.manager)
    assert PASSWORD not in user.password_hash
    assert users.find(desk, "NEW@desk.example") is user
    assert users.verify(user, PASSWORD)
    assert [event.facts["user"] for event in acts.events(desk, "user_added")] == ["new@desk.example"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"email": "none"}, "email"),
        ({"email": "agent@desk.example"}, "email"),
        ({"name": " "}, "name"),
        ({"role": "king"}, "role"),
        ({"password": "short"}, "password"),
        ({"password": "aaaaaaaaaaaaaaaa"}, "password"),
        ({"password": "password12345678"}, "password"),
    ],
)
def test_what_is_wrong_is_named(desk: Desk, given: dict[str, str], field: str) -> None:
    asked = {"email": "new@desk.example", "name": "New", "role": "agent", "password": PASSWORD} | given
    with pytest.raises(Refused) as refused:
        users.add(desk, **asked, at=MONDAY)
    assert [line.field for line in refused.value.lines] == [field]


def test_a_new_password_ends_sessions_and_the_lock(desk: Desk) -> None:
    user = users.add(desk, "new@desk.example", "New", "agent", PASSWORD, at=MONDAY)
    mark, user.failed_tries, user.locked_until = user.session_mark, 5, MONDAY
    users.set_password(desk, user, "another horse battery", at=MONDAY)
    assert user.session_mark != mark
    assert (user.failed_tries, user.locked_until) == (0, None)


def test_a_user_without_a_password_cannot_sign_in(desk: Desk) -> None:
    with pytest.raises(Refused):
        users.check_password(desk, "agent@desk.example", "", MONDAY)


def test_an_unknown_address_takes_as_long_as_a_known_one() -> None:
    assert not PasswordHasher().check_needs_rehash(cheaper.NOBODY)
