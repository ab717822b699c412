"""Business time worked out once for a span is the calendar's own, to the second."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from workflows.config import Settings
from workflows.config.settings import Office
from workflows.open_time import OpenTime

FIRST = datetime(2027, 2, 20, 3, 0, tzinfo=UTC)
LAST = FIRST + timedelta(days=60)
CALENDARS = (
    Settings().calendar,
    Office(hours={"mon": ["09:00-12:00", "13:00-18:00"], "sat": ["22:00-24:00"]}, holidays="").calendar,  # type: ignore[arg-type]
)
KNOWN = [OpenTime(each, int(FIRST.timestamp()), int(LAST.timestamp())) for each in CALENDARS]
seconds = st.integers(0, int((LAST - FIRST).total_seconds()))


@given(which=st.integers(0, 1), start=seconds, end=seconds)
def test_between_is_the_calendars(which: int, start: int, end: int) -> None:
    a, b = FIRST + timedelta(seconds=start), FIRST + timedelta(seconds=end)
    expected = CALENDARS[which].between(a, b)
    span = int(a.timestamp()), int(b.timestamp())
    assert KNOWN[which].between(*span) == expected.total_seconds()
    assert KNOWN[which].between_all([span, span]) == [expected.total_seconds()] * 2


@given(start=seconds, wanted=st.integers(0, 200_000))
def test_after_is_as_much_later(start: int, wanted: int) -> None:
    begin = int(FIRST.timestamp()) + start
    found = KNOWN[0].after(begin, wanted)
    most = KNOWN[0].total - KNOWN[0].until(begin)
    assert KNOWN[0].between(begin, found) == min(wanted, most)
