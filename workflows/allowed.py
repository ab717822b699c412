"""Who may do what. Each check raises Refused (`not_allowed`), before anything else is looked at."""

from workflows.actors import Actor
from workflows.desk import Desk
from workflows.errors import Line, Refused
from workflows.moves import out_of_date
from workflows.records import Cancellation, Case, User
from workflows.states import Role


def case_work(by: Actor) -> User:
    """Agents and managers do case work; admins do not."""
    if by.user is None or not by.user.does_case_work:
        raise Refused.because("not_allowed", "Only agents and managers work on cases.")
    return by.user


def manager(by: Actor) -> User:
    if by.user is None or not by.user.is_manager:
        raise Refused.because("not_allowed", "Only a manager may do this.")
    return by.user


def admin(by: Actor) -> User:
    if by.user is None or by.user.role != Role.admin:
        raise Refused.because("not_allowed", "Only an admin may do this.")
    return by.user


def steering(by: Actor) -> User:
    if by.user is None or by.user.role not in (Role.manager, Role.admin):
        raise Refused.because("not_allowed", "Only managers and admins may do this.")
    return by.user


def stopping(by: Actor) -> User:
    if by.user is None or not by.user.may_stop:
        raise Refused.because("not_allowed", "Only managers and admins use the stop switch.")
    return by.user


def closed(case: Case) -> list[Line]:
    """The line of any act on a closed case."""
    if case.is_open:
        return []
    return [Line("out_of_date", f"{case.reference} is closed: every cancellation in it has ended.")]


def ended(desk: Desk, part: Cancellation) -> list[Line]:
    return [] if part.is_open else [out_of_date(desk, part)]


def refuse(lines: list[Line]) -> None:
    if lines:
        raise Refused(*lines)
