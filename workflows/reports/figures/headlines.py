"""What a figure finds, in one sentence: by rules, and the neutral title where none fires."""

from workflows.reports.figures.endings import kept_share
from workflows.reports.figures.requests import LONG_DAYS, MOST_OF
from workflows.reports.figures.tables import FEW, Table, percent

WORDS = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)
PARTS_OF_DAY = ((12, "morning"), (17, "afternoon"), (24, "evening"))


def number(many: int) -> str:
    return WORDS[many] if 0 <= many < len(WORDS) else f"{many:,}"


def first_contact_kept(table: Table, target: int, neutral: str) -> str:
    """By the last whole weeks: the current one is not decided yet."""
    decided = [(line.cells[0].value, line.cells[1].value) for line in table.lines if not line.is_muted]
    if not decided or not sum(decided[-1]):
        return neutral
    met, missed = decided[-1]
    said = f"{percent(met, met + missed)}% met" if met + missed >= FEW else f"{met} of {met + missed} met"
    above = [100 * met >= target * (met + missed) if met + missed else None for met, missed in decided]
    running = _run_length(above)
    weeks = f"{number(running)} week{'s' if running > 1 else ''} running"
    if running < 2:
        return f"{said} last week"
    side = "above" if above[-1] else "below"
    return f"{said} last week; {side} the {target}% target {weeks}"


def _run_length(above: list[bool | None]) -> int:
    """How many weeks at the end are on the same side as the last."""
    running = 0
    for each in reversed(above):
        if each is not above[-1]:
            break
        running += 1
    return running


def waits(table: Table, promise_hours: float, neutral: str) -> str:
    """By the last week in which anybody was contacted."""
    known = [line for line in table.lines if line.cells[3].value >= FEW]
    if not known:
        return neutral
    median, slow = (known[-1].cells[place].value for place in (0, 1))
    if slow > promise_hours:
        return "1 in 10 waits longer than we promise"
    return f"Half of customers hear from us within {median:.1f} business hours"


def backlog(table: Table, neutral: str) -> str:
    open_ones = table.total("")
    if not open_ones:
        return neutral
    older = {line.words: line.cells[2].value + line.cells[3].value for line in table.lines}
    whole = sum(older.values())
    stage, most = max(older.items(), key=lambda each: each[1])
    if whole >= FEW and 5 * most >= 2 * whole:
        what = {"Waiting for port": "wait for a port", "Scheduled": "are scheduled"}
        return f"{most:,} of the {whole:,} older than a week {what.get(stage, f'are “{stage}”')}"
    return f"{open_ones:,} open locations, {whole:,} older than a week"


def deferrals(table: Table, over: int, neutral: str) -> str:
    if not table.lines:
        return neutral
    if not over:
        return "No location has waited for a port for over 30 days"
    return f"{over:,} location{' has' if over == 1 else 's have'} waited for a port for over 30 days"


def on_the_date(table: Table, neutral: str) -> str:
    whole = table.total("n") - table.value("under_way", "n")
    if not whole:
        return neutral
    return f"{table.value('on_time', 'n'):,} of {whole:,} ended on the date"


def kept(table: Table, neutral: str) -> str:
    withdrawn, whole = kept_share(table)
    return f"{withdrawn:,} of {whole:,} customers' locations stayed" if whole else neutral


def reasons(table: Table, neutral: str) -> str:
    whole = table.total("n")
    if whole < FEW:
        return neutral
    needed = [line for line in table.lines if not line.is_muted]
    done = sum(line.cells[0].value for line in needed)
    if 100 * done < MOST_OF * whole:
        return neutral
    many = number(len(needed)).capitalize()
    plural = "reason explains" if len(needed) == 1 else "reasons explain"
    return f"{many} {plural} {percent(done, whole)}% of requests"


def arrivals(table: Table, neutral: str) -> str:
    """The two fullest slots, where they stand out."""
    slots = [
        (cell.value, day, slot)
        for day, line in enumerate(table.lines)
        for slot, cell in enumerate(line.cells)
    ]
    whole = sum(many for many, _day, _slot in slots)
    busy = [many for many, _day, _slot in slots if many]
    if whole < 10 * FEW:
        return neutral
    first, second = sorted(slots, key=lambda each: (-each[0], each[1:]))[:2]
    if second[0] < 2 * whole / len(busy):
        return "Requests arrive evenly"
    named = dict.fromkeys(_slot(day, slot) for _many, day, slot in (first, second))
    return f"Requests peak on {' and '.join(named)}"


def _slot(day: int, slot: int) -> str:
    part = next(words for until, words in PARTS_OF_DAY if 2 * slot < until)
    return f"{LONG_DAYS[day]} {part}"


def workload(table: Table, neutral: str) -> str:
    unowned = table.value("0", "open")
    if not unowned:
        return neutral
    return f"{number(unowned).capitalize()} case{' has' if unowned == 1 else 's have'} no owner"


def leaks(many: int, monthly: str, neutral: str) -> str:
    if not many:
        return "Nobody is billed after all ports are over"
    return (
        f"{monthly} a month billed at {number(many)} location{'' if many == 1 else 's'} whose ports are over"
    )


def forecast(table: Table, neutral: str) -> str:
    fuller = [line for line in table.lines if line.is_muted]
    if not fuller:
        return "Every day ahead is within the usual pace" if table.total("due") else neutral
    days = number(len(fuller)).capitalize()
    return f"{days} of the next ten days {'is' if len(fuller) == 1 else 'are'} above the usual pace"
