"""Members of staff in front of a browser without JavaScript: they read pages, fill in forms, send them."""

import re
from html import unescape
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Person:
    """One member of staff with a session of their own."""

    def __init__(self, app: Flask, user_id: int, mark: str = "") -> None:
        self.client: FlaskClient = app.test_client()
        self.token = ""
        with self.client.session_transaction() as session:
            session["_user_id"], session["_fresh"] = f"{user_id}.{mark}", True

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, **options)

    def read(self, path: str) -> str:
        """The page as text; it must be there."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, words(answer))
        return answer.text

    def csrf(self) -> str:
        if not self.token:
            found = TOKEN.search(self.get("/me").text)
            self.token = unescape(found.group(1)) if found else ""
        return self.token

    def form(self, path: str) -> dict[str, str]:
        """The hidden fields of the form on a page."""
        fields = dict(HIDDEN.findall(self.read(path).split('<form method="post" class="form"')[-1]))
        return {name: unescape(value) for name, value in fields.items()}

    def send(self, path: str, **fields: Any) -> TestResponse:
        """Opens the form and sends it, as a person does."""
        return self.post(path, **{**self.form(path), **fields})

    def post(self, path: str, **fields: Any) -> TestResponse:
        """Sends a form, with a CSRF token, whether or not its page was opened."""
        return self.client.post(path, data={"csrf_token": self.csrf(), **fields})


def words(answer: TestResponse) -> str:
    """What a page says, without its markup."""
    main = answer.text.split("<main", 1)[-1]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())
