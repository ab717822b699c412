"""`lastcall user` and `lastcall handover`: who signs in, and a customer's way in by hand."""

import click

from command_line.console import Console, operator, use
from workflows import clock, links, users
from workflows.errors import Refused
from workflows.states import Role

password = click.option(
    "--password",
    envvar="LASTCALL_PASSWORD",
    prompt=True,
    hide_input=True,
    confirmation_prompt=True,
    help="Asked for where it is not given; LASTCALL_PASSWORD keeps it out of the shell's history.",
)


@click.group()
def user() -> None:
    """Add staff and give new passwords."""


@user.command()
@click.argument("email")
@click.option("--name", required=True, help="As colleagues and customers read it.")
@click.option("--role", type=click.Choice([each.value for each in Role]), required=True)
@password
@use
def add(console: Console, email: str, name: str, role: str, password: str) -> None:
    """Add a member of staff."""
    with console.desk() as desk:
        made = users.add(desk, email, name, role, password, at=clock.now(), by=operator())
        click.echo(f"{made.name} signs in as {made.email} ({made.role}).")


@user.command()
@click.argument("email")
@password
@use
def reset(console: Console, email: str, password: str) -> None:
    """Give somebody a new password. Their sessions end, and a lock too."""
    with console.desk() as desk:
        found = users.find(desk, email)
        if found is None:
            raise Refused.because("invalid", f"Nobody signs in as {email}.")
        users.set_password(desk, found, password, at=clock.now(), by=operator())
        click.echo(f"{found.name} has a new password.")


@click.command()
@click.argument("account")
@click.argument("email")
@use
def handover(console: Console, account: str, email: str) -> None:
    """Print a link that signs a customer in.

    Your own portal makes the same link for ACCOUNT and the EMAIL of whoever is signed in there.
    """
    house = console.house
    house.secrets.need("handover_secret")
    secret, web = house.secrets.handover_secret, house.settings.web
    click.echo(f"{web.public_url}/h/{links.handover_token(account, email, secret, clock.now())}")
    click.echo(f"It is good for {web.handover_link_minutes} minutes.", err=True)
