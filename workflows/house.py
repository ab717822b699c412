"""Puts the real parts together: settings, secrets, platform, carriers, mail, database."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from workflows import calendars, clock, config
from workflows.adapters.http import HttpCarrier, HttpPlatform
from workflows.adapters.mail import Mail
from workflows.adapters.platform import Carrier, Platform
from workflows.adapters.smtp import YagmailMail
from workflows.config import ConfigError, Secrets, Settings
from workflows.db import options, with_manners
from workflows.desk import Desk


@dataclass
class House:
    settings: Settings
    secrets: Secrets
    platform: Platform
    carrier: Carrier
    mail: Mail

    def desk(self, session: Session) -> Desk:
        """A desk on a session, with the calendar and the policy that are in force there."""
        settings, calendar = calendars.rules_in_force(session, self.settings)
        return Desk(session, settings, self.platform, self.carrier, calendar)

    def engine(self) -> Engine:
        """A database engine of its own, for programs that are not the web app."""
        url = self.secrets.database_url
        return with_manners(create_engine(url, **options(url)))


def open_house(config_file: Path | None, secrets: Secrets | None = None) -> House:
    """The house of a configuration file and the environment. Raises config.ConfigError."""
    settings = config.load(config_file)
    known = secrets or Secrets.read()
    _check_clock(known)
    timeout = known.seconds("platform_timeout")
    return House(
        settings,
        known,
        HttpPlatform(known.platform_url, known.platform_token, timeout),
        HttpCarrier(known.platform_url, known.platform_token, timeout),
        YagmailMail(known, known.seconds("smtp_timeout")),
    )


def _check_clock(secrets: Secrets) -> None:
    """Real service must never end early because a trial's clock was left set."""
    try:
        rate = clock.pace().rate
    except ValueError as wrong:
        raise ConfigError(str(wrong)) from wrong
    if rate != 1 and urlsplit(secrets.platform_url).hostname not in ("127.0.0.1", "localhost", "::1"):
        raise ConfigError(f"{clock.VARIABLE} is for trials with a sandbox on this machine. Take it away.")
