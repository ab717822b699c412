"""Why a promise is due when it is, in a sentence for staff, in office time. Pure, like business_days.py."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from workflows.business_days import ONE_DAY, OWN_HOLIDAY, WEEKDAYS, BusinessCalendar, Reading, promised


def explain(calendar: BusinessCalendar, received: datetime, days: int, reading: Reading) -> str:
    """One sentence that tells why a promise is due when it is, in office time."""
    received = promised(received, days, reading)
    day, found, due = _WHY[reading](calendar, received, days)
    start = received if reading == "end_of_day" else calendar.next_opening(received)
    skipped = _not_counted(calendar, calendar.local_date(received), day)
    return "; ".join(filter(None, [_received(calendar, received, start), skipped, found, due]))


_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_MOST_NAMED = 6  # days that a sentence lists one by one
_ZONE_WORDS = {  # by name and offset in January and July, so that no zone is called what it is not
    "NST-0330 NDT-0230": "Newfoundland",
    "AST-0400 ADT-0300": "Atlantic",
    "EST-0500 EDT-0400": "Eastern",
    "CST-0600 CDT-0500": "Central",
    "MST-0700 MDT-0600": "Mountain",
    "PST-0800 PDT-0700": "Pacific",
    "AKST-0900 AKDT-0800": "Alaska",
    "HST-1000 HST-1000": "Hawaii",
}


def _why_end_of_day(calendar: BusinessCalendar, received: datetime, days: int) -> tuple[date, str, str]:
    """The day that the promise ends on, how it is found, and when it is due; likewise below."""
    day = calendar.add_business_days(calendar.local_date(received), days)
    due = calendar.due(received, days, "end_of_day")
    return day, f"{_nth(days)} is {_date(day)}", f"due at its close, {_clock(calendar, due, day)}"


def _why_same_time(calendar: BusinessCalendar, received: datetime, days: int) -> tuple[date, str, str]:
    start, due = calendar.next_opening(received), calendar.due(received, days, "same_time")
    day, wanted = calendar.wanted_day(start, days)
    received_on, start_on = calendar.local_date(received), calendar.local_date(start)
    after = f" after {_weekday(start_on, received_on)}" if start_on != received_on else ""
    which, how = _landing(calendar, day, wanted, due)
    if due == wanted and _time(calendar, due, day) != _time(calendar, start, start_on):
        how += " but for the clock change"
    return day, f"{_nth(days)}{after} is {_date(day)}{which}", f"due {how}, {_clock(calendar, due, day)}"


def _landing(calendar: BusinessCalendar, day: date, wanted: datetime, due: datetime) -> tuple[str, str]:
    if due == wanted:
        return "", "at the same time"
    if due > wanted:
        return ", which opens later", "at its opening"
    if due == calendar.close(day):
        return ", which closes earlier", "at its close"
    return f", when the office is closed at {_time(calendar, wanted, day)}", "at the close before that"


def _why_working_hours(calendar: BusinessCalendar, received: datetime, days: int) -> tuple[date, str, str]:
    stretches = list(calendar.stretches(received, days))
    day, due = calendar.local_date(stretches[-1][0]), stretches[-1][1]
    closing = " at the close" if due == calendar.close(day) else ""
    worked = _worked(calendar, stretches, calendar.local_date(received))
    hours = _working_hours(calendar.working_time(days))
    return day, f"{hours}{worked}", f"due on {_date(day)}{closing}, {_clock(calendar, due, day)}"


_WHY = {"end_of_day": _why_end_of_day, "same_time": _why_same_time, "working_hours": _why_working_hours}


def _worked(calendar: BusinessCalendar, stretches: list[tuple[datetime, datetime]], seen_from: date) -> str:
    by_day: dict[date, timedelta] = {}
    for opens, ends in stretches:
        day = calendar.local_date(opens)
        by_day[day] = by_day.get(day, timedelta()) + ends - opens
    if len(by_day) == 1:
        return f", all on {_weekday(day, seen_from)}"
    if len(by_day) > _MOST_NAMED:
        return f" from {_date(min(by_day))} to {_date(day)}"
    return f": {_listed([f'{_hours(worked)} on {_weekday(on, seen_from)}' for on, worked in by_day.items()])}"


def _received(calendar: BusinessCalendar, received: datetime, start: datetime) -> str:
    day, start_on = calendar.local_date(received), calendar.local_date(start)
    said = f"received {WEEKDAYS[day.weekday()]} {_time(calendar, received, day)}"
    weekday = f"{_weekday(start_on, day)} " if start_on != day else ""
    counted = f", outside office hours, so counted from {weekday}{_time(calendar, start, start_on)}"
    return said if start == received else said + counted


def _not_counted(calendar: BusinessCalendar, first: date, last: date) -> str:
    """The closed days after `first` up to `last`, holidays by name; an empty text when there are none."""
    days = [first + ONE_DAY * n for n in range(1, (last - first).days + 1)]
    closed = {day: _holiday(calendar, day) for day in days if not calendar.is_business_day(day)}
    if not closed:
        return ""
    named = [_weekday(day, first) + (f" ({name})" if name else "") for day, name in closed.items()]
    if len(closed) > _MOST_NAMED:
        among = _listed([words for words, name in zip(named, closed.values(), strict=True) if name])
        return f"{len(closed)} closed days do not count" + (f", among them {among}" if among else "")
    if [day for day, name in closed.items() if name] == [max(closed)]:  # at the end it needs no brackets
        named[-1] = f"{_weekday(max(closed), first)}, {closed[max(closed)]},"
    return f"{_listed(named)} {'does' if len(closed) == 1 else 'do'} not count"


def _holiday(calendar: BusinessCalendar, day: date) -> str:
    """The holiday that closes a day which would be open otherwise."""
    name = calendar.holiday_name(day) if calendar.hours[day.weekday()] else None
    said = "a holiday of this office" if name == OWN_HOLIDAY else name or ""
    said = said.replace(" (observed); ", ", observed, and ").replace(" (observed)", ", observed")
    return said.replace("; ", " and ")


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def _nth(days: int) -> str:
    return f"{_ORDINALS[days - 1]} business day" if days <= len(_ORDINALS) else f"business day {days}"


def _weekday(day: date, seen_from: date) -> str:
    """The weekday's name, with the date where a week or more lies between."""
    return WEEKDAYS[day.weekday()] if (day - seen_from).days < len(WEEKDAYS) else _date(day)


def _date(day: date) -> str:
    return f"{WEEKDAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"


def _time(calendar: BusinessCalendar, at: datetime, day: date) -> str:
    local = at.astimezone(calendar._zone)
    return f"{local:%H:%M}" if local.date() == day else "24:00"


def _clock(calendar: BusinessCalendar, at: datetime, day: date) -> str:
    return f"{_time(calendar, at, day)} {_zone_word(calendar.time_zone, day.year)}"


@lru_cache(maxsize=512)
def _zone_word(name: str, year: int) -> str:
    seasons = " ".join(f"{datetime(year, month, 1, tzinfo=ZoneInfo(name)):%Z%z}" for month in (1, 7))
    region, _, city = name.rpartition("/")
    bare = city.replace("_", " ")
    return _ZONE_WORDS.get(seasons) or (bare if region in ("", "Etc") else f"{bare} time")


def _working_hours(length: timedelta) -> str:
    hours, rest = divmod(length, timedelta(hours=1))
    return f"{hours} working hour{'s' * (hours != 1)}" if not rest else f"{_hours(length)} of working time"


def _hours(length: timedelta) -> str:
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    parts = ((minutes // 60, "h"), (minutes % 60, "min"), (seconds, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count)
