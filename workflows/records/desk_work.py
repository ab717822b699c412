"""What staff leave for each other: lists under a name, and who is looking at a case just now."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflows.records.base import Base
from workflows.records.user import User


class SavedView(Base):
    """The address of a list under a name."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("user_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    name: Mapped[str]
    address: Mapped[str]
    is_shared: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime]
    user: Mapped[User] = relationship()


class Viewing(Base):
    """A member of staff has the page of a case open, and said so at that moment."""

    __tablename__ = "viewing"
    __table_args__ = (Index("ix_viewing_seen_at", "seen_at"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    seen_at: Mapped[datetime]
    user: Mapped[User] = relationship()
