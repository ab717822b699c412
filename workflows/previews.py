"""A letter as an act would send it: the act is done, its letter read, and all of it undone."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import func, select

from workflows.desk import Desk
from workflows.records import Case, Letter

Act = Callable[[], object]


@dataclass(frozen=True)
class Preview:
    recipients: list[str]
    subject: str
    text: str
    html: str


def of(desk: Desk, case: Case, act: Act) -> Preview | None:
    """The letter to the customer that `act` would write; None where it writes none. Raises Refused.

    Nothing is kept. The transaction of the caller ends here, and its records are read anew."""
    session, case_id = desk.session, case.id
    session.commit()
    newest = session.scalar(select(func.max(Letter.id)).where(Letter.case_id == case_id)) or 0
    try:
        act()
        session.flush()
        written = select(Letter).where(Letter.case_id == case_id, Letter.id > newest, Letter.to_customer)
        letter = session.scalars(written.order_by(Letter.id)).first()
        return Preview(letter.recipients, letter.subject, letter.text, letter.html) if letter else None
    finally:
        session.rollback()
