"""Our copy of the platform's books: accounts, people, locations and numbers follow what was read."""

from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, select, update

from workflows import findable, rows
from workflows.adapters.platform import AccountBook, LocationBook, Purpose
from workflows.desk import Desk
from workflows.records import Account, Case, Location, Number, Person
from workflows.states import Disposition

RENEWAL_AHEAD_DAYS = 3
KEPT = (
    "name",
    "time_zone",
    "jurisdiction",
    "master_e911",
    "trunks",
    "trunks_enabled",
    "renewal_on",
    "monthly_price",
    "renews_on",
)


_ACCOUNT = select(Account).where(Account.ref == bindparam("ref"))


def read(desk: Desk, ref: str, at: datetime, purpose: Purpose = Purpose.books) -> Account | None:
    """Reads an account and lets our rows follow. None where nobody knows it. Raises Unreachable."""
    book = desk.platform.account(ref, purpose)
    return None if book is None else follow(desk, book, at)


def account(desk: Desk, ref: str) -> Account | None:
    return desk.session.scalar(_ACCOUNT, {"ref": ref})


def location(desk: Desk, ref: str) -> Location | None:
    return desk.session.scalar(select(Location).where(Location.ref == ref))


def follow(desk: Desk, book: AccountBook, at: datetime, row: Account | None = None) -> Account:
    """Our rows of one account as its book shows them. `row` spares the look-up where it is at hand."""
    row = shape(desk, book, at, row)
    desk.session.flush()
    shown = {each.ref for each in book.locations}
    rows.put(desk.session, row, {"read_at": at})
    rows.put_all(desk.session, [each for each in row.locations if each.ref in shown], {"read_at": at})
    return row


def shape(desk: Desk, book: AccountBook, at: datetime, row: Account | None = None) -> Account:
    """As `follow`, but leaves when it was read."""
    row = row or account(desk, book.ref)
    if row is None:
        row = Account(ref=book.ref, name="", address_of_record="", read_at=at)
        desk.session.add(row)
    _follow_names(desk, row, book)
    known = {each.ref: each for each in row.locations}
    for each in book.locations:
        _follow_location(desk, row, known.get(each.ref), each, at)
    return row


def _follow_names(desk: Desk, row: Account, book: AccountBook) -> None:
    """What the account and its people are called; whoever is found by it."""
    wanted = [(each.email, each.name, each.phone, each.role) for each in book.people]
    is_same = [(each.email, each.name, each.phone, each.role) for each in row.people] == wanted
    if is_same and (row.name, row.address_of_record) == (book.name, book.address_of_record):
        return
    if row.name != book.name and row.id is not None:
        renamed = update(Case).where(Case.account_id == row.id)
        desk.session.execute(renamed.values(customer=findable.plain(book.name)))
    row.name, row.address_of_record = book.name, book.address_of_record
    if not is_same:
        row.people = [Person(email=e, name=n, phone=p, role=r) for e, n, p, r in wanted]
    findable.name_account(row)


def _follow_location(
    desk: Desk, row: Account, old: Location | None, book: LocationBook, at: datetime
) -> None:
    place = old or Location(ref=book.ref, account=row, renews_on=book.renews_on, read_at=at)
    is_new = old is None or old.renews_on != book.renews_on or (book.renewal_on and not old.renewal_on)
    if is_new and not _is_owed(place.renewal_notice_at, at):
        place.renewal_notice_at = notice_at(desk, book.renews_on) if book.renewal_on else None
    is_named = old is not None and old.name == book.name
    shown = {name: getattr(book, name) for name in KEPT} | {"services": list(book.services)}
    for name, value in shown.items():
        if old is None or getattr(old, name) != value:
            setattr(place, name, value)
    if not is_named:
        findable.name_location(place)
    if old is None:
        desk.session.add(place)
    _follow_numbers(desk, place, book, at)


def _is_owed(notice: datetime | None, at: datetime) -> bool:
    """A notice whose moment passed while no scheduler was there: it is told before the next one."""
    return notice is not None and notice <= at


def notice_at(desk: Desk, renews_on: date) -> datetime:
    """When the customer hears of a renewal: at opening, three days before."""
    return desk.calendar.opening(renews_on - timedelta(days=RENEWAL_AHEAD_DAYS))


def announced(desk: Desk, notice: datetime) -> date:
    """The renewal that a notice is about."""
    return desk.calendar.local_date(notice) + timedelta(days=RENEWAL_AHEAD_DAYS)


def _follow_numbers(desk: Desk, place: Location, book: LocationBook, at: datetime) -> None:
    held = set(book.numbers)
    for row in place.numbers:
        if row.held and row.e164 not in held:
            left(desk, row, at)
        elif not row.held and row.e164 in held:
            returned(row)
    new = held - {row.e164 for row in place.numbers}
    if new:
        place.numbers += [Number(e164=e, held=True, disposition=Disposition.undecided) for e in sorted(new)]
        place.numbers.sort(key=lambda row: row.e164)


def left(desk: Desk, row: Number, at: datetime) -> None:
    """A number is no longer held at its location."""
    row.held = False
    if row.disposition in (Disposition.ported, Disposition.moved):
        row.ended_as, row.ended_on = row.disposition, desk.calendar.local_date(at)


def returned(row: Number) -> None:
    row.held, row.ended_as, row.ended_on = True, None, None


def released(desk: Desk, row: Number, at: datetime) -> None:
    """We released it for good."""
    ended_on = desk.calendar.local_date(at)
    rows.put(desk.session, row, {"held": False, "ended_as": "released", "ended_on": ended_on})
