"""What the desk knows of one customer: people, locations, cases and letters.

Cases and letters are paged by key; the number of queries does not depend on how many there are."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager, defer, joinedload, selectinload

from workflows.desk import Desk
from workflows.records import Account, Cancellation, Case, Letter, Location, Number
from workflows.reports import lists
from workflows.reports.lists import Row
from workflows.states import FINAL

CASES, LETTERS = 20, 20


@dataclass(frozen=True)
class Place:
    """A location, how many numbers it holds, and its open case."""

    location: Location
    numbers: int
    case: Case | None


@dataclass(frozen=True)
class AccountPage:
    account: Account
    places: list[Place]
    cases: list[Row]
    older_cases: int | None
    """Before which case the next page begins; None where this is the last."""
    letters: Sequence[Letter]
    older_letters: int | None


def read(
    desk: Desk, ref: str, before_case: int | None = None, before_letter: int | None = None
) -> AccountPage | None:
    """The page of an account; None where nobody knows it."""
    found = select(Account).where(Account.ref == ref)
    loaded = found.options(selectinload(Account.people), selectinload(Account.locations))
    account = desk.session.scalar(loaded)
    if account is None:
        return None
    cases, older_cases = _cases(desk, account, before_case)
    letters, older_letters = _letters(desk, account, before_letter)
    rows = lists.rows(desk, cases)
    return AccountPage(account, _places(desk, account), rows, older_cases, letters, older_letters)


def _cases(desk: Desk, account: Account, before: int | None) -> tuple[list[Case], int | None]:
    found = select(Case).where(Case.account_id == account.id).options(joinedload(Case.owner))
    if before is not None:
        found = found.where(Case.id < before)
    rows = list(desk.session.scalars(found.order_by(Case.id.desc()).limit(CASES + 1)))
    return rows[:CASES], rows[CASES - 1].id if len(rows) > CASES else None


def _letters(desk: Desk, account: Account, before: int | None) -> tuple[list[Letter], int | None]:
    """Without their long texts."""
    found = select(Letter).join(Letter.case).options(contains_eager(Letter.case))
    found = found.where(Case.account_id == account.id, Letter.to_customer)
    if before is not None:
        found = found.where(Letter.id < before)
    long_ones = (Letter.text, Letter.html, Letter.facts, Letter.calendar)
    found = found.options(*(defer(each) for each in long_ones))
    rows = list(desk.session.scalars(found.order_by(Letter.id.desc()).limit(LETTERS + 1)))
    return rows[:LETTERS], rows[LETTERS - 1].id if len(rows) > LETTERS else None


def _places(desk: Desk, account: Account) -> list[Place]:
    """Those that are on first."""
    counted = select(Number.location_id, func.count()).join(Location, Location.id == Number.location_id)
    held = counted.where(Location.account_id == account.id, Number.held).group_by(Number.location_id)
    numbers = {row[0]: row[1] for row in desk.session.execute(held)}
    open_ones = (
        select(Cancellation.location_id, Case)
        .join(Cancellation.case)
        .where(Case.account_id == account.id, Cancellation.state.not_in(FINAL))
    )
    cases = {row[0]: row[1] for row in desk.session.execute(open_ones)}
    places = sorted(account.locations, key=lambda each: (each.ended_at is not None, each.name.lower()))
    return [Place(each, numbers.get(each.id, 0), cases.get(each.id)) for each in places]
