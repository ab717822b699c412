"""The desk under fire, small: many processes, many blows, nothing lost. And its command's bad input."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from command_line import main
from command_line.chaos import story
from command_line.chaos.trial import Size
from tests import databases

SIZE = os.environ.get("LASTCALL_CHAOS", "")
"""Terminations and kills, such as `100:20`, which take some minutes; without it the storm is left out."""


@pytest.mark.chaos
@pytest.mark.skipif(not SIZE, reason="set LASTCALL_CHAOS=100:20")
def test_nothing_is_lost_under_fire(tmp_path: Path) -> None:
    """In a process of its own, as somebody would run it."""
    terminations, kills = SIZE.split(":")
    words = ["--terminations", terminations, "--kills", kills, "--faults", "20", "--seed", "2027"]
    words += ["--races", "20", "--json", str(tmp_path / "report.json"), "--keep", str(tmp_path / "logs")]
    words += ["--database", "postgresql"] if databases.on_postgres() else []
    done = subprocess.run(
        [sys.executable, "-m", "command_line", "chaos", *words], capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    report: dict[str, Any] = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert report["passed"]
    assert sum(report["races"].values()) == 20
    assert report["struck"]["scheduler"] > 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--terminations", "0"), "--terminations"),
        (("--kills", "-1"), "--kills"),
        (("--faults", "90"), "--faults"),
        (("--seed", "many"), "--seed"),
        (("--database", "mysql://nobody@127.0.0.1/x"), "--database"),
        (("--database", "nonsense"), "--database"),
        (("--database", "postgresql+psycopg://nobody@127.0.0.1:1/x"), "--database: it cannot be used"),
        (("--json", "/nowhere/at/all.json"), "there is no folder"),
    ],
)
def test_bad_input_starts_nothing(words: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    popen = "command_line.chaos.processes.subprocess.Popen"
    monkeypatch.setattr(popen, lambda *_, **__: pytest.fail("something was started"))
    ended = CliRunner().invoke(main, ["chaos", *words])
    assert (ended.exit_code, said in ended.output) == (2, True), ended.output


def test_a_database_in_use_is_refused(tmp_path: Path, database_url: str) -> None:
    ended = CliRunner().invoke(main, ["chaos", "--database", database_url])
    assert (ended.exit_code, "it is not empty" in ended.output) == (2, True)


def test_a_seed_tells_the_same_story() -> None:
    assert story.fates(Size(50, 0, 0, 7)) == story.fates(Size(50, 0, 0, 7))
    assert story.fates(Size(50, 0, 0, 7)) != story.fates(Size(50, 0, 0, 8))
    assert len({number for fate in story.fates(Size(500, 0, 0, 7)) for number in fate.numbers}) > 500
