"""Rehearses files and says how it went: in lines for people, or as JSON, one object per file."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from workflows.errors import WorkflowError
from workflows.rehearsal import trying
from workflows.rehearsal.player import Report
from workflows.rehearsal.theatre import rehearse

HOLDS, FAILS, CANNOT_BE_PLAYED = 0, 1, 2


class Echo(Protocol):
    """Prints a line, to stderr where `err`; `click.echo` is one."""

    def __call__(self, message: str, *, err: bool = False) -> object: ...


def main(
    paths: Sequence[Path],
    as_json: bool,
    url: str | None,
    echo: Echo,
    calendar: Path | None = None,
    policy: Path | None = None,
) -> int:
    """Plays the files and prints each as soon as it was played. Returns the exit code."""
    code = HOLDS
    try:
        for report in rehearse(paths, url, trying.change(calendar, policy)):
            for line in [json.dumps(report.as_json())] if as_json else lines(report):
                echo(line)
            code = code if report.ok else FAILS
    except WorkflowError as wrong:
        echo(str(wrong), err=True)
        return CANNOT_BE_PLAYED
    return code


def lines(report: Report) -> Iterator[str]:
    """The timeline, then one line that says `ok`, or one `FAILED` line per wrong key."""
    title = " ".join(report.title.split())
    width = max((len(entry["actor"]) for entry in report.timeline), default=0)
    for entry in report.timeline:
        yield f"{entry['at']}  {entry['actor']:{width}}  {' '.join(entry['what'].split())}"
    yield from (f"FAILED {title}: {failure}" for failure in report.failures)
    if report.ok:
        yield f"ok {title}"
