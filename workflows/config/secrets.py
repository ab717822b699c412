"""What must never stand in a file: read from environment variables, each named `LASTCALL_…`."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from workflows.config.reading import ConfigError


def _env(name: str, default: str = "") -> str:
    return field(default=default, metadata={"env": f"LASTCALL_{name}"}, repr=False)


@dataclass(frozen=True)
class Secrets:
    """Addresses of other systems and the secrets to talk to them. None of it appears in its repr."""

    database_url: str = _env("DATABASE_URL", "sqlite:///var/lastcall.db")
    secret_key: str = _env("SECRET_KEY")
    api_token: str = _env("API_TOKEN")
    handover_secret: str = _env("HANDOVER_SECRET")
    webhook_secret: str = _env("WEBHOOK_SECRET")
    bounce_secret: str = _env("BOUNCE_SECRET")
    platform_url: str = _env("PLATFORM_URL", "http://127.0.0.1:8090")
    platform_token: str = _env("PLATFORM_TOKEN")
    platform_timeout: str = _env("PLATFORM_TIMEOUT", "10")
    smtp_host: str = _env("SMTP_HOST", "127.0.0.1")
    smtp_port: str = _env("SMTP_PORT", "8025")
    smtp_tls: str = _env("SMTP_TLS", "starttls")
    smtp_user: str = _env("SMTP_USER")
    smtp_password: str = _env("SMTP_PASSWORD")
    smtp_timeout: str = _env("SMTP_TIMEOUT", "30")
    smtp_oauth2_file: str = _env("SMTP_OAUTH2_FILE")
    mail_folder: str = _env("MAIL_FOLDER")

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None) -> "Secrets":
        known = os.environ if environment is None else environment
        return cls(**{f.name: known[f.metadata["env"]] for f in fields(cls) if f.metadata["env"] in known})

    @classmethod
    def variable(cls, name: str) -> str:
        """The environment variable behind an attribute, for messages."""
        return next(str(f.metadata["env"]) for f in fields(cls) if f.name == name)

    def seconds(self, name: str) -> float:
        """A time-out. Raises ConfigError where it is no number of seconds."""
        words = str(getattr(self, name))
        try:
            found = float(words)
        except ValueError:
            found = 0.0
        if not 0 < found <= 600:
            raise ConfigError(f'{self.variable(name)}: "{words}" is no number of seconds (at most 600).')
        return found

    def need(self, *names: str) -> None:
        """Raises ConfigError that names every environment variable which is missing."""
        missing = [self.variable(name) for name in names if not getattr(self, name)]
        if missing:
            verb = "is" if len(missing) == 1 else "are"
            words = f"{', '.join(missing)} {verb} not set in the environment (see docs/running.md)."
            raise ConfigError(words)
