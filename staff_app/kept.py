"""What somebody typed when their session had ended: it travels signed through the sign-in and comes back."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, render_template, request
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.exceptions import HTTPException

from staff_app.receipts import local

SECRET_FIELDS = frozenset({"csrf_token", "password", "old", "new"})
NOT_SHOWN = frozenset({"version", "back", "next"})
MOST = 200_000
"""Characters; more is shown on the page, and sent again from there."""
A_DAY = 24 * 3600
AGAIN = "draft"
"""The field that asks a form to come back filled instead of doing what it says."""


@dataclass(frozen=True)
class Kept:
    path: str
    fields: list[tuple[str, str]]

    @property
    def shown(self) -> list[tuple[str, str]]:
        return [(name, value) for name, value in self.fields if name not in NOT_SHOWN]

    @property
    def has_a_form(self) -> bool:
        """Whether its page takes what was typed back into its inputs."""
        try:
            endpoint, _values = current_app.url_map.bind("").match(urlsplit(self.path).path, "POST")
        except HTTPException:
            return False
        return str(endpoint).startswith("staff.act_") or endpoint == "staff.new_request"


def typed() -> list[tuple[str, str]]:
    """What a refused form brought, without secrets."""
    return [(name, value) for name, value in request.form.items(multi=True) if name not in SECRET_FIELDS]


def write() -> str:
    """This request's form, signed; empty where it is too large to travel."""
    fields = typed()
    if sum(len(name) + len(value) for name, value in fields) > MOST:
        return ""
    return str(_signer().dumps([request.full_path.rstrip("?"), fields]))


def read(text: str) -> Kept | None:
    """What was kept; None for what is not ours or too old."""
    try:
        path, fields = _signer().loads(text, max_age=A_DAY)
    except BadData:
        return None
    return Kept(path, [(name, value) for name, value in fields]) if local(path) else None


def page(kept: Kept) -> str:
    """After the sign-in: what was typed, on its way back into its form."""
    return render_template("pages/staff_kept.html", kept=kept, again=AGAIN)


def is_wanted_back() -> bool:
    return request.form.get(AGAIN) == "yes"


def _signer() -> Any:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="kept")
