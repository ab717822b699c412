"""Runs a command with a PostgreSQL server of its own: started in a temporary folder, gone afterwards.

    python tests/with_postgres.py pytest …

The command finds the server's URL in LASTCALL_TEST_POSTGRES. Exit status 3: there is no PostgreSQL."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PLACES = ("/usr/lib/postgresql/*/bin", "/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql*/bin")
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=60")
NO_POSTGRES = 3


def programs() -> Path | None:
    """The folder of initdb and pg_ctl; the newest where there are several."""
    if found := shutil.which("pg_ctl"):
        return Path(found).resolve().parent
    known = [each for place in PLACES for each in Path("/").glob(place.lstrip("/"))]
    whole = [each for each in known if (each / "pg_ctl").exists() and (each / "initdb").exists()]
    return max(whole, key=lambda each: [int(n) for n in each.parts if n.isdigit()] or [0], default=None)


def as_somebody() -> dict[str, str]:
    """PostgreSQL refuses to run as root: then the system's user `postgres` runs it."""
    return {"user": "postgres", "group": "postgres"} if os.getuid() == 0 else {}


@contextmanager
def server(where: Path) -> Iterator[str]:
    """The URL of a running server, reached over a socket in its own folder."""
    folder = Path(tempfile.mkdtemp(prefix="lastcall-pg-"))
    if os.getuid() == 0:
        os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)
    books, log = folder / "data", folder / "log"
    options = " ".join(f"-c {each}" for each in FAST)
    start = f"-k {folder} -c listen_addresses='' {options}"
    try:
        run(where / "initdb", "-D", books, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync")
        run(where / "pg_ctl", "-D", books, "-l", log, "-o", start, "-w", "start")
        yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
    finally:
        if (books / "postmaster.pid").exists():
            run(where / "pg_ctl", "-D", books, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def run(*command: str | Path) -> None:
    done = subprocess.run(  # type: ignore[call-overload]
        [str(each) for each in command], capture_output=True, text=True, cwd="/", **as_somebody()
    )
    if done.returncode:
        raise SystemExit(f"{command[0]} failed: {done.stdout}{done.stderr}")


def main() -> int:
    where = programs()
    if where is None:
        print("There is no PostgreSQL here: install the package postgresql.", file=sys.stderr)  # noqa: T201
        return NO_POSTGRES
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with server(where) as url:
        return subprocess.run(sys.argv[1:], env=os.environ | {"LASTCALL_TEST_POSTGRES": url}).returncode


if __name__ == "__main__":
    sys.exit(main())
