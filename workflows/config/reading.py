"""Reads config.toml. A wrong file stops the program with file, line, key and reason."""

import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from workflows.config.settings import Settings
from workflows.errors import WorkflowError


class ConfigError(WorkflowError):
    """The settings cannot be used; the text names file, key and reason."""


def load(path: Path | None) -> Settings:
    """The settings of a file; the defaults where there is none."""
    if path is None:
        return Settings()
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as wrong:
        raise ConfigError(f"{path}: cannot be read: {wrong}") from wrong
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise ConfigError(f"{path}: is no TOML: {wrong}") from wrong
    return parse(table, name=str(path), text=text)


def parse(table: dict[str, Any], *, name: str, text: str = "") -> Settings:
    """The settings of a table that was read from `name`."""
    try:
        return Settings.model_validate(undotted(table))
    except ValidationError as wrong:
        raise ConfigError("\n".join(_said(name, text, error) for error in wrong.errors())) from wrong


def undotted(table: dict[str, Any]) -> dict[str, Any]:
    """`{"sla.reading": 1}` as `{"sla": {"reading": 1}}`: quoted dotted keys work like nested tables."""
    nested: dict[str, Any] = {}
    for key, value in table.items():
        inner = undotted(value) if isinstance(value, dict) else value
        *above, last = key.split(".")
        place = nested
        for part in above:
            place = place.setdefault(part, {})
        if isinstance(inner, dict) and isinstance(place.get(last), dict):
            place[last].update(inner)
        else:
            place[last] = inner
    return nested


def reason(error: Any) -> str:
    """One pydantic error in words, without its echo of the input."""
    if error["type"] == "extra_forbidden":
        return "there is no such setting"
    words = str(error["msg"]).removeprefix("Value error, ")
    return words[0].lower() + words[1:]


def _said(name: str, text: str, error: Any) -> str:
    path = [str(part) for part in error["loc"]]
    line = _line_of(text, path)
    where = f"{name}, line {line}" if line else name
    return f"{where}: {'.'.join(path) or 'the file'}: {reason(error)}"


def _line_of(text: str, path: list[str]) -> int | None:
    """The line on which a key stands, following the [section] headers. None where it is left out."""
    section: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[([^\[\]]+)\]", line):
            section = header[1].strip().split(".")
        elif (key := re.match(r"\s*([\w.\"-]+)\s*=", line)) and _path_of(key[1], section)[: len(path)] == path:
            return number
    return None


def _path_of(key: str, section: list[str]) -> list[str]:
    return [*section, *key.replace('"', "").split(".")]
