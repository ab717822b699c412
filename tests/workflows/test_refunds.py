"""Refunds by days, where the law of the location asks for them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows import refunds
from workflows.records import Cancellation, Case, Location


def place(renews_on: date, price: str = "214.00", jurisdiction: str = "CA-ON") -> Location:
    return Location(
        jurisdiction=jurisdiction,
        time_zone="America/Toronto",
        renews_on=renews_on,
        monthly_price=Decimal(price),
    )


def back(renews_on: date, last_day: date, price: str = "214.00") -> tuple[int, str]:
    found = refunds.after(place(renews_on, price), last_day)
    assert found is not None
    return found.days, str(found.amount)


def test_elsewhere_nothing_is_refunded() -> None:
    for jurisdiction in ("US", "US-NY"):
        assert refunds.after(place(date(2027, 3, 28), jurisdiction=jurisdiction), date(2027, 3, 12)) is None


@pytest.mark.parametrize(
    ("renews_on", "last_day", "days", "amount"),
    [
        # 28 February to 27 March are 28 days; 12 March is the 13th of them
        (date(2027, 3, 28), date(2027, 3, 12), 15, "114.64"),
        # 28 March to 27 April are 31 days
        (date(2027, 4, 28), date(2027, 4, 12), 15, "103.55"),
        # 30 days
        (date(2027, 5, 28), date(2027, 5, 12), 15, "107.00"),
        # 15 January to 14 February are 31, 15 February to 14 March 28, and 29 in a leap year
        (date(2027, 2, 15), date(2027, 2, 4), 10, "69.03"),
        (date(2027, 3, 15), date(2027, 3, 4), 10, "76.43"),
        (date(2028, 3, 15), date(2028, 3, 4), 10, "73.79"),
        # the 31st: the cycle begins with the last day of the shorter month before
        (date(2027, 3, 31), date(2027, 3, 1), 29, "200.19"),
        (date(2027, 12, 31), date(2027, 12, 30), 0, "0.00"),
    ],
)
def test_a_day_costs_its_part_of_its_own_cycle(
    renews_on: date, last_day: date, days: int, amount: str
) -> None:
    assert back(renews_on, last_day) == (days, amount)


def test_the_last_day_itself_is_paid() -> None:
    assert back(date(2027, 3, 28), date(2027, 3, 27)) == (0, "0.00")
    assert back(date(2027, 3, 28), date(2027, 2, 28)) == (27, "206.36")


def test_a_day_after_the_next_renewal_counts_in_the_cycle_that_begins_then() -> None:
    assert back(date(2027, 3, 28), date(2027, 3, 28)) == (30, "207.10")
    assert back(date(2027, 3, 28), date(2027, 5, 12)) == (15, "107.00")
    assert back(date(2026, 12, 1), date(2027, 1, 31)) == (0, "0.00")


def test_cycles_that_were_paid_since_come_back_whole() -> None:
    days, amount = back(date(2027, 5, 28), date(2027, 3, 12), "100.00")
    assert days == 15 + 31 + 30
    assert amount == "253.57"


def test_cents_are_rounded_once_and_half_up() -> None:
    assert back(date(2027, 5, 1), date(2027, 4, 29), "0.15") == (1, "0.01")
    assert back(date(2027, 5, 1), date(2027, 4, 15), "0.01") == (15, "0.01")
    found = refunds.after(place(date(2027, 5, 1), "214.00"), date(2027, 4, 15))
    assert found is not None
    assert (str(found.amount), str(found.per_day)) == ("107.00", "7.13")


def test_billing_ends_with_the_notice_unless_later_is_asked_for() -> None:
    location, received = place(date(2027, 3, 28)), datetime(2027, 3, 2, 2, tzinfo=UTC)
    part = Cancellation(location=location, case=Case(received_at=received), requested_for=date(2027, 2, 20))
    found = refunds.of(part)
    assert found is not None
    assert found.last_day == date(2027, 3, 1)
    part.requested_for, part.agreed_for = date(2027, 3, 12), date(2027, 3, 20)
    later = refunds.of(part)
    assert later is not None
    assert (later.last_day, later.days) == (date(2027, 3, 20), 7)


@given(
    st.dates(date(2024, 1, 1), date(2032, 12, 31)),
    st.integers(2, 400),
    st.decimals(Decimal("0.01"), Decimal("5000"), places=2),
)
def test_of_what_is_paid_a_later_last_day_never_brings_more(
    renews_on: date, before: int, price: Decimal
) -> None:
    location, last_day = place(renews_on, str(price)), renews_on - timedelta(days=before)
    sooner, later = refunds.after(location, last_day), refunds.after(location, last_day + timedelta(days=1))
    assert sooner is not None
    assert later is not None
    assert (sooner.days, later.days) == (before - 1, before - 2)
    assert later.amount <= sooner.amount


@given(st.dates(date(2024, 1, 1), date(2032, 12, 31)), st.integers(0, 400))
def test_of_a_cycle_ahead_never_more_than_its_price(renews_on: date, after: int) -> None:
    found = refunds.after(place(renews_on), renews_on + timedelta(days=after))
    assert found is not None
    assert 0 <= found.days <= 30
    assert Decimal(0) <= found.amount < Decimal("214.00")
