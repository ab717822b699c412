"""Tells Lastcall that a port order changed, as a carrier would: signed, once, without a second try."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import httpx

SECONDS = 5.0
"""How long the receiver may take to answer."""


def signature(secret: str, at: datetime, body: bytes) -> str:
    """The value of `X-Signature`: HMAC-SHA256 over the Unix time, a dot and the body."""
    moment = int(at.timestamp())
    proof = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={proof}"


@dataclass(frozen=True)
class Told:
    """How one webhook ended, in words for the page."""

    at: datetime
    order: str
    delivered: bool
    words: str


@dataclass(frozen=True)
class Webhook:
    url: str
    secret: str

    def tell(self, order: str, account: str, at: datetime) -> Told:
        """Names the order that changed; what changed is for the receiver to read. Never raises."""
        told = {"id": str(uuid4()), "event": "order.changed", "order": order, "account": account}
        body = json.dumps(told | {"at": at.isoformat()}).encode()
        headers = {"Content-Type": "application/json", "X-Signature": signature(self.secret, at, body)}
        try:
            answer = httpx.post(self.url, content=body, headers=headers, timeout=SECONDS, trust_env=False)
        except httpx.HTTPError as wrong:
            return Told(at, order, False, f"nobody was told: {wrong or type(wrong).__name__}")
        words = f"the webhook was answered with {answer.status_code}"
        return Told(at, order, answer.is_success, words)
