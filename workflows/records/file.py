"""A file kept as evidence with a case."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflows.records.account import Number
from workflows.records.base import Base
from workflows.records.case import Case


class File(Base):
    __tablename__ = "file"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    number_id: Mapped[int | None] = mapped_column(ForeignKey("number.id"))
    """The number whose fate it proves, where it is about one."""
    name: Mapped[str]
    kind: Mapped[str]
    """The media type, as its content shows it."""
    size: Mapped[int]
    """In bytes."""
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    """Empty once it was removed."""
    at: Mapped[datetime]
    by: Mapped[str]
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[str] = mapped_column(default="")
    removed_why: Mapped[str] = mapped_column(default="")
    case: Mapped[Case] = relationship()
    number: Mapped[Number | None] = relationship()
