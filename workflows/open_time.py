"""Business time between many pairs of instants: as `BusinessCalendar.between`, worked out once for a span.

Instants are whole seconds since 1970 here: figures count thousands of them at a time."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from workflows.business_days import BusinessCalendar


class OpenTime:
    """The open seconds of an office from the day of `first` to the day of `last` (both since 1970)."""

    def __init__(self, calendar: BusinessCalendar, first: int, last: int) -> None:
        self._opens, self._closes, self._before = [first], [first], [0]
        day, end = (calendar.local_date(datetime.fromtimestamp(each, UTC)) for each in (first, last))
        while day <= end:
            for span in calendar.stretches_of(day):
                self._add(int(span[0].timestamp()), int(span[1].timestamp()))
            day += timedelta(days=1)

    def _add(self, opens: int, closes: int) -> None:
        self._before.append(self.total)
        self._opens.append(opens)
        self._closes.append(closes)

    @property
    def total(self) -> int:
        return self._before[-1] + self._closes[-1] - self._opens[-1]

    def until(self, at: int) -> int:
        """The open seconds from the beginning to an instant."""
        place = max(bisect_right(self._opens, at) - 1, 0)
        return self._before[place] + max(min(at, self._closes[place]) - self._opens[place], 0)

    def between(self, start: int, end: int) -> int:
        """The open seconds in [start, end); none when the end is not after the start."""
        return max(self.until(end) - self.until(start), 0)

    def between_all(self, spans: Sequence[tuple[int, int]]) -> list[int]:
        """The same for many spans at once; none of them may begin before `first`."""
        opens, closes, before = self._opens, self._closes, self._before
        found = []
        for start, end in spans:
            here, there = bisect_right(opens, start) - 1, bisect_right(opens, end) - 1
            closing, ending = closes[here], closes[there]
            begun = before[here] + (start if start < closing else closing) - opens[here]
            over = before[there] + (end if end < ending else ending) - opens[there]
            found.append(over - begun if over > begun else 0)
        return found

    def after(self, start: int, seconds: int) -> int:
        """The open instant that is so many open seconds later; the last close where the span ends first."""
        wanted = self.until(start) + seconds
        place = bisect_right(self._before, wanted) - 1
        return min(self._opens[place] + wanted - self._before[place], self._closes[place])
