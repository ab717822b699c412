"""The one place where the real time enters. Everything else receives an instant as `at`."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present instant in UTC, in whole seconds (the product rules: instants are whole seconds)."""
    return datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 - the one place that may
