"""The command line: everything that is done to a desk from outside its pages."""

from pathlib import Path

import click

from command_line import (
    backups,
    calendar,
    cases,
    checking,
    databases,
    demo,
    history,
    people,
    rehearsing,
    serving,
)
from command_line.chaos.command import chaos
from command_line.console import DEFAULT, Console, Plain
from command_line.seed.command import seed
from workflows.version import VERSION

HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(cls=Plain, context_settings=HELP)
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path),
    envvar="LASTCALL_CONFIG",
    help="The settings; ./config.toml where it exists, else the defaults.",
)
@click.version_option(VERSION, prog_name="Lastcall")
@click.pass_context
def main(context: click.Context, config_file: Path | None) -> None:
    """Lastcall: the desk where cancellations of phone service are handled.

    Settings come from config.toml, secrets and addresses from environment variables (LASTCALL_…).
    """
    found = config_file or (DEFAULT if DEFAULT.is_file() else None)
    context.obj = Console(found)


for command in (
    demo.demo,
    serving.run,
    serving.scheduler,
    serving.sandbox_command,
    serving.letters,
    databases.migrate,
    backups.backup,
    backups.restore,
    people.user,
    people.handover,
    rehearsing.rehearse,
    chaos,
    calendar.calendar,
    checking.check,
    cases.export,
    history.verify_history,
    seed,
):
    main.add_command(command)
