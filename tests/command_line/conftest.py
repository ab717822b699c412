"""The command line as a person uses it: an environment, a configuration file, a database."""

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from command_line import main
from workflows.config import Secrets

Lastcall = Callable[..., Result]


@pytest.fixture
def environment(secrets: Secrets, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The secrets as environment variables, an empty folder to stand in."""
    for each in fields(Secrets):
        monkeypatch.setenv(each.metadata["env"], getattr(secrets, each.name))
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)


@pytest.fixture
def lastcall(environment: None, time: Any) -> Lastcall:
    """Runs a command, and returns how it ended and what it said."""

    def call(*words: str, given: str | None = None) -> Result:
        ended = CliRunner().invoke(main, list(words), input=given)
        if ended.exception and not isinstance(ended.exception, SystemExit):
            raise ended.exception
        return ended

    return call
