"""The staff, and what signing in needs."""

from datetime import date, datetime

from sqlalchemy.orm import Mapped, mapped_column

from workflows.records.base import Base, one_of
from workflows.states import Role


class User(Base):
    __tablename__ = "user"
    __table_args__ = (one_of("role", Role),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[str]
    password_hash: Mapped[str] = mapped_column(default="")
    is_active: Mapped[bool] = mapped_column(default=True)
    is_away: Mapped[bool] = mapped_column(default=False)
    away_from: Mapped[date | None]
    away_until: Mapped[date | None]
    """The first and the last day of an absence that is known ahead, in the office's time zone."""
    session_mark: Mapped[str] = mapped_column(default="")
    """Changes with password and role, and when somebody is signed out everywhere: older sessions end."""
    failed_tries: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]
    """To the minute."""
    wants_digest: Mapped[bool] = mapped_column(default=True)
    """Whether a manager gets the digest in the morning."""
    theme: Mapped[str] = mapped_column(default="system")
    is_compact: Mapped[bool] = mapped_column(default=False)
    has_keys: Mapped[bool] = mapped_column(default=True)
    """Whether lists stand close together, and whether single keys do something."""
    given_at: Mapped[datetime | None]
    """When a new case was last given to them in turn."""

    @property
    def is_manager(self) -> bool:
        return self.role == Role.manager

    @property
    def does_case_work(self) -> bool:
        return self.role in (Role.agent, Role.manager)

    @property
    def may_stop(self) -> bool:
        return self.role in (Role.manager, Role.admin)

    @property
    def initials(self) -> str:
        return "".join(part[0] for part in self.name.split()[:2]).upper()
