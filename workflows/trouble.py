"""What is wrong when the database itself fails: a sentence for people, or none where it is a bug of ours."""

from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

FULL = "The disk of the database is full."
READ_ONLY = "The database can only be read."
BUSY = "The database was busy for too long."
AWAY = "The database does not answer."
BY_STATE = {"53100": FULL, "25006": READ_ONLY, "55P03": BUSY, "57P03": AWAY}
"""PostgreSQL's own codes (appendix A of its manual)."""
BY_WORDS = {
    "is full": FULL,
    "no space": FULL,
    "disk i/o error": FULL,
    "readonly": READ_ONLY,
    "read-only": READ_ONLY,
    "locked": BUSY,
}
"""SQLite has only words; a file system without room shows as an input or output error there."""


def of(wrong: SQLAlchemyError) -> str:
    """Empty where the database is well and what it was asked was wrong."""
    if not isinstance(wrong, DBAPIError):
        return ""
    if found := BY_STATE.get(getattr(wrong.orig, "sqlstate", None) or ""):
        return found
    said = str(wrong.orig).lower()
    found = next((words for part, words in BY_WORDS.items() if part in said), "")
    is_away = wrong.connection_invalidated or isinstance(wrong, OperationalError)
    return found or (AWAY if is_away else "")
