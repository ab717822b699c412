"""Plays short rehearsals that a test writes step by step."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from workflows.rehearsal.language import parse
from workflows.rehearsal.player import Report
from workflows.rehearsal.theatre import play_all, stage

ACCOUNT = """
[[account]]
ref = "acme"
owner = "pat@acme.example"
  [[account.location]]
  ref = "HQ"
  numbers = ["+12565550101", "+12565550102"]
  renews_on = 2027-03-20
"""
SUBMIT = """
do = "submit"
account = "acme"
locations = ["HQ"]
requested_for = 2027-03-10
reason = "Leaving"
by = "pat@acme.example"
"""
Write = Callable[..., str]
Play = Callable[..., Report]


@pytest.fixture
def write() -> Write:
    """The text of a rehearsal: steps as (day and time of March 2027 in Chicago, keys)."""

    def text(*steps: tuple[str, str], config: str = "", account: str = ACCOUNT, title: str = "t") -> str:
        timed = [f"[[step]]\nat = 2027-03-{at.replace(' ', 'T')}-06:00\n{keys}" for at, keys in steps]
        head = f'title = "{title}"\n[config]\n{config}' if config else f'title = "{title}"'
        return "\n".join([head, account, *timed])

    return text


@pytest.fixture
def play(write: Write) -> Play:
    """Plays such steps; the report."""

    def played(*steps: tuple[str, str], config: str = "", account: str = ACCOUNT) -> Report:
        [report] = play_all([parse(write(*steps, config=config, account=account), "a.toml")])
        return report

    return played


@pytest.fixture
def submit() -> str:
    return SUBMIT


@pytest.fixture
def connection() -> Iterator[Connection]:
    with stage() as made:
        yield made


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str, str], Path]:
    """Writes a file of that name and text."""

    def written(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return path

    return written
