"""`lastcall verify-history`: whether a line of the history was removed, changed or put elsewhere."""

import click

from command_line.console import REFUSED, Console, use
from workflows import verifying

SHOWN = 50


@click.command("verify-history")
@click.option("--anchor", default="", metavar="DIGEST", help="An anchor that was kept outside the database.")
@use
def verify_history(console: Console, anchor: str) -> None:
    """Read the whole history and compare its chain.

    Ends with 1 where a line was removed, changed or put elsewhere.
    """
    with console.desk() as desk:
        found = verifying.verify(desk.session, anchor)
        desk.session.rollback()
    for problem in found.problems[:SHOWN]:
        click.echo(problem)
    if (more := len(found.problems) - SHOWN) > 0:
        click.echo(f"… and {more} more.")
    click.echo(f"{found.lines} lines and {found.anchors} anchors were read: {_verdict(found.problems)}.")
    if found.newest_anchor:
        click.echo(f"The newest anchor is {found.newest_anchor}.")
    if found.problems:
        raise SystemExit(REFUSED)


def _verdict(problems: list[str]) -> str:
    if not problems:
        return "the history is whole"
    return "1 thing does not fit" if len(problems) == 1 else f"{len(problems)} things do not fit"
