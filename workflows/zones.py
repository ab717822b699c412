"""The time zones that there are."""

from functools import cache
from zoneinfo import available_timezones


@cache
def known() -> frozenset[str]:
    """The names of the IANA list. Finding them opens some hundred files, so it is done once."""
    return frozenset(available_timezones())
