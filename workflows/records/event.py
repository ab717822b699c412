"""The append-only history."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from workflows.records.base import Base

COUNTED = text("name IN ('late_port', 'recheck', 'stop', 'disputed')")
"""The few kinds of events that figures count."""


class Event(Base):
    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_case", "case_id", "id"),
        Index("ix_event_at", "at"),
        Index(
            "ix_event_person",
            "actor",
            "id",
            sqlite_where=text("actor != 'system'"),
            postgresql_where=text("actor != 'system'"),
        ),
        Index("ix_event_counted", "name", "at", "case_id", sqlite_where=COUNTED, postgresql_where=COUNTED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"))
    cancellation_id: Mapped[int | None] = mapped_column(ForeignKey("cancellation.id"))
    at: Mapped[datetime]
    actor: Mapped[str]
    """A member of staff's e-mail address, `customer` (with the address in `facts`) or `system`."""
    name: Mapped[str]
    from_state: Mapped[str | None]
    to_state: Mapped[str | None]
    why: Mapped[str] = mapped_column(default="")
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    source: Mapped[str] = mapped_column(default="")
    """The network address from which the act came, where it came over HTTP."""
    previous_id: Mapped[int | None]
    """The line before it in its case (or among those of no case), as its transaction saw it. See chain.py."""
    after_id: Mapped[int | None]
    """The newest line of all, as its transaction saw it."""
    digest: Mapped[str] = mapped_column(default="")
    salt: Mapped[str] = mapped_column(default="")
    sealed: Mapped[str] = mapped_column(default="")
    """The digest of `why`, `facts` and `source` where these were taken away."""


class Anchor(Base):
    """One digest over all lines of the history since the anchor before it."""

    __tablename__ = "anchor"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    through_id: Mapped[int]
    """The last line that it covers."""
    lines: Mapped[int]
    digest: Mapped[str]
