"""One commit per POST. A refusal keeps what was read and its own event; who was overtaken keeps nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

from staff_app.desks import desk
from workflows.desk import Desk
from workflows.errors import Overtaken, Refused


@contextmanager
def transaction() -> Iterator[Desk]:
    """The desk of this request; committed at the end, and on a refusal."""
    made = desk()
    try:
        yield made
    except Overtaken:
        made.session.rollback()
        raise
    except Refused:
        made.session.commit()
        raise
    except BaseException:
        made.session.rollback()
        raise
    made.session.commit()
