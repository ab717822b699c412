"""What a trial is made of: its size and seed, the folder it lives in, the environment of its processes."""

import os
import secrets
import socket
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from workflows import clock
from workflows.config import Secrets

RATE = 7200
"""The desk lives two hours in each second."""
LEASE = 6
PLATFORM_TIMEOUT = 1.0
MAIL_TIMEOUT = 2.0
CONFIG = """[termination]
lease_seconds = {lease}
per_hour = 1000000
per_day_percent = 100
per_day_at_least = 1000000

[termination.second_approval]
numbers = 1000
monthly = "1000000.00"

[web]
public_url = "{web}"
"""


@dataclass(frozen=True)
class Size:
    """What was asked for on the command line."""

    terminations: int
    kills: int
    faults: float
    """The share of the platform's and the mail server's answers that go wrong, in percent."""
    seed: int
    races: int = 0

    @property
    def seconds(self) -> float:
        """How long it storms."""
        return 60 + 0.4 * self.terminations

    @property
    def patience(self) -> float:
        """Seconds after the storm by which everything has to be settled."""
        return 90 + 0.2 * self.terminations

    def dice(self, *about: object) -> Random:
        """The same for the same seed and subject, whatever else was thrown before."""
        return Random(":".join(map(str, (self.seed, *about))))


@dataclass
class Ground:
    """Where a trial takes place; everything listens on this machine alone."""

    folder: Path
    database_url: str
    web: int = field(default_factory=lambda: free_port())
    platform: int = field(default_factory=lambda: free_port())
    mail: int = field(default_factory=lambda: free_port())
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    began: datetime = field(default_factory=clock.now)

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def address(self) -> str:
        """Of the web app."""
        return f"http://127.0.0.1:{self.web}"

    def lay_out(self) -> None:
        self.config.write_text(CONFIG.format(lease=LEASE, web=self.address), "utf-8")

    @property
    def secrets(self) -> Secrets:
        one = self.token
        return Secrets(
            database_url=self.database_url,
            secret_key=one,
            api_token=one,
            handover_secret=one,
            webhook_secret=one,
            bounce_secret=one,
            platform_url=f"http://127.0.0.1:{self.platform}",
            platform_token=one,
            platform_timeout=str(PLATFORM_TIMEOUT),
            smtp_port=str(self.mail),
            smtp_tls="none",
            smtp_timeout=str(MAIL_TIMEOUT),
        )

    @property
    def environment(self) -> dict[str, str]:
        """Of the processes: ours, and what the trial sets."""
        known = {Secrets.variable(name): str(value) for name, value in vars(self.secrets).items()}
        start = self.began.astimezone(UTC).isoformat()
        return {**os.environ, **known, clock.VARIABLE: f"{start},{RATE}"}

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "command_line", "--config", str(self.config), *words]


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
