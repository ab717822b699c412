"""One e-mail: a row written in the transaction that causes it, sent by the scheduler."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflows.records.base import Base, one_of
from workflows.records.case import Case
from workflows.states import LetterState

UNSENT = "state IN ('waiting', 'sending')"


class Letter(Base):
    __tablename__ = "letter"
    __table_args__ = (
        one_of("state", LetterState),
        Index("ix_letter_due", "next_try_at", "id", sqlite_where=text(UNSENT), postgresql_where=text(UNSENT)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    name: Mapped[str]
    to_customer: Mapped[bool]
    caused_by_agent: Mapped[bool] = mapped_column(default=False)
    """Whether its acceptance proves a contact."""
    key: Mapped[str] = mapped_column(unique=True)
    """Case, name and the moment it is about: at most one of a name per case and instant."""
    recipients: Mapped[list[str]]
    facts: Mapped[dict[str, Any]]
    """What the templates say: one entry per cause, so that a second cause can join an unsent letter."""
    subject: Mapped[str]
    text: Mapped[str]
    html: Mapped[str]
    calendar: Mapped[str] = mapped_column(default="")
    """The calendar file that goes with it, where there is one."""
    message_id: Mapped[str] = mapped_column(unique=True)
    written_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default=LetterState.waiting)
    next_try_at: Mapped[datetime | None]
    first_try_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    claimed_until: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
    bounced_at: Mapped[datetime | None]
    trouble: Mapped[str] = mapped_column(default="")
    """What the mail server said last, when it was not yes."""
    case: Mapped[Case | None] = relationship()
