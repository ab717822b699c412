"""config.toml holds every setting with its default and a comment."""

import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from workflows import config
from workflows.config import Settings

FILE = Path(__file__).parents[3] / "config.toml"


def keys(table: dict[str, Any], above: str = "") -> set[str]:
    found: set[str] = set()
    for key, value in table.items():
        name = f"{above}{key}"
        found |= keys(value, f"{name}.") if isinstance(value, dict) else {name}
    return found


def fields(model: type[BaseModel], above: str = "") -> set[str]:
    found: set[str] = set()
    for key, field in model.model_fields.items():
        kind, name = field.annotation, f"{above}{key}"
        is_section = isinstance(kind, type) and issubclass(kind, BaseModel)
        found |= fields(kind, f"{name}.") if is_section else {name}
    return found


def test_it_names_every_setting_and_no_other() -> None:
    assert keys(tomllib.loads(FILE.read_text("utf-8"))) == fields(Settings)


def test_its_values_are_the_defaults() -> None:
    assert config.load(FILE) == Settings()


def test_each_setting_has_one_comment_above_it() -> None:
    lines = FILE.read_text("utf-8").splitlines()
    for above, line in pairwise(lines):
        if " = " in line and not line.startswith(("#", " ")):
            assert above.startswith("# "), line
