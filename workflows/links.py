"""Signed links for people without a password: status page, signature, hand-over, password reset.

Of a stored link only the hash of its token is kept. A status link is signed and carries its own
expiry, so that every letter can hold one without a row."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from itsdangerous import BadSignature, TimestampSigner, URLSafeSerializer, URLSafeTimedSerializer
from sqlalchemy import select, update

from workflows.desk import Desk
from workflows.letters.rendering import LINK
from workflows.records import Case, Letter, Link, User

STATUS = "status"
A_CLOCK_AHEAD = timedelta(minutes=1)
"""How far the store's clock may be ahead of ours."""


class Handover(NamedTuple):
    """Whom the store hands over: signed in there as a contact of this account."""

    account: str
    email: str


def put_in(desk: Desk, letter: Letter, secret: str, at: datetime) -> tuple[str, str]:
    """(text, HTML) of a letter with the reader's own link in it; the stored letter never holds it."""
    if LINK not in letter.text and LINK not in letter.html:
        return letter.text, letter.html
    link = _for_letter(desk, letter, secret, at)
    return letter.text.replace(LINK, link), letter.html.replace(LINK, link)


def _for_letter(desk: Desk, letter: Letter, secret: str, at: datetime) -> str:
    base, case = desk.settings.web.public_url, letter.case
    if letter.name == "password_reset":
        user = desk.session.scalars(select(User).where(User.email == letter.recipients[0])).one()
        minutes = desk.settings.web.reset_link_minutes
        return f"{base}/reset/{make(desk, 'reset', at, timedelta(minutes=minutes), user=user)}"
    assert case is not None
    if letter.name == "sign_link":
        minutes = desk.settings.web.sign_link_minutes
        address = letter.recipients[0]
        return f"{base}/sign/{make(desk, 'sign', at, timedelta(minutes=minutes), case=case, address=address)}"
    return f"{base}/s/{status_token(desk, case, secret, at)}"


def status_token(desk: Desk, case: Case, secret: str, at: datetime) -> str:
    expires = at + timedelta(days=desk.settings.web.status_link_days)
    return str(_serializer(secret).dumps([case.id, int(expires.timestamp())]))


def read_status_token(desk: Desk, token: str, secret: str, at: datetime) -> Case | None:
    """The case behind a status link; None where it is forged or has expired."""
    try:
        case_id, expires = _serializer(secret).loads(token)
    except (BadSignature, ValueError, TypeError):
        return None
    if at.timestamp() > expires:
        return None
    return desk.session.get(Case, case_id)


def _serializer(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt="status-link")


def status_link_ends(token: str, secret: str) -> datetime:
    """When a status link stops working. Only for a token that was read."""
    _, expires = _serializer(secret).loads(token)
    return datetime.fromtimestamp(expires, UTC)


def handover_token(account: str, email: str, secret: str, at: datetime) -> str:
    """What the store's link carries; docs/api.md has the recipe for the store itself."""

    class Then(TimestampSigner):
        def get_timestamp(self) -> int:
            return int(at.timestamp())

    signed = URLSafeTimedSerializer(secret, salt="handover", signer=Then)
    return str(signed.dumps({"account": account, "email": email}))


def read_handover(token: str, secret: str, at: datetime, lasts: timedelta) -> Handover | None:
    """Whom a link hands over; None where it is forged, too old, or no secret is set."""
    if not secret:
        return None
    try:
        said, signed_at = URLSafeTimedSerializer(secret, salt="handover").loads(token, return_timestamp=True)
    except BadSignature:
        return None
    is_fresh = -A_CLOCK_AHEAD <= at - signed_at <= lasts
    if not is_fresh or not isinstance(said, dict):
        return None
    account, email = said.get("account"), said.get("email")
    return Handover(account, email) if isinstance(account, str) and isinstance(email, str) else None


def use(desk: Desk, link: Link, at: datetime) -> bool:
    """Uses a link up. False where somebody else was faster: it works once."""
    won = desk.session.scalar(
        update(Link).where(Link.id == link.id, Link.used_at.is_(None)).values(used_at=at).returning(Link.id)
    )
    return won is not None


def make(
    desk: Desk,
    purpose: str,
    at: datetime,
    lasts: timedelta,
    *,
    case: Case | None = None,
    user: User | None = None,
    address: str = "",
) -> str:
    """A new token; only its hash stays here."""
    token = secrets.token_urlsafe(32)
    desk.session.add(
        Link(
            purpose=purpose,
            token_hash=_hash(token),
            case_id=case.id if case else None,
            user_id=user.id if user else None,
            address=address,
            made_at=at,
            expires_at=at + lasts,
        )
    )
    return token


def find(desk: Desk, purpose: str, token: str, at: datetime) -> Link | None:
    """The link behind a token, while it is neither used nor expired."""
    link = desk.session.scalar(select(Link).where(Link.token_hash == _hash(token), Link.purpose == purpose))
    if link is None or link.used_at is not None or at > link.expires_at:
        return None
    return link


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
