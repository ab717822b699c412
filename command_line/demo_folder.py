"""Where a demo lives: its configuration, its secrets, its data. Nothing of it belongs in the repository."""

import json
import os
import secrets
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from command_line.demo_data import PRINT_SHOP
from workflows.config import Secrets

SOON = timedelta(minutes=3)
GENERATED = (
    "secret_key",
    "api_token",
    "handover_secret",
    "webhook_secret",
    "bounce_secret",
    "platform_token",
)
WORDS = ("amber", "birch", "cedar", "delta", "ember", "fern", "grove", "hazel", "kelp", "larch", "pine")
CONFIG = """\
# The demo's own settings; written anew at each start. The rest are the defaults of config.toml.

[web]
public_url = "http://127.0.0.1:{web}"
handover_link_minutes = 1440

[termination]
# Minutes after the demo's first start, so that one end can be watched.
run_at = "{run_at}"

[ports]
poll_minutes = 1
"""


@dataclass(frozen=True)
class Ports:
    web: int = 8080
    platform: int = 8090
    smtp: int = 8025
    letters: int = 8026


@dataclass(frozen=True)
class Folder:
    path: Path

    @property
    def config(self) -> Path:
        return self.path / "config.toml"

    @property
    def platform(self) -> Path:
        return self.path / "platform.json"

    @property
    def mail(self) -> Path:
        return self.path / "mail"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def is_filled(self) -> bool:
        """Whether a past was played to its end here."""
        return (self.path / "filled").is_file()

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.path.resolve() / 'lastcall.db'}"

    def empty(self) -> None:
        if self.path.is_dir():
            shutil.rmtree(self.path)

    def note_filled(self) -> None:
        (self.path / "filled").touch()

    def secrets(self) -> dict[str, str]:
        """Generated once, readable for their owner only."""
        self.path.mkdir(parents=True, exist_ok=True)
        file = self.path / "secrets.json"
        if not file.is_file():
            made = {name: secrets.token_urlsafe(32) for name in GENERATED} | {"password": _password()}
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
                json.dump(made, new, indent=1)
        known: dict[str, str] = json.loads(file.read_text("utf-8"))
        return known

    def write_config(self, ports: Ports, at: datetime) -> None:
        """`run_at` is chosen at the first start and stays."""
        kept = self.path / "run_at"
        if not kept.is_file():
            soon = (at + SOON + timedelta(seconds=30)).astimezone(ZoneInfo(PRINT_SHOP))
            kept.write_text(f"{soon:%H:%M}", "utf-8")
        self.config.write_text(CONFIG.format(web=ports.web, run_at=kept.read_text("utf-8")), "utf-8")

    def known(self, ports: Ports) -> Secrets:
        """The secrets and addresses with which the demo's programs run."""
        made = {name: value for name, value in self.secrets().items() if name in GENERATED}
        return Secrets(
            database_url=self.database_url,
            platform_url=f"http://127.0.0.1:{ports.platform}",
            smtp_host="127.0.0.1",
            smtp_port=str(ports.smtp),
            smtp_tls="none",
            **made,
        )


def _password() -> str:
    """Four words: easy to type from one window into another."""
    return "-".join(secrets.choice(WORDS) for _each in range(4)) + f"-{secrets.randbelow(9000) + 1000}"
