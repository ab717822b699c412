"""Words in letters: dates, instants, zones, money, numbers and lists as their readers expect them.

The facts of a letter are JSON, so dates and instants arrive as ISO text and numbers as their last 4 digits.
`today` is the office's date when the letter is written: a year is named only where it is another one."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
AMERICAN = {
    "NST": "Newfoundland",
    "AST": "Atlantic",
    "EST": "Eastern",
    "CST": "Central",
    "MST": "Mountain",
    "PST": "Pacific",
    "AKST": "Alaska",
    "HST": "Hawaii",
}
SYMBOLS = {"USD": "$", "CAD": "CA$", "AUD": "A$", "NZD": "NZ$", "MXN": "MX$", "EUR": "€", "GBP": "£"}
STEPS = {
    "freeze": ("Close the location for changes", "Location closed for changes"),
    "stop_renewal": ("Stop the renewal", "Renewal stopped"),
    "disable_trunks": ("Switch the trunks off", "Calls in and out switched off"),
    "remove_services": ("Remove fax, SMS and metered services", "Other services removed"),
    "remove_e911": ("Remove the E911 records", "Emergency address records (E911) removed"),
    "remove_trunks": ("Remove the trunks", "Trunks removed"),
    "revoke_access": ("End access", "Access to the service and its account information ended"),
}
SERVICES = {"fax": "fax", "sms": "text messages (SMS)", "metered": "services billed by use"}
FINDINGS = {
    "terminated_still_billing": "terminated but still billed",
    "billed_after_end": "billed after its end",
    "ported_still_billing": "all numbers ported out but still billed",
    "scheduled_without_run": "due to end and not begun",
    "deferred_without_review": "deferred without a review date",
    "open_without_next": "open with nothing planned next",
    "letter_unsent": "a letter has not left",
    "run_stuck": "a termination does not move on",
}
PHONE = re.compile(r"\+\d{3,11}(\d{4})(?!\d)")
GAP = r"[\s().\-/]*"


# Time


def day(value: str, today: str) -> str:
    """Wednesday 3 December; with the year where it is not this one."""
    on = date.fromisoformat(value)
    return f"{WEEKDAYS[on.weekday()]} {on.day} {MONTHS[on.month - 1]}{_year(on, today)}"


def short_day(value: str, today: str) -> str:
    """Wed 3 Dec, as staff read dates."""
    on = date.fromisoformat(value)
    return f"{WEEKDAYS[on.weekday()][:3]} {on.day} {MONTHS[on.month - 1][:3]}{_year(on, today)}"


def local_day(value: str, zone: str) -> str:
    """The ISO date of an instant where the zone is."""
    return _local(value, zone).date().isoformat()


def clock(value: str, zone: str) -> str:
    """18:00."""
    return f"{_local(value, zone):%H:%M}"


def moment(value: str, zone: str, today: str) -> str:
    """Wednesday 26 November, 18:00 Central Time."""
    return f"{day(local_day(value, zone), today)}, {clock(value, zone)} {zone_words(zone, value)}"


def short_moment(value: str, zone: str, today: str) -> str:
    """Wed 26 Nov, 18:00 Central Time."""
    return f"{short_day(local_day(value, zone), today)}, {clock(value, zone)} {zone_words(zone, value)}"


def when(value: str, zone: str, today: str) -> str:
    """Today 18:00 or Wed 26 Nov 18:00, for a line where the zone is understood."""
    on = local_day(value, zone)
    return f"{'today' if on == today else short_day(on, today)} {clock(value, zone)}"


def zone_words(zone: str, value: str) -> str:
    """Central Time; more exact where a clock never changes, or shows the same time twice."""
    local = _local(value, zone)
    is_twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    region = _region(zone, local)
    if region is None:
        return f"{_place(zone, local)} ({_offset(local)})" if is_twice else _place(zone, local)
    if _changes(zone, local.year) and not is_twice:
        return f"{region} Time"
    return f"{region} {'Daylight' if local.dst() else 'Standard'} Time"


def hours(seconds: float) -> str:
    """38 min, 3 h, 4 h 03 min."""
    whole, minutes = divmod(int(seconds) // 60, 60)
    if not whole:
        return f"{minutes} min"
    return f"{whole} h {minutes:02} min" if minutes else f"{whole} h"


def _year(on: date, today: str) -> str:
    return "" if on.year == date.fromisoformat(today).year else f" {on.year}"


def _local(value: str, zone: str) -> datetime:
    return datetime.fromisoformat(value).astimezone(ZoneInfo(zone))


def _region(zone: str, local: datetime) -> str | None:
    if zone.split("/")[0] not in ("America", "US", "Canada") and zone != "Pacific/Honolulu":
        return None
    return AMERICAN.get((local.tzname() or "").replace("DT", "ST"))


def _place(zone: str, local: datetime) -> str:
    if zone.startswith("Etc/") or "/" not in zone:
        return _offset(local)
    return f"{zone.rpartition('/')[2].replace('_', ' ')} time"


def _offset(local: datetime) -> str:
    minutes = int((local.utcoffset() or timedelta()).total_seconds()) // 60
    sign = "+" if minutes >= 0 else "-"
    whole, rest = divmod(abs(minutes), 60)
    return "UTC" if not minutes else f"UTC{sign}{whole}{f':{rest:02}' if rest else ''}"


@lru_cache(maxsize=512)
def _changes(zone: str, year: int) -> bool:
    """Whether the zone changes its clocks in that year."""
    winter, summer = (datetime(year, month, 1, tzinfo=UTC).astimezone(ZoneInfo(zone)) for month in (1, 7))
    return winter.utcoffset() != summer.utcoffset()


# Money, counts and lists


def money(value: str, currency: str) -> str:
    """$1,214.00; the code stands behind where no sign is known."""
    amount = f"{Decimal(value):,.2f}"
    return f"{SYMBOLS[currency]}{amount}" if currency in SYMBOLS else f"{amount} {currency}"


def count(number: int, one: str, many: str) -> str:
    """1 trunk, 4 trunks."""
    return f"{number} {one if number == 1 else many}"


def listed(words: Iterable[str]) -> str:
    """HQ, Lab and Depot."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def names(places: Iterable[dict[str, Any]]) -> str:
    """The names of the locations, each once, in one list."""
    return listed(dict.fromkeys(place["location"] for place in places))


def same(rows: Sequence[dict[str, Any]], *keys: str) -> bool:
    """Whether all rows agree in these facts."""
    return all(row[key] == rows[0][key] for row in rows for key in keys)


# Numbers: never more than the last 4 digits


def last_four(number: str) -> str:
    return "".join(filter(str.isdigit, number))[-4:]


def endings(numbers: Sequence[str]) -> str:
    """Number ending 0101; numbers ending 0101 and 0102."""
    return f"{'number' if len(numbers) == 1 else 'numbers'} ending {listed(numbers)}"


def hide_numbers(text: str) -> str:
    """The text with every number in international form cut to its last 4 digits."""
    return PHONE.sub(r"…\1", text)


def hide_these(text: str, numbers: Iterable[str]) -> str:
    """The text with these numbers, however they are written, cut to their last 4 digits."""
    for number in numbers:
        digits = GAP.join(number.lstrip("+")[-10:])
        text = re.sub(rf"(?<!\d)(?:\+?\d{{1,3}}{GAP})?\(?{digits}(?!\d)", f"…{last_four(number)}", text)
    return text


# Steps, findings, free text


def step(name: str) -> str:
    """A step of a termination as something to do."""
    kind, _, number = name.partition(":")
    return f"Release number ending {last_four(number)}" if kind == "release" else STEPS[kind][0]


def step_done(name: str, services: Sequence[str] = ()) -> str:
    """A step of a termination as a line of the receipt; the services that it removed by their names."""
    kind, _, number = name.partition(":")
    if kind == "remove_services" and services:
        return f"{_capital(listed(SERVICES.get(each, each) for each in services))} removed"
    return f"Phone number ending {last_four(number)} released" if kind == "release" else STEPS[kind][1]


def service(name: str) -> str:
    return _capital(SERVICES.get(name, name))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def finding(code: str) -> str:
    return FINDINGS.get(code, code.replace("_", " "))


def paragraphs(text: str) -> list[list[str]]:
    """Free text as paragraphs of lines."""
    parts = re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n").strip())
    return [[line.rstrip() for line in part.strip("\n").split("\n")] for part in parts]


def one_line(text: str) -> str:
    return " ".join(text.split())


def tidy(text: str) -> str:
    """Plain text with one blank line between blocks, and none around them."""
    return re.sub(r"\n{3,}", "\n\n", text.strip()) + "\n"


def heading(subject: str) -> str:
    """A subject as the heading of its letter: without the case number at its end."""
    return re.sub(r"\s*\[C-\d+\]$", "", one_line(str(subject)))


FILTERS: dict[str, Callable[..., Any]] = {
    "clock": clock,
    "count_of": count,
    "day": day,
    "endings": endings,
    "finding": finding,
    "heading": heading,
    "hours": hours,
    "listed": listed,
    "local_day": local_day,
    "moment": moment,
    "money": money,
    "names": names,
    "paragraphs": paragraphs,
    "same": same,
    "service": service,
    "short_day": short_day,
    "short_moment": short_moment,
    "step": step,
    "step_done": step_done,
    "tidy": tidy,
    "when": when,
}
