"""The agents' queue in its order (product rules, section 8); the place of a case is kept by standing.py."""

from sqlalchemy import Select, select

from workflows.records import Case


def in_order() -> Select[int]:
    """The ids of the open cases, most urgent first; ties by reference."""
    return select(Case.id).where(Case.closed_at.is_(None)).order_by(Case.queue_group, Case.queue_at, Case.id)
