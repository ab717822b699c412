"""Words by which cases are found: of accounts, of their locations, and the address a request came from."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from workflows.records.base import BYTES, Base


class Word(Base):
    """One word in small letters; a phone number stands as its digits from the last to the first."""

    __tablename__ = "word"
    __table_args__ = (Index("ix_word_word", "word", "account_id", "location_id", "case_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    word: Mapped[str] = mapped_column(BYTES)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    """One of these three: what the word belongs to."""
