"""A lost link: the same answer for all, a letter only to an address of the request."""

import pytest


def ask(browser, address, reference=""):
    browser.get("/s/new")
    browser.send(address=address, reference=reference)
    return browser.text


def test_the_answer_tells_nothing(browser, case):
    known, unknown = ask(browser, "pat@acme.example"), ask(browser, "who@else.example")
    assert known == unknown
    assert "If we know a request of the address that you gave" in known


@pytest.mark.parametrize("address", ["pat@acme.example", " PAT@Acme.example "])
def test_a_letter_to_who_asked(browser, case, letters, address):
    ask(browser, address)
    assert [each.recipients for each in letters("new_link")] == [[address.strip()]]


def test_to_the_address_of_record(browser, case, letters, desk):
    case.account.address_of_record = "office@acme.example"
    desk.session.commit()
    ask(browser, "office@acme.example")
    assert [each.recipients for each in letters("new_link")] == [["office@acme.example"]]


@pytest.mark.parametrize("address", ["who@else.example", "kim@acme.example", "%@acme.example"])
def test_no_letter_to_others(browser, case, letters, address):
    ask(browser, address)
    assert letters("new_link") == []


@pytest.mark.parametrize(
    ("reference", "count"), [("C-1001", 1), ("c1001", 1), ("C-1002", 0), ("nonsense", 0)]
)
def test_with_a_reference(browser, case, letters, reference, count):
    ask(browser, "pat@acme.example", reference)
    assert len(letters("new_link")) == count


def test_what_is_no_address(browser, case):
    assert "Give an e-mail address" in ask(browser, "pat", "C-1001")
    assert browser.status == 422
    assert browser.title.startswith("Error: ")
    assert 'value="C-1001"' in browser.page


def test_its_letter_opens_the_page(browser, case, world, session):
    ask(browser, "pat@acme.example")
    world.work(session)
    letter = next(
        each.message for each in world.mail.accepted if each.message["X-Lastcall-Letter"] == "new_link"
    )
    text = letter.get_body(("plain",)).get_content()
    path = next(word for word in text.split() if "/s/" in word).partition(":8080")[2]
    browser.get(path)
    assert "Front desk is still on" in browser.text


def test_too_often(browser, case):
    for _ in range(11):
        ask(browser, "who@else.example")
    assert browser.status == 429
    assert "Too many tries" in browser.text


def test_call_us_is_on_every_public_page(browser, case, link):
    for path in ("/s/new", "/s/forged", "/r/choose", link(case), link(case) + "/keep", link(case) + "/sign"):
        browser.get(path)
        assert 'href="tel:+12565550199"' in browser.page.partition("<main")[0], path
        assert 'lang="en"' in browser.page
        assert browser.page.count("<h1") == 1
