"""`lastcall calendar`: a changed business calendar, first looked at, then put in force."""

from zoneinfo import ZoneInfo

import click
from rich.console import Console as Screen
from rich.table import Table

from command_line.console import Console, operator, use
from workflows import calendar_change, calendars, clock
from workflows.calendar_change import Preview

SHOWN = 50
UNCHANGED = "The calendar in the configuration is the one in force."


@click.group()
def calendar() -> None:
    """Look at a changed business calendar, and put it in force."""


@calendar.command()
@use
def preview(console: Console) -> None:
    """Show which due times the configured calendar would move. Changes nothing."""
    with console.desk() as desk:
        if not calendars.is_changed(desk.session, desk.settings):
            click.echo(UNCHANGED)
        found = calendar_change.preview(desk, clock.now())
        _show(found, desk.settings.zone)
        desk.session.rollback()


@calendar.command()
@use
def apply(console: Console) -> None:
    """Put the configured calendar in force: running clocks move, stopped ones keep their result."""
    with console.desk() as desk:
        if calendars.applied(desk.session) and not calendars.is_changed(desk.session, desk.settings):
            click.echo(UNCHANGED)
            return
        done = calendar_change.apply(desk, by=operator(), at=clock.now())
        click.echo(f"{done.words}. The calendar is in force.")


def _show(found: Preview, zone: ZoneInfo) -> None:
    if found.moved:
        table = Table("Case", "Promise", "Due now", "Due then", title=None)
        for each in found.moved[:SHOWN]:
            moments = (f"{moment.astimezone(zone):%a %-d %b %H:%M}" for moment in (each.before, each.after))
            table.add_row(each.clock.case.reference, each.clock.name.replace("_", " "), *moments)
        Screen().print(table)
    if (more := len(found.moved) - SHOWN) > 0:
        click.echo(f"… and {more} more.")
    click.echo(f"{found.words}.")
