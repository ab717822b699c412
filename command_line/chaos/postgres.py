"""A PostgreSQL server of the trial's own, that may be thrown over and started again."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from workflows.config import ConfigError

PLACES = ("/usr/lib/postgresql/*/bin", "/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql*/bin")
OPTIONS = ("fsync=off", "full_page_writes=off", "max_connections=100")
"""The machine itself does not fall over in a trial; what was committed must survive all the same."""


@dataclass(frozen=True)
class Server:
    programs: Path
    folder: Path

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@/postgres?host={self.folder}"

    def order(self, *words: str) -> None:
        owner = {"user": "postgres", "group": "postgres"} if os.getuid() == 0 else {}
        control = [str(self.programs / "pg_ctl"), "-D", str(self.folder / "data"), *words]
        done = subprocess.run(control, capture_output=True, text=True, cwd="/", **owner)  # type: ignore[call-overload]  # noqa: S603
        if done.returncode:
            raise ConfigError(f"PostgreSQL did not {words[-1]}: {done.stderr or done.stdout}")

    def start(self) -> None:
        options = " ".join(f"-c {each}" for each in OPTIONS)
        where = f"-k {self.folder} -c listen_addresses='' {options}"
        self.order("-l", str(self.folder / "log"), "-o", where, "-w", "start")

    def database(self, name: str) -> str:
        """The URL of another, new database."""
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
        engine.dispose()
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def throw_over(self) -> None:
        """Every connection is cut and nothing is tidied up; then it recovers."""
        self.order("-m", "immediate", "stop")
        self.start()


@contextmanager
def server() -> Iterator[Server]:
    """Raises ConfigError where PostgreSQL is not installed."""
    folder = Path(tempfile.mkdtemp(prefix="lastcall-chaos-pg-"))
    if os.getuid() == 0:
        os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)
    made = Server(_programs(), folder)
    try:
        made.order("-o", "-A trust -U postgres -E UTF8 --no-sync", "initdb")
        made.start()
        yield made
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            made.order("-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    if found := shutil.which("pg_ctl"):
        return Path(found).resolve().parent
    known = [each for place in PLACES for each in Path("/").glob(place.lstrip("/"))]
    whole = [each for each in known if (each / "pg_ctl").exists()]
    if not whole:
        raise ConfigError("There is no PostgreSQL here: install it, or name a database.")
    return max(whole)
