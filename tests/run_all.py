"""Runs everything that keeps Lastcall right, and says in one closing line what this machine left out.

Two lanes run side by side. With REQUIRE_ALL=1 a missing program is a failure. Warnings are errors."""

import os
import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from with_postgres import programs as postgres

HERE = Path(sys.executable).parent
ROOT = Path(__file__).parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
INSTALL = {"PostgreSQL": "apt-get install postgresql", "a browser": "apt-get install chromium"}
_screen = threading.Lock()


def tool(name: str, *rest: str) -> list[str]:
    return [str(HERE / name), *rest]


def pytest(what: str, *where: str) -> list[str]:
    return tool("pytest", "-p", "no:cacheprovider", "-m", what, *where)


@dataclass(frozen=True)
class Stage:
    name: str
    command: list[str]


@dataclass
class Lane:
    stages: list[Stage]
    failed: list[str] = field(default_factory=list)

    def run(self) -> None:
        for stage in self.stages:
            if not run(stage):
                self.failed.append(stage.name)


def run(stage: Stage) -> bool:
    """One stage; what it printed is shown when it ended, so that two lanes do not mix."""
    began = monotonic()
    done = subprocess.run(
        stage.command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    with _screen:
        verdict = "ok" if done.returncode == 0 else "FAILED"
        say(f"── {stage.name}: {verdict} ({monotonic() - began:.0f} s)")
        say(done.stdout.strip() if done.returncode else "\n".join(done.stdout.strip().splitlines()[-1:]))
    return done.returncode == 0


def say(words: str) -> None:
    print(words, flush=True)  # noqa: T201


def lanes(missing: list[str]) -> list[Lane]:
    server = [sys.executable, str(ROOT / "tests" / "with_postgres.py")]
    first = [
        Stage("ruff", tool("ruff", "check")),
        Stage("mypy --strict", tool("mypy")),
        Stage("import rules", tool("lint-imports")),
        Stage("tests on SQLite", pytest("not browser and not wheel")),
    ]
    second = [Stage("the wheel", pytest("wheel", "tests/packaging"))]
    if "a browser" not in missing:
        second.append(Stage("tests in a browser", pytest("browser", "tests/browser")))
    if "PostgreSQL" not in missing:
        second.append(Stage("tests on PostgreSQL", [*server, *pytest("not browser and not wheel")]))
    return [Lane(first), Lane(second)]


def left_out() -> list[str]:
    found = {
        "PostgreSQL": postgres() is not None,
        "a browser": any(shutil.which(each) for each in BROWSERS),
    }
    return [name for name, is_there in found.items() if not is_there]


def main() -> int:
    missing = left_out()
    running = lanes(missing)
    threads = [threading.Thread(target=lane.run) for lane in running]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    failed = [name for lane in running for name in lane.failed]
    is_required = bool(os.environ.get("REQUIRE_ALL"))
    say(closing(failed, missing))
    return 1 if failed or (missing and is_required) else 0


def closing(failed: list[str], missing: list[str]) -> str:
    verdict = f"Failed: {', '.join(failed)}." if failed else "All that ran is right."
    if not missing:
        return f"{verdict} Nothing was left out."
    how = "; ".join(f"{each} ({INSTALL[each]})" for each in missing)
    return f"{verdict} Left out for want of {how}."


if __name__ == "__main__":
    sys.exit(main())
