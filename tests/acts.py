"""Short words for what tests do again and again, through the desk's own functions."""

from datetime import date, datetime

from sqlalchemy import select

from workflows import acting, actors, intake, talking
from workflows.actors import Actor
from workflows.desk import Desk
from workflows.records import Cancellation, Case, Event, Letter, User
from workflows.states import Authentication, Channel, Disposition, Outcome


def staff(desk: Desk, name: str = "agent") -> Actor:
    return actors.staff(desk.session.scalars(select(User).where(User.email == f"{name}@desk.example")).one())


def submit(
    desk: Desk,
    at: datetime,
    *,
    locations: tuple[str, ...] = ("HQ",),
    requested_for: date = date(2027, 3, 12),
    by: str = "pat@acme.example",
    reason: str = "Closing",
    switches: tuple[str, ...] | None = None,
    confirmed: bool = True,
    key: str | None = None,
    account: str = "acme",
) -> Case:
    request = intake.NewRequest(
        account, locations, requested_for, reason, by, locations if switches is None else switches, confirmed
    )
    case = intake.submit(desk, request, at=at, by=actors.customer(by), key=key)
    desk.session.commit()
    return case


def reach(
    desk: Desk, case: Case, at: datetime, *, person: str | None = None, authenticated: str = "pin"
) -> None:
    talking.log_contact(
        desk,
        case,
        by=staff(desk),
        at=at,
        channel=Channel.phone,
        outcome=Outcome.reached,
        authenticated=Authentication(authenticated),
        person=person,
    )
    desk.session.commit()


def dispose(desk: Desk, part: Cancellation, at: datetime, to: str = "not_needed") -> None:
    acting.dispose(desk, part, None, Disposition(to), by=staff(desk), at=at, evidence="Pat, by phone")
    desk.session.commit()


def confirm(
    desk: Desk, part: Cancellation, at: datetime, wanted: date | None = None, name: str = "agent"
) -> None:
    acting.confirm(desk, [part], by=staff(desk, name), at=at, wanted=wanted)
    desk.session.commit()


def scheduled(desk: Desk, at: datetime, **request: object) -> Cancellation:
    """A cancellation that was asked for, talked about and confirmed, all at one instant."""
    case = submit(desk, at, **request)  # type: ignore[arg-type]
    reach(desk, case, at)
    for part in case.cancellations:
        dispose(desk, part, at)
        confirm(desk, part, at)
    return case.cancellations[0]


def letters(desk: Desk, *, to_customer: bool = True) -> list[str]:
    found = select(Letter.name).where(Letter.to_customer == to_customer).order_by(Letter.id)
    return list(desk.session.scalars(found))


def events(desk: Desk, name: str) -> list[Event]:
    return list(desk.session.scalars(select(Event).where(Event.name == name).order_by(Event.id)))
