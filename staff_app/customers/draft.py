"""The answers of a request that is not sent yet: kept for a day in a signed cookie of their own.

Nothing of it is trusted: every answer is judged again when the request is sent."""

import secrets
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any

from flask import request
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from staff_app.customers.who import Customer
from staff_app.desks import at, house

COOKIE = "lastcall_request"
LASTS = timedelta(hours=24)
LONGEST = 3600
"""Characters; browsers drop a cookie above some 4,000 without a word."""


@dataclass(frozen=True)
class Draft:
    account: str
    email: str
    key: str
    """One per form: however often it is sent, it makes one case."""
    until: int
    locations: tuple[str, ...] = ()
    day: str = ""
    category: str = ""
    reason: str = ""
    wish: str = ""
    switches: tuple[str, ...] = ()

    @property
    def requested_for(self) -> date:
        return date.fromisoformat(self.day)

    @property
    def fits(self) -> bool:
        return len(_sealed(self)) <= LONGEST


def of(customer: Customer) -> Draft | None:
    """What this customer answered so far; None where there is nothing, or it is too old."""
    try:
        said = _serializer().loads(request.cookies.get(COOKIE, ""))
        draft = _opened(said)
    except (BadSignature, TypeError, ValueError):
        return None
    is_theirs = (draft.account, draft.email) == (customer.account, customer.email)
    return draft if is_theirs and at().timestamp() <= draft.until else None


def begun(customer: Customer) -> Draft:
    until = int((at() + LASTS).timestamp())
    return Draft(customer.account, customer.email, secrets.token_urlsafe(16), until)


def keep(response: Response, draft: Draft) -> Response:
    secure = house().settings.web.public_url.startswith("https")
    response.set_cookie(
        COOKIE,
        _sealed(draft),
        max_age=int(LASTS.total_seconds()),
        path="/r",
        secure=secure,
        httponly=True,
        samesite="Lax",
    )
    return response


def forget(response: Response) -> Response:
    response.delete_cookie(COOKIE, path="/r", httponly=True, samesite="Lax")
    return response


def switched(draft: Draft, refs: list[str]) -> Draft:
    return replace(draft, switches=tuple(refs))


def _opened(said: dict[str, Any]) -> Draft:
    draft = Draft(**said)
    return replace(draft, locations=tuple(draft.locations), switches=tuple(draft.switches))


def _sealed(draft: Draft) -> str:
    return str(_serializer().dumps(asdict(draft)))


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(house().secrets.secret_key, salt="request-draft")
