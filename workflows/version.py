"""The version stands in pyproject.toml alone; an installed package carries it in its metadata."""

import tomllib
from importlib.metadata import version
from pathlib import Path


def _read() -> str:
    project = Path(__file__).parent.parent / "pyproject.toml"
    if project.is_file():
        return str(tomllib.loads(project.read_text("utf-8"))["project"]["version"])
    return version("lastcall")


VERSION = _read()
