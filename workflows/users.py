"""The staff's accounts: passwords, the lock-out after wrong tries. Pages and command line use the same."""

import secrets
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import func, select

from workflows.actors import SYSTEM, Actor, staff
from workflows.desk import Desk
from workflows.errors import Line, Refused
from workflows.history import note
from workflows.intake import ADDRESS
from workflows.records import Link, User
from workflows.states import Role

SHORTEST, LONGEST = 12, 200
TRIES = 5
FIRST_LOCK, LONGEST_LOCK = timedelta(minutes=15), timedelta(hours=24)
WRONG = Line("not_allowed", "E-mail or password is wrong.")

HASHER = PasswordHasher()
NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$vEEPLqAc8T8idbTm7lcxBA$+O9zH0pL0p5Cpntg6SciAo1IQzFOO9SmA5266a9cxXM"
"""The hash of words that nobody knows. Checked for an unknown address, so that the answer takes as long as
for a known one; made as the hasher would make it."""


def find(desk: Desk, email: str) -> User | None:
    return desk.session.scalar(select(User).where(func.lower(User.email) == email.strip().lower()))


def add(
    desk: Desk,
    email: str,
    name: str,
    role: Role | str,
    password: str,
    *,
    at: datetime,
    by: Actor = SYSTEM,
) -> User:
    """A new member of staff. Raises Refused (`invalid`, `duplicate`)."""
    lines = person_problems(desk, email, name, str(role)) + password_problems(password, email, name)
    if lines:
        raise Refused(*lines)
    user = User(email=email.strip().lower(), name=name.strip(), role=Role(role))
    _put(user, password)
    desk.session.add(user)
    note(desk, "user_added", at=at, by=by, user=user.email, role=user.role)
    desk.session.flush()
    return user


def person_problems(desk: Desk, email: str, name: str, role: str) -> list[Line]:
    """What is wrong with the words about somebody new."""
    lines = []
    if not ADDRESS.fullmatch(email.strip()):
        lines.append(Line("invalid", "Give an e-mail address.", "email"))
    elif find(desk, email) is not None:
        lines.append(Line("duplicate", f"{email.strip()} has an account already.", "email"))
    if not name.strip():
        lines.append(Line("invalid", "Give the name.", "name"))
    if role not in set(Role):
        lines.append(Line("invalid", f"The role is one of {', '.join(Role)}.", "role"))
    return lines


def password_problems(password: str, email: str = "", name: str = "") -> list[Line]:
    """What is wrong with a new password: length, and what everybody would guess first."""
    if not SHORTEST <= len(password) <= LONGEST:
        return [Line("invalid", f"Choose a password of at least {SHORTEST} characters.", "password")]
    plain = password.lower()
    easy = len(set(plain)) < 5 or plain in (email.lower(), name.lower())
    if easy or plain.startswith(("password", "123456", "qwerty")):
        return [Line("invalid", "Choose a password that is harder to guess.", "password")]
    return []


def set_password(desk: Desk, user: User, password: str, *, at: datetime, by: Actor = SYSTEM) -> None:
    """A new password: older sessions end, a lock-out too. Raises Refused (`invalid`)."""
    lines = password_problems(password, user.email, user.name)
    if lines:
        raise Refused(*lines)
    _put(user, password)
    user.failed_tries, user.locked_until = 0, None
    note(desk, "password_set", at=at, by=by, user=user.email)


def change_password(desk: Desk, user: User, old: str, new: str, *, at: datetime, by: Actor) -> None:
    """The own password, which needs the present one."""
    if not verify(user, old):
        raise Refused.because("invalid", "This is not your present password.", "old")
    set_password(desk, user, new, at=at, by=by)


def reset_password(desk: Desk, link: Link, password: str, *, at: datetime) -> User:
    """By a link from a letter, which is used up by it."""
    user = desk.session.get_one(User, link.user_id)
    if not user.is_active:
        raise Refused.because("not_allowed", "This account is not in use any more. Ask an admin.")
    set_password(desk, user, password, at=at, by=staff(user))
    link.used_at = at
    return user


def _put(user: User, password: str) -> None:
    user.password_hash = HASHER.hash(password)
    end_sessions(user)


def end_sessions(user: User) -> None:
    """Whoever is signed in as this user has to sign in again."""
    user.session_mark = secrets.token_urlsafe(16)


def verify(user: User, password: str) -> bool:
    """Whether it is the user's password."""
    return _matches(user.password_hash, password)


def _matches(stored: str, password: str) -> bool:
    try:
        return HASHER.verify(stored, password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False


def check_password(desk: Desk, email: str, password: str, at: datetime) -> User:
    """Who signs in with these. Counts wrong tries and locks after five.

    Raises Refused; the caller commits even then, so that the count stays."""
    user = find(desk, email)
    if user is not None and user.locked_until is not None and at < user.locked_until:
        raise Refused(_locked(desk, user.locked_until))
    is_right = _matches(user.password_hash if user and user.password_hash else NOBODY, password)
    if user is None or not is_right or not user.is_active:
        if user is not None:
            _count_wrong(desk, user, at)
        raise Refused(WRONG)
    user.failed_tries, user.locked_until, user.last_seen_at = 0, None, at
    if HASHER.check_needs_rehash(user.password_hash):
        user.password_hash = HASHER.hash(password)
    return user


def _count_wrong(desk: Desk, user: User, at: datetime) -> None:
    """Five wrong tries lock for 15 minutes, the next five for 30, and so on up to a day."""
    user.failed_tries += 1
    if user.failed_tries % TRIES == 0:
        wait = min(FIRST_LOCK * 2 ** (user.failed_tries // TRIES - 1), LONGEST_LOCK)
        user.locked_until = at + wait
        note(desk, "user_locked", at=at, by=SYSTEM, user=user.email, tries=user.failed_tries)


def _locked(desk: Desk, until: datetime) -> Line:
    local = until.astimezone(desk.settings.zone)
    return Line("not_allowed", f"Too many tries. Try again at {local:%H:%M}, or ask an admin.")
