"""The history in words: every letter has its words, and dates are written as elsewhere."""

from datetime import date

import pytest

from staff_app import history_words
from staff_app.words import Say
from tests.conftest import MONDAY
from workflows.desk import Desk
from workflows.letters import names
from workflows.records import Event


@pytest.mark.parametrize("letter", [*names.CUSTOMER, *names.STAFF, *names.LINKS])
def test_each_letter_has_words(letter: str) -> None:
    assert letter in history_words.LETTERS


def test_a_renewal_is_written_as_a_day(desk: Desk) -> None:
    event = Event(at=MONDAY, actor="system", name="renewal_ahead", facts={"renews_on": "2027-03-11"})
    say = Say(desk, MONDAY)
    told = history_words.told(say, event, {})
    assert told.title == f"A renewal is ahead: {say.day(date(2027, 3, 11))}"
