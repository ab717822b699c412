"""Who is on the team: invitations, roles, absences, leaving. Nobody is deleted: the history names them."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import cycle

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from workflows import allowed, brakes, users
from workflows.actors import SYSTEM, Actor
from workflows.desk import Desk
from workflows.errors import Line, Refused
from workflows.history import note
from workflows.letters import customer
from workflows.records import Case, User
from workflows.states import Role


def invite(desk: Desk, email: str, name: str, role: str, *, by: Actor, at: datetime) -> User:
    """A new member of staff, who chooses a password by the letter that goes to the address.

    Raises Refused (`invalid`, `duplicate`)."""
    allowed.admin(by)
    allowed.refuse(users.person_problems(desk, email, name, role))
    user = User(email=email.strip().lower(), name=name.strip(), role=Role(role))
    users.end_sessions(user)
    desk.session.add(user)
    desk.session.flush()
    note(desk, "user_invited", at=at, by=by, user=user.email, role=user.role)
    customer.password_reset(desk, user, at)
    return user


def send_link(desk: Desk, user: User, *, by: Actor, at: datetime) -> None:
    """The letter with a link to choose a password, once more."""
    allowed.admin(by)
    allowed.refuse(_in_use(user))
    note(desk, "user_sent_link", at=at, by=by, user=user.email)
    customer.password_reset(desk, user, at)


def change_role(desk: Desk, user: User, role: str, *, by: Actor, at: datetime) -> None:
    """Another role, with which the user signs in again."""
    allowed.admin(by)
    lines = _another(user, by) + _in_use(user)
    if role not in set(Role):
        lines.append(Line("invalid", "Choose the role.", "role"))
    elif role == user.role:
        lines.append(Line("out_of_date", f"{user.name} has this role already.", "role"))
    allowed.refuse(lines)
    note(desk, "user_role", at=at, by=by, user=user.email, before=user.role, after=role)
    user.role = Role(role)
    users.end_sessions(user)


def deactivate(desk: Desk, user: User, *, by: Actor, at: datetime) -> None:
    """Nobody signs in with it any more, from now on. Cases stay with their owner until they are given on."""
    allowed.admin(by)
    allowed.refuse(_another(user, by) + _in_use(user))
    user.is_active = False
    users.end_sessions(user)
    note(desk, "user_deactivated", at=at, by=by, user=user.email)


def take_back(desk: Desk, user: User, *, by: Actor, at: datetime) -> None:
    """The account is in use again; the password is chosen anew by letter."""
    allowed.admin(by)
    if user.is_active:
        raise Refused.because("out_of_date", f"{user.name}'s account is in use.")
    user.is_active, user.password_hash = True, ""
    user.failed_tries, user.locked_until = 0, None
    users.end_sessions(user)
    note(desk, "user_taken_back", at=at, by=by, user=user.email)
    customer.password_reset(desk, user, at)


def sign_out_everywhere(desk: Desk, user: User, *, by: Actor, at: datetime) -> None:
    """Every session of the user ends with its next click. Oneself, or an admin somebody else."""
    if by.user is None or by.user.id != user.id:
        allowed.admin(by)
    users.end_sessions(user)
    note(desk, "user_signed_out", at=at, by=by, user=user.email)


def set_away(
    desk: Desk, user: User, *, by: Actor, at: datetime, first: date | None, last: date | None
) -> None:
    """Days of absence: letters for an owner who is away go to the managers. None for both ends it."""
    if by.user is None or by.user.id != user.id:
        allowed.steering(by)
    today = desk.calendar.local_date(at)
    allowed.refuse(_wrong_days(today, first, last))
    user.away_from, user.away_until = first, last
    user.is_away = first is not None and first <= today
    name, days = "user_away" if first else "user_is_back", [str(day) for day in (first, last) if day]
    note(desk, name, at=at, by=by, user=user.email, days=days)


def owned_by(desk: Desk, user: User) -> Sequence[Case]:
    """The open cases of somebody, the most urgent first."""
    found = select(Case).where(Case.owner_id == user.id, Case.closed_at.is_(None))
    ordered = found.order_by(Case.queue_group, Case.queue_at, Case.id)
    return desk.session.scalars(ordered.options(joinedload(Case.account))).all()


def here(desk: Desk, *, but: User) -> Sequence[User]:
    """Who works on cases and is not away, in the order of the names."""
    works = User.role.in_((Role.agent, Role.manager)) & User.is_active & User.is_away.is_(False)
    return desk.session.scalars(
        select(User).where(works, User.id != but.id).order_by(User.name, User.id)
    ).all()


def reassign(desk: Desk, user: User, *, by: Actor, at: datetime, to: Sequence[User]) -> int:
    """Hands all open cases of somebody on, to one colleague or to several in turn. An event for each case."""
    allowed.manager(by)
    cases = owned_by(desk, user)
    if not cases:
        raise Refused.because("out_of_date", f"{user.name} owns no open case.")
    if not to or user in to:
        raise Refused.because("invalid", "Choose who gets the cases.", "to")
    for case, owner in zip(cases, cycle(to), strict=False):
        brakes.assign(desk, case, by=by, at=at, to=owner)
    note(desk, "reassigned", at=at, by=by, user=user.email, cases=len(cases), to=[each.email for each in to])
    return len(cases)


def _wrong_days(today: date, first: date | None, last: date | None) -> list[Line]:
    if last is not None and last < (first or today):
        return [Line("invalid", "The last day must not be before the first.", "last")]
    if last is not None and first is None:
        return [Line("invalid", "Give the first day too.", "first")]
    if last is not None and last < today:
        return [Line("invalid", "These days are over.", "last")]
    return []


def turn_days(desk: Desk, at: datetime) -> None:
    """Absences begin and end with the day of the office."""
    today = desk.calendar.local_date(at)
    for user in desk.session.scalars(select(User).where(User.away_from.is_not(None))):
        is_over = user.away_until is not None and user.away_until < today
        if is_over:
            user.away_from = user.away_until = None
        is_away = user.away_from is not None and user.away_from <= today
        if user.is_away != is_away:
            user.is_away = is_away
            note(desk, "user_away" if is_away else "user_is_back", at=at, by=SYSTEM, user=user.email)


def _another(user: User, by: Actor) -> list[Line]:
    if by.user is not None and by.user.id == user.id:
        return [Line("not_allowed", "This is your own account: another admin has to do it.")]
    return []


def _in_use(user: User) -> list[Line]:
    return [] if user.is_active else [Line("out_of_date", f"{user.name}'s account is not in use.")]
