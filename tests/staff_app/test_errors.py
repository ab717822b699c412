"""Every error: what happened, whether anything was done, what to do now. For staff, customers, the API."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import acts
from tests.conftest import MONDAY
from tests.staff_app.people_at_work import Person, words
from workflows import links
from workflows.desk import Desk
from workflows.errors import Unreachable

pytestmark = pytest.mark.usefixtures("acme")
JSON = "application/problem+json"


def breaks(wrong: Exception) -> Callable[..., None]:
    def broken(*_args: object, **_more: object) -> None:
        raise wrong

    return broken


@pytest.fixture
def broken(app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A room of customers and one of the API fail with a bug of ours."""
    desk.session.commit()
    app.testing = False
    for where in ("staff_app.customers.status.case_of", "staff_app.api.cases._by_reference"):
        monkeypatch.setattr(where, breaks(ZeroDivisionError("secret detail")))


def reference_of(text: str) -> str:
    found = re.search(r"[Rr]eference ([0-9A-F]{8})", text)
    assert found, text
    return found.group(1)


@pytest.mark.usefixtures("broken")
def test_a_bug_on_a_page_of_a_customer(client: FlaskClient, capsys: pytest.CaptureFixture[str]) -> None:
    answer = client.get("/s/token")
    assert answer.status_code == 500
    assert "Nothing was changed." in words(answer)
    assert "Call us" in answer.text
    assert "secret detail" not in answer.text
    assert "Lastcall" not in words(answer)
    assert reference_of(words(answer)) in capsys.readouterr().out


@pytest.mark.usefixtures("broken")
def test_a_bug_behind_the_api(client: FlaskClient, capsys: pytest.CaptureFixture[str]) -> None:
    answer = client.get("/api/v1/cases/C-1001", headers={"Authorization": "Bearer api-token"})
    assert (answer.status_code, answer.content_type) == (500, JSON)
    assert answer.json
    assert "secret detail" not in answer.text
    assert reference_of(answer.json["detail"]) in capsys.readouterr().out


@pytest.mark.parametrize(
    ("path", "method", "status", "said"),
    [
        ("/nowhere", "GET", 404, "There is no such page or case."),
        ("/queue", "DELETE", 405, "Nothing was done. Go back and use the buttons of the page."),
        ("/requests/new", "PUT", 405, "This page does not take that"),
        ("/s/", "GET", 404, "open it from our letter once more"),
        ("/r/nowhere", "GET", 404, "There is no such page."),
        ("/r/choose", "DELETE", 405, "This page does not take that"),
        ("/sign/x/y", "GET", 404, "There is no such page."),
    ],
)
def test_wrong_ways(
    app: Flask, desk: Desk, agent: Person, path: str, method: str, status: int, said: str
) -> None:
    desk.session.commit()
    app.config["WTF_CSRF_ENABLED"] = False
    answer = agent.client.open(path, method=method)
    assert answer.status_code == status
    assert said in words(answer)
    assert ("Call us" in answer.text) == path.startswith(("/s/", "/r/", "/sign/"))
    assert (status == 405) == ("Allow" in answer.headers)


def test_not_found_offers_the_search_to_staff(desk: Desk, agent: Person, client: FlaskClient) -> None:
    desk.session.commit()
    assert 'role="search" class="go"' in agent.get("/cases/C-9999").text
    assert 'role="search"' not in client.get("/nowhere").text


def test_too_large(app: Flask, desk: Desk, agent: Person) -> None:
    case = acts.submit(desk, MONDAY)
    form = agent.form(f"/cases/{case.reference}/note")
    app.config["MAX_CONTENT_LENGTH"] = 1000
    answer = agent.client.post(f"/cases/{case.reference}/note", data={**form, "text": "x" * 5000})
    assert answer.status_code == 413
    assert "That is too much at once Nothing was done." in words(answer)


def test_another_role_is_told_which_and_by_whom(desk: Desk, admin: Person) -> None:
    desk.session.commit()
    answer = admin.get("/queue")
    assert answer.status_code == 403
    said = "This needs the role agent or manager. Yours is admin. Admin can give it, as admin."
    assert said in words(answer)


def test_too_often(client: FlaskClient, desk: Desk) -> None:
    desk.session.commit()
    for path, said in (("/s/new", "Wait a few minutes"), ("/reset", "Nothing was done. Wait a minute")):
        token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
        assert token
        for _ in range(11):
            answer = client.post(path, data={"csrf_token": token.group(1)})
        assert answer.status_code == 429
        assert said in words(answer)


def test_the_platform_is_away(desk: Desk, agent: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.session.commit()
    monkeypatch.setattr("staff_app.queue.lists.page", breaks(Unreachable("down")))
    answer = agent.get("/queue")
    assert answer.status_code == 503
    assert "The phone platform does not answer, so nothing was done." in words(answer)


def test_what_a_customer_typed_survives_a_page_that_was_open_too_long(
    client: FlaskClient, desk: Desk
) -> None:
    token = links.handover_token("acme", "pat@acme.example", "handover-secret", MONDAY)
    good = re.search(r'name="csrf_token" value="([^"]+)"', client.get(f"/h/{token}").text)
    assert good
    client.post(f"/h/{token}", data={"csrf_token": good.group(1)})
    day = {"requested_for-day": "15", "requested_for-month": "3", "requested_for-year": "2027"}
    form = {"locations": "HQ", **day, "category": "Other", "reason": "We close <here>."}
    answer = client.post("/r/choose", data={**form, "csrf_token": "old"})
    assert answer.status_code == 400
    assert "We close &lt;here&gt;." in answer.text
    again = answer.text.split('action="/r/choose"')[1].split("</form>")[0]
    hidden = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', again))
    assert {name: hidden[name] for name in day} == day
    sent = client.post("/r/choose", data={**form, "csrf_token": hidden["csrf_token"]})
    assert (sent.status_code, sent.location) == (303, "/r/switch")


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [("/api/v1/nowhere", "GET", 404), ("/api/v1/requests", "GET", 405), ("/api/v1/cases/C-1001", "GET", 401)],
)
def test_the_api_says_it_as_a_problem(client: FlaskClient, path: str, method: str, status: int) -> None:
    answer = client.open(path, method=method)
    assert (answer.status_code, answer.content_type) == (status, JSON)
    assert answer.json
    assert answer.json["status"] == status
