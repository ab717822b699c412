"""The page of a customer: contacts, locations, cases and letters, from the case and from search."""

from datetime import timedelta

import pytest
from flask import Flask

from tests import acts
from tests.conftest import MONDAY
from tests.staff_app.people_at_work import Person, words
from tests.staff_app.test_lists import counted
from workflows import review
from workflows.desk import Desk

pytestmark = pytest.mark.usefixtures("acme")


def many_cases(desk: Desk, count: int) -> None:
    for number in range(count):
        at = MONDAY + timedelta(hours=number)
        case = acts.submit(desk, at)
        review.withdraw(desk, case.cancellations[0], by=acts.staff(desk), at=at)
        desk.session.commit()


def test_all_of_a_customer(desk: Desk, agent: Person) -> None:
    acts.submit(desk, MONDAY)
    page = words(agent.get("/accounts/acme"))
    for said in ("Acme Dental", "Pat Doe", "kim@acme.example", "Owner", "May end it", "Of record"):
        assert said in page
    assert "Front desk HQ · US 2 numbers, 1 trunk, fax $49.00 Sun 28 Mar C-1001" in page
    assert "Branch office Branch · US 1 number, 1 trunk $61.00 Sun 28 Mar None open" in page
    assert "We have your cancellation request: Front desk" in page
    assert 'href="/cases/C-1001"' in agent.read("/accounts/acme")


def test_the_case_and_a_search_lead_there(desk: Desk, agent: Person) -> None:
    acts.submit(desk, MONDAY)
    assert 'href="/accounts/acme"' in agent.read("/cases/C-1001")
    assert "Customer: " in words(agent.get("/cases?q=dent"))
    assert 'href="/accounts/acme"' in agent.read("/cases?q=Acme")
    assert "/accounts/acme" not in agent.read("/cases?q=nobody")
    assert "/accounts/acme" not in agent.read("/cases")


def test_a_customer_without_a_case_has_a_page_too(desk: Desk, agent: Person) -> None:
    desk.session.commit()
    page = words(agent.get("/accounts/acme"))
    assert "This customer has never asked to cancel." in page
    assert "No letter has been written." in page


def test_cases_and_letters_are_paged(desk: Desk, agent: Person) -> None:
    many_cases(desk, 25)
    newest = agent.read("/accounts/acme")
    assert "C-1025" in newest
    assert ">C-1005<" not in newest
    assert "Older cases" in newest
    assert "Older letters" in newest
    older = agent.read("/accounts/acme?cases=6")
    assert ">C-1005<" in older
    assert "Older cases" not in older
    assert "The newest" in older
    assert "No older letter." in words(agent.get("/accounts/acme?letters=1"))


def test_a_fixed_number_of_queries(app: Flask, desk: Desk, agent: Person) -> None:
    acts.submit(desk, MONDAY, locations=("Branch",))
    with counted(app) as few:
        agent.read("/accounts/acme")
    many_cases(desk, 12)
    with counted(app) as many:
        agent.read("/accounts/acme")
    assert len(few) == len(many) <= 15


def test_who_is_not_there(desk: Desk, agent: Person, admin: Person) -> None:
    desk.session.commit()
    answer = agent.get("/accounts/nobody")
    assert answer.status_code == 404
    assert "Search cases" in words(answer)
    assert admin.get("/accounts/acme").status_code == 403
