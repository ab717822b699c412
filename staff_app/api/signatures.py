"""Who may call: the store by its bearer token, carriers and the mail provider by signing the body."""

import hashlib
import hmac
import re
from datetime import datetime

from flask import abort, request

from staff_app.api.problems import problem
from staff_app.desks import at, house
from workflows import clock

SHAPE = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")
OLDEST = 300
"""Seconds between the signature and its arrival, either way."""


def need_token() -> None:
    """An empty token opens nothing."""
    wanted = house().secrets.api_token
    if not wanted:
        abort(problem("not-configured"))
    scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(sent.strip().encode(), wanted.encode()):
        abort(problem("unauthorized", "Send the header Authorization: Bearer and the store's token."))


def need_signature(secret: str) -> None:
    if not secret:
        abort(problem("not-configured"))
    if not is_signed(secret, request.headers.get("X-Signature", ""), request.get_data(), at()):
        abort(problem("unauthorized", "Sign the Unix time, a dot and the body; send it within five minutes."))


def is_signed(secret: str, signature: str, body: bytes, at: datetime) -> bool:
    """Whether `t=<unix>,v1=<hex>` is the HMAC-SHA256 of "<t>." and the body, and fresh."""
    match = SHAPE.fullmatch(signature)
    if match is None:
        return False
    moment, proof = match.groups()
    wanted = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    age = abs(at.timestamp() - int(moment))
    return hmac.compare_digest(proof, wanted) and age <= clock.lasting(OLDEST).total_seconds()
