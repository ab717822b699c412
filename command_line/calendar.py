"""`lastcall calendar` and `lastcall policy`: a changed file, first looked at, then put in force."""

from zoneinfo import ZoneInfo

import click
from rich.console import Console as Screen
from rich.table import Table

from command_line.console import Console, operator, use
from workflows import calendar_change, calendars, clock
from workflows.calendar_change import Preview
from workflows.config import Settings
from workflows.config import policy as policies
from workflows.desk import Desk

SHOWN = 50
UNCHANGED = "The calendar in the configuration is the one in force."
POLICY_UNCHANGED = "The policy in the configuration is the one in force."


@click.group()
def calendar() -> None:
    """Look at a changed business calendar, and put it in force."""


@calendar.command("preview")
@use
def preview_calendar(console: Console) -> None:
    """Show which due times the configured calendar would move. Changes nothing."""
    with console.desk() as desk:
        if not calendars.is_changed(desk.session, console.house.settings):
            click.echo(UNCHANGED)
        _show(desk, _with_office(desk, console.house.settings))


@calendar.command("apply")
@use
def apply_calendar(console: Console) -> None:
    """Put the configured calendar in force: running clocks move, stopped ones keep their result."""
    with console.desk() as desk:
        wanted = console.house.settings
        if calendars.applied(desk.session) and not calendars.is_changed(desk.session, wanted):
            click.echo(UNCHANGED)
            return
        done = calendar_change.apply(desk, _with_office(desk, wanted), by=operator(), at=clock.now())
        click.echo(f"{done.words}. The calendar is in force.")


@click.group()
def policy() -> None:
    """Look at the configured policy, and put it in force."""


@policy.command("preview")
@use
def preview_policy(console: Console) -> None:
    """Show which due times the configured policy would move. Changes nothing."""
    with console.desk() as desk:
        if not calendars.is_policy_changed(desk.session, console.house.settings):
            click.echo(POLICY_UNCHANGED)
        _show(desk, policies.over(desk.settings, policies.stored(console.house.settings)))


@policy.command("apply")
@use
def apply_policy(console: Console) -> None:
    """Put the configured policy in force in place of the one that was saved on the page."""
    with console.desk() as desk:
        if not calendars.is_policy_changed(desk.session, console.house.settings):
            click.echo(POLICY_UNCHANGED)
            return
        changed = policies.stored(console.house.settings)
        wanted = policies.over(desk.settings, changed)
        done = calendar_change.apply(desk, wanted, by=operator(), at=clock.now(), changed=changed)
        click.echo(f"{done.words}. The policy is in force.")


def _with_office(desk: Desk, file: Settings) -> Settings:
    return desk.settings.model_copy(update={"office": file.office})


def _show(desk: Desk, wanted: Settings) -> None:
    found = calendar_change.preview(desk, wanted, clock.now())
    _print(found, wanted.zone)
    desk.session.rollback()


def _print(found: Preview, zone: ZoneInfo) -> None:
    if found.moved:
        table = Table("Case", "Promise", "Due now", "Due then", title=None)
        for each in found.moved[:SHOWN]:
            moments = (f"{moment.astimezone(zone):%a %-d %b %H:%M}" for moment in (each.before, each.after))
            table.add_row(each.clock.case.reference, each.clock.name.replace("_", " "), *moments)
        Screen().print(table)
    if (more := len(found.moved) - SHOWN) > 0:
        click.echo(f"… and {more} more.")
    click.echo(f"{found.words}.")
