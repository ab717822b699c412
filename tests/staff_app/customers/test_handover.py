"""The store hands a customer over: only its signature, only for a while, only by the button."""

from dataclasses import replace

import pytest
from itsdangerous import URLSafeTimedSerializer

from workflows import links
from workflows.errors import Unreachable


@pytest.fixture
def token(world, acme):
    return links.handover_token("acme", "pat@acme.example", "handover-secret", world.time.now)


def test_opening_the_link_signs_nobody_in(browser, token):
    browser.get(f"/h/{token}")
    assert "You come from your account as pat@acme.example." in browser.text
    browser.get("/r/choose")
    assert browser.status == 403


def test_the_button_does(browser, token):
    browser.get(f"/h/{token}")
    browser.send()
    assert browser.path == "/r/choose"
    assert "Signed in as Pat Doe" in browser.page


def test_who_has_no_name_in_the_account_is_called_by_the_address(browser, arrive):
    arrive("intern@acme.example")
    assert "Signed in as intern@acme.example" in browser.page


def test_needs_the_form_of_the_page(client, token):
    answer = client.post(f"/h/{token}")
    assert answer.status_code == 400
    assert "This page was open for too long" in answer.text


def test_as_the_recipe_for_the_store_makes_it(time, acme, world):
    made = URLSafeTimedSerializer("handover-secret", salt="handover").dumps(
        {"account": "acme", "email": "pat@acme.example"}
    )
    ours = links.handover_token("acme", "pat@acme.example", "handover-secret", world.time.now)
    assert made.partition(".")[0] == ours.partition(".")[0]


@pytest.mark.parametrize(
    "spoil", [lambda t: t[:-1], lambda t: "x" + t, lambda t: "forged", lambda t: "leave"]
)
def test_forged(browser, token, spoil):
    browser.get(f"/h/{spoil(token)}")
    assert browser.status in (404, 405)


def test_signed_with_another_secret(browser, world, acme):
    token = links.handover_token("acme", "pat@acme.example", "guess", world.time.now)
    browser.get(f"/h/{token}")
    assert browser.status == 404
    assert "This link no longer works" in browser.text


def test_without_a_secret_nothing_is_accepted(browser, world, acme):
    world.house.secrets = replace(world.house.secrets, handover_secret="")
    browser.get(f"/h/{links.handover_token('acme', 'pat@acme.example', '', world.time.now)}")
    assert browser.status == 404


def test_it_grows_old(browser, token, time):
    time.pass_(minutes=30)
    browser.get(f"/h/{token}")
    assert browser.status == 200
    time.pass_(seconds=1)
    browser.send()
    assert browser.status == 404


@pytest.mark.parametrize("said", [["acme"], {"account": "acme"}, {"account": 1, "email": "x@y.z"}, "acme"])
def test_signed_nonsense(said, world, monkeypatch):
    made = URLSafeTimedSerializer("s", salt="handover").dumps(said)
    assert links.read_handover(made, "s", world.time.now, links.timedelta(days=99_999)) is None


def test_an_account_that_nobody_knows(browser, arrive):
    arrive("pat@acme.example", "nowhere")
    assert browser.status == 404
    assert "We do not know this account" in browser.text


def away(*_):
    raise Unreachable("It is away.")


def test_the_platform_is_away(browser, arrive, world, monkeypatch):
    monkeypatch.setattr(world.house.platform, "account", away)
    arrive()
    assert browser.path == "/r/choose"
    world.books.add_account("new", owner="lee@new.example")
    arrive("lee@new.example", "new")
    assert browser.status == 503
    assert "We cannot do this now" in browser.text


def test_it_is_a_sign_in_for_customers_only(browser, arrive):
    arrive()
    assert browser.client.get("/queue").status_code in (302, 303, 401, 404)
