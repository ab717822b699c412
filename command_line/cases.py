"""`lastcall export`: everything that is known of a case, as JSON."""

import json

import click

from command_line.console import Console, use
from workflows import clock
from workflows.reports import export as reports


@click.command()
@click.argument("reference", metavar="C-1001")
@use
def export(console: Console, reference: str) -> None:
    """Print everything of a case as JSON.

    Its request, cancellations, clocks, contacts, letters, runs with their ledgers, and events.
    """
    with console.desk() as desk:
        found = reports.whole_case(desk, reference, clock.now())
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
