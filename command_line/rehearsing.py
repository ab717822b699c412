"""`lastcall rehearse`: plays files with a simulated clock."""

from pathlib import Path

import click

from workflows.rehearsal import printing


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One object per file instead of lines.")
@click.option("--database", metavar="URL", help="Play on this database instead of a temporary SQLite.")
@click.option("--calendar", type=click.Path(path_type=Path), help="Try the office of this file instead.")
@click.option("--policy", type=click.Path(path_type=Path), help="Try the policy of this file instead.")
@click.pass_context
def rehearse(
    context: click.Context,
    files: tuple[Path, ...],
    as_json: bool,
    database: str | None,
    calendar: Path | None,
    policy: Path | None,
) -> None:
    """Play whole case lives with a simulated clock.

    Ends with 0 where all hold, 1 where one fails, 2 where a file cannot be played.
    """

    def echo(message: str, *, err: bool = False) -> None:
        click.echo(message, err=err)

    context.exit(printing.main(files, as_json, database, echo, calendar, policy))
