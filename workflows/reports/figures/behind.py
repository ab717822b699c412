"""The cases behind a figure: the very things that it counts, as a list and as CSV."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from workflows.records import Account, Case, Clock, Request, User
from workflows.reports.figures.promises import result
from workflows.reports.figures.scope import Scope
from workflows.reports.figures.tables import Figure
from workflows.states import ClockName

ROWS = 50
CHUNK = 500


@dataclass(frozen=True)
class Behind:
    """One case of a list."""

    case_id: int
    customer: str
    received_at: datetime
    closed_at: datetime | None
    category: str | None
    due_at: datetime | None
    stopped_at: datetime | None
    result: str | None
    owner: str | None

    @property
    def reference(self) -> str:
        return f"C-{1000 + self.case_id}"


def how_many(scope: Scope, figure: Figure, row: str | None, column: str | None) -> tuple[int, int]:
    """Things, and the cases to which they belong."""
    things = figure.cases(scope, row, column).subquery()
    one = things.c[0]
    counted = select(func.count(), func.count(one.distinct())).select_from(things)
    many, cases = scope.desk.session.execute(counted).one()
    return many, cases


def page(
    scope: Scope, figure: Figure, row: str | None, column: str | None, before: int | None
) -> tuple[list[Behind], int | None]:
    """The newest first, and the case before which the next page begins."""
    query = _query(scope, figure, row, column).limit(ROWS + 1)
    if before is not None:
        query = query.where(Case.id < before)
    found = [Behind(*each) for each in scope.desk.session.execute(query)]
    return found[:ROWS], found[ROWS - 1].case_id if len(found) > ROWS else None


def all_rows(scope: Scope, figure: Figure, row: str | None, column: str | None) -> Iterator[Behind]:
    """All of them, a few at a time: memory does not grow with their number."""
    query = _query(scope, figure, row, column).execution_options(yield_per=CHUNK)
    for each in scope.desk.session.execute(query):
        yield Behind(*each)


def _query(scope: Scope, figure: Figure, row: str | None, column: str | None) -> Select[Any]:
    first = (Clock.case_id == Case.id) & (Clock.name == ClockName.first_contact)
    found: Any = select(
        Case.id,
        Account.name,
        Case.received_at,
        Case.closed_at,
        Request.category,
        Clock.due_at,
        Clock.stopped_at,
        result(scope.at),
        User.name,
    )
    joined: Select[Any] = (
        found.join(Account, Case.account_id == Account.id)
        .outerjoin(Request, Request.case_id == Case.id)
        .outerjoin(Clock, first)
        .outerjoin(User, Case.owner_id == User.id)
        .where(Case.id.in_(figure.cases(scope, row, column)))
        .order_by(Case.id.desc())
    )
    return joined
