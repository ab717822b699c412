"""The command line: everything that is done to a desk from outside its pages."""

from pathlib import Path

import click

from command_line.console import DEFAULT, Console, Plain
from workflows.version import VERSION

PLACES = {
    "demo": "demo.demo",
    "run": "serving.run",
    "scheduler": "serving.scheduler",
    "sandbox": "serving.sandbox_command",
    "letters": "serving.letters",
    "migrate": "databases.migrate",
    "backup": "backups.backup",
    "restore": "backups.restore",
    "user": "people.user",
    "handover": "people.handover",
    "rehearse": "rehearsing.rehearse",
    "chaos": "chaos.command.chaos",
    "calendar": "calendar.calendar",
    "policy": "calendar.policy",
    "check": "checking.check",
    "export": "cases.export",
    "verify-history": "history.verify_history",
    "seed": "seed.command.seed",
}
"""Where each command is. It is looked up when it is used: most need little of what the others do."""
HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(cls=Plain, places=PLACES, context_settings=HELP)
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
