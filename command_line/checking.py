"""`lastcall check`: what works and what does not, in words."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import click
from sqlalchemy.engine import make_url

from command_line.console import REFUSED, Console, need_tables, use
from command_line.serving import NEEDED
from scheduler import check as check_lease
from workflows import calendars, clock, heartbeat, migrating
from workflows.adapters.mail import MailAnswer
from workflows.adapters.smtp import YagmailMail
from workflows.errors import WorkflowError

AHEAD = 10**12
"""Above any change number: asks the carriers for nothing, and sees whether they answer."""


@dataclass(frozen=True)
class Answer:
    part: str
    works: bool
    words: str


@click.command()
@click.pass_context
@use
def check(console: Console, context: click.Context) -> None:
    """Say what works and what does not.

    Configuration, secrets, database, calendar, mail, platform, carriers, scheduler.
    """
    answers = list(answered(console))
    for each in answers:
        click.secho(f"{'ok   ' if each.works else 'FAILS'} ", fg="green" if each.works else "red", nl=False)
        click.echo(f"{each.part:14} {each.words}")
    if not all(each.works for each in answers):
        context.exit(REFUSED)


PARTS: tuple[tuple[str, Callable[[Console], str]], ...]


def answered(console: Console) -> Iterator[Answer]:
    """The parts in turn. Nothing else can be asked where the configuration does not work."""
    for part, ask in PARTS:
        try:
            yield Answer(part, True, ask(console))
        except WorkflowError as wrong:
            yield Answer(part, False, str(wrong))
            if part == "configuration":
                return


class Fails(WorkflowError):
    """A part does not work."""


def _configuration(console: Console) -> str:
    check_lease(console.house)
    named = console.config_file or "no file, so the defaults hold"
    office = console.house.settings.office
    return f"{named}; office in {office.time_zone}, holidays {office.holidays or 'none'}"


def _secrets(console: Console) -> str:
    console.house.secrets.need(*NEEDED)
    return "all that the web app needs are set"


def _database(console: Console) -> str:
    need_tables(console.database_url)
    shown = make_url(console.database_url).render_as_string(hide_password=True)
    return f"{shown}, revision {migrating.newest()}"


def _calendar(console: Console) -> str:
    with console.desk() as desk:
        if found := calendars.differences(desk.session, console.house.settings):
            raise Fails(" ".join(words for _name, words in found))
        return f"version {desk.calendar.version} is in force, and is that of the configuration"


def _mail(console: Console) -> str:
    secrets = console.house.secrets
    place = f"{secrets.smtp_host}:{secrets.smtp_port}"
    greeted = YagmailMail(secrets, timeout=5).greet()
    if greeted.answer != MailAnswer.accepted:
        raise Fails(f"{place} does not take letters: {greeted.reason}")
    who = f"signed in as {secrets.smtp_user}" if secrets.smtp_user else "without signing in"
    return f"{place} answers, {who}"


def _platform(console: Console) -> str:
    known = len(console.house.platform.accounts())
    return f"{console.house.secrets.platform_url} answers, {known} accounts"


def _carriers(console: Console) -> str:
    console.house.carrier.changes(AHEAD)
    return "port orders can be read"


def _scheduler(console: Console) -> str:
    with console.desk() as desk:
        if not heartbeat.is_alive(desk.session, clock.now()):
            raise Fails("none is alive: start one with `lastcall scheduler`")
        return "at least one is alive"


PARTS = (
    ("configuration", _configuration),
    ("secrets", _secrets),
    ("database", _database),
    ("calendar", _calendar),
    ("mail", _mail),
    ("platform", _platform),
    ("carriers", _carriers),
    ("scheduler", _scheduler),
)
