"""Signing: a link of their own to the address alone, once, for half an hour."""

import re
from datetime import date

import pytest
from sqlalchemy import select

from workflows import links
from workflows.records import Contact, Event, Link


@pytest.fixture
def ask(browser, link, request):
    """Names an address on the status page of a case."""

    def named(address, of=None):
        browser.get(link(of or request.getfixturevalue("case")) + "/sign")
        return browser.send(address=address)

    return named


@pytest.fixture
def sent(world, session):
    """The address of the link in the newest letter, as its reader gets it."""

    def path():
        world.work(session)
        text = world.mail.accepted[-1].message.get_body(("plain",)).get_content()
        return re.search(r"https?://[^/\s]+(/sign/\S+)", text)[1]

    return path


def contacts(session):
    session.rollback()
    found = list(session.scalars(select(Contact).order_by(Contact.id)))
    session.rollback()
    return found


def test_the_link_goes_to_that_address_alone(ask, letters):
    ask("kim@acme.example")
    assert [each.recipients for each in letters("sign_link")] == [["kim@acme.example"]]


def test_the_answer_is_the_same_for_every_address(ask, browser):
    ask("kim@acme.example")
    first = re.sub(r"/s/[^/\"]+", "", browser.text)
    assert "a link is on its way to the address that you gave" in first
    assert "kim@" not in browser.page
    ask("stranger@else.example")
    assert re.sub(r"/s/[^/\"]+", "", browser.text) == first


@pytest.mark.parametrize("address", ["", "kim", "kim@acme", "k im@acme.example", "x" * 250 + "@acme.example"])
def test_what_is_no_address(ask, browser, letters, address):
    ask(address)
    assert browser.status == 422
    assert browser.title.startswith("Error: ")
    assert letters("sign_link") == []


def test_nobody_s_mailbox_is_filled(ask, letters, time):
    for _ in range(12):
        ask("kim@acme.example")
    assert len(letters("sign_link")) == 10


def test_signing(ask, sent, browser, session, case):
    part = str(case.cancellations[0].id)
    ask("kim@acme.example")
    browser.get(sent())
    assert "You sign as kim@acme.example." in browser.text
    assert contacts(session) == []
    browser.send(parts=[part])
    assert "We have your signature as kim@acme.example for Front desk." in browser.text
    made = contacts(session)[0]
    assert (made.outcome, made.person, made.authenticated) == ("signed", "kim@acme.example", "portal")


def test_a_new_date(ask, sent, browser, session, case):
    ask("kim@acme.example")
    browser.get(sent())
    when = {"wanted-day": "20", "wanted-month": "April", "wanted-year": "2027"}
    browser.send(parts=[str(case.cancellations[0].id)], **when)
    session.expire_all()
    session.refresh(case)
    assert case.cancellations[0].agreed_for == date(2027, 4, 20)


def test_it_works_once(ask, sent, browser, session, case):
    ask("kim@acme.example")
    address = sent()
    browser.get(address)
    form = dict(browser.hidden)
    browser.send(parts=[str(case.cancellations[0].id)])
    browser.hidden = form
    browser.send(address, parts=[str(case.cancellations[0].id)])
    assert browser.status == 404
    assert "This link no longer works" in browser.text
    assert len(contacts(session)) == 1


def test_twice_at_once_counts_once(ask, sent, browser, session, case, monkeypatch):
    ask("kim@acme.example")
    browser.get(sent())
    monkeypatch.setattr(links, "use", lambda *_: False)
    browser.send(parts=[str(case.cancellations[0].id)])
    assert browser.status == 404
    assert contacts(session) == []


def test_it_works_for_half_an_hour(ask, sent, browser, session, time, case):
    ask("kim@acme.example")
    browser.get(sent())
    time.pass_(minutes=31)
    browser.send(parts=[str(case.cancellations[0].id)])
    assert browser.status == 404
    assert contacts(session) == []


def test_a_mistake_does_not_use_it_up(ask, sent, browser, session, case):
    ask("kim@acme.example")
    address = sent()
    browser.get(address)
    part = str(case.cancellations[0].id)
    browser.send()
    assert "Tick each location for which you sign." in browser.text
    for day, month in (("1", "2"), ("31", "2"), ("5", "")):
        browser.send(
            address, parts=[part], **{"wanted-day": day, "wanted-month": month, "wanted-year": "2027"}
        )
        assert browser.status == 422
        assert browser.title.startswith("Error: ")
        assert 'href="#f-wanted"' in browser.page
        assert f'name="wanted-day" value="{day}"' in browser.page
        assert f'value="{part}" id="f-parts" checked' in browser.page
    browser.send(address, parts=[part])
    assert "You have signed" in browser.text
    session.rollback()
    assert session.scalars(select(Link)).one().used_at is not None


def test_for_one_of_two(ask, sent, browser, session, both):
    ask("kim@acme.example", both)
    browser.get(sent())
    browser.send(parts=[str(both.cancellations[1].id)])
    assert [each.cancellation_id for each in contacts(session)] == [both.cancellations[1].id]


def test_what_is_scheduled_takes_no_date(ask, sent, browser, session, both, confirm):
    ask("kim@acme.example", both)
    address = sent()
    confirm(both.cancellations[0])
    browser.get(address)
    parts = [str(part.id) for part in both.cancellations]
    browser.send(parts=parts, **{"wanted-day": "20", "wanted-month": "4", "wanted-year": "2027"})
    session.expire_all()
    assert [part.agreed_for for part in both.cancellations] == [None, date(2027, 4, 20)]


def test_forged(browser, acme):
    browser.get("/sign/forged")
    assert browser.status == 404
    assert browser.client.post("/sign/forged").status_code == 400


def test_a_status_link_signs_nothing(browser, case, link):
    browser.get(link(case).replace("/s/", "/sign/"))
    assert browser.status == 404


def test_opening_it_changes_nothing(ask, sent, browser, session):
    ask("kim@acme.example")
    address = sent()
    session.rollback()
    before = len(session.scalars(select(Event)).all())
    session.rollback()
    browser.get(address)
    browser.client.head(address)
    assert len(session.scalars(select(Event)).all()) == before
    assert session.scalars(select(Link)).one().used_at is None
