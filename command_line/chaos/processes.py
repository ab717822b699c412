"""Real processes: started, killed with SIGKILL, frozen with SIGSTOP, started again."""

import os
import signal
import subprocess
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from command_line.chaos.trial import Ground, Size

SCHEDULERS = 3
WEB_WORKERS = 2
GRACE = 20
BLOWS = ("scheduler", "web", "frozen", "asleep in a call")
SEEN_BY_STAFF = "staff.json"


@dataclass
class Process:
    """One process of ours with its log; after a kill it may be started again."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    now: subprocess.Popen[bytes] | None = None
    frozen: bool = False
    died_at: float = 0.0

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.now = subprocess.Popen(  # noqa: S603 - our own command
                self.command, env=self.environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        self.frozen = False

    @property
    def is_alive(self) -> bool:
        return self.now is not None and self.now.poll() is None

    def send(self, what: signal.Signals) -> None:
        if self.now is not None:
            with suppress(ProcessLookupError):
                self.now.send_signal(what)
        self.frozen = what == signal.SIGSTOP

    def kill(self) -> None:
        self.send(signal.SIGKILL)
        if self.now is not None:
            self.now.wait()
        self.died_at = time.monotonic()

    def end(self) -> None:
        """Asks first."""
        if self.now is None:
            return
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        try:
            self.now.wait(GRACE)
        except subprocess.TimeoutExpired:
            self.kill()

    @property
    def children(self) -> list[int]:
        """The workers of a web server."""
        if self.now is None or not self.is_alive:
            return []
        try:
            listed = Path(f"/proc/{self.now.pid}/task/{self.now.pid}/children").read_text("ascii")
        except OSError:
            return []
        return [int(each) for each in listed.split()]


@dataclass
class Fleet:
    """The desk as it runs in earnest, and the people at it."""

    web: Process
    schedulers: list[Process]
    staff: Process
    kills: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(BLOWS, 0)))
    killed_at: list[float] = field(default_factory=list)
    """When schedulers were killed (monotonic seconds)."""

    def all(self) -> list[Process]:
        return [self.web, *self.schedulers, self.staff]

    def start(self) -> None:
        for each in self.all():
            each.start()

    def end(self) -> None:
        """The people leave first."""
        for each in self.all():
            each.send(signal.SIGCONT)
        for each in reversed(self.all()):
            each.end()

    def with_pid(self, pid: int) -> Process | None:
        """The scheduler that is this process."""
        return next((each for each in self.schedulers if each.now and each.now.pid == pid), None)

    def kill_scheduler(self, which: int) -> None:
        process = self.schedulers[which]
        process.kill()
        self.kills["scheduler"] += 1
        self.killed_at.append(time.monotonic())

    def kill_web_worker(self, which: int) -> None:
        """The server itself starts another one."""
        if children := self.web.children:
            with suppress(ProcessLookupError):
                os.kill(children[which % len(children)], signal.SIGKILL)
                self.kills["web"] += 1

    def revive(self, dead_for: float = 0.0) -> None:
        for each in self.all():
            if not each.is_alive and time.monotonic() - each.died_at >= dead_for:
                each.start()


def fleet(ground: Ground, size: Size) -> Fleet:
    def made(name: str, *words: str) -> Process:
        return Process(name, ground.command(*words), ground.environment, ground.folder / f"{name}.log")

    web = made("web", "run", "--port", str(ground.web), "--workers", str(WEB_WORKERS))
    staff, words = made("staff"), f"{size.terminations}:{size.seed}"
    told = [str(ground.config), words, ground.address, str(ground.folder / SEEN_BY_STAFF)]
    staff.command = [ground.command()[0], "-m", "command_line.chaos.staffing", *told]
    return Fleet(web, [made(f"scheduler{n}", "scheduler") for n in range(SCHEDULERS)], staff)


def wait_for_web(ground: Ground, seconds: float = 180) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with suppress(httpx.HTTPError):
            if httpx.get(f"http://127.0.0.1:{ground.web}/health/ready", trust_env=False).is_success:
                return True
        time.sleep(0.2)
    return False
