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
    table, text = table_of(path)
    return parse(table, name=str(path), text=text)


def table_of(path: Path) -> tuple[dict[str, Any], str]:
    """What a file says, as a table and as text. It is read once: it may be a pipe. Raises ConfigError."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as wrong:
        raise ConfigError(f"{path}: cannot be read: {wrong}") from wrong
    try:
        return tomllib.loads(text), text
    except (tomllib.TOMLDecodeError, RecursionError) as wrong:
        raise ConfigError(f"{path}: is no TOML: {wrong}") from wrong


def parse(table: dict[str, Any], *, name: str, text: str = "") -> Settings:
    """The settings of a table that was read from `name`."""
    try:
        return Settings.model_validate(undotted(table))
    except Twice as twice:
        raise ConfigError(_said(name, text, twice.path, "is given twice in ways that do not fit")) from twice
    except ValidationError as wrong:
        lines = [
            _said(name, text, [str(part) for part in each["loc"]], reason(each)) for each in wrong.errors()
        ]
        raise ConfigError("\n".join(lines)) from wrong


class Twice(WorkflowError):
    """One key with two values, or with a value and keys below it."""

    def __init__(self, path: list[str]) -> None:
        self.path = path
        super().__init__(f"{'.'.join(path)} is given twice")


def undotted(table: dict[str, Any]) -> dict[str, Any]:
    """`{"sla.reading": 1}` as `{"sla": {"reading": 1}}`: quoted dotted keys work like nested tables.

    Raises Twice."""
    nested: dict[str, Any] = {}
    for key, value in table.items():
        inner = undotted(value) if isinstance(value, dict) else value
        for part in reversed(key.split(".")):
            inner = {part: inner}
        _merge(nested, inner, [])
    return nested


def _merge(into: dict[str, Any], more: dict[str, Any], above: list[str]) -> None:
    for key, value in more.items():
        known = into.setdefault(key, value)
        if known is value:
            continue
        if not (isinstance(known, dict) and isinstance(value, dict)):
            raise Twice([*above, key])
        _merge(known, value, [*above, key])


WORDS = {
    "extra_forbidden": "there is no such setting",
    "string_type": "needs text",
    "bool_type": "needs true or false",
    "int_type": "needs a whole number",
    "int_from_float": "needs a whole number",
    "date_type": "needs a date, such as 2027-12-24",
    "time_type": 'needs a time, such as "18:00"',
    "tuple_type": "needs a list",
    "frozen_set_type": "needs a list",
    "finite_number": "needs a finite amount",
    "decimal_max_digits": "is too large",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "literal_error": "must be {expected}",
    "string_pattern_mismatch": "is not written as it should be ({pattern})",
    "model_type": "needs a table of settings",
    "model_attributes_type": "needs a table of settings",
    "value_error": "{error}",
}


def reason(error: Any) -> str:
    """One pydantic error in words, without its echo of the input."""
    words = WORDS.get(error["type"], "cannot be used").format(**error.get("ctx", {}))
    return words[0].lower() + words[1:]


def _said(name: str, text: str, path: list[str], why: str) -> str:
    line = _line_of(text, path)
    where = f"{name}, line {line}" if line else name
    return f"{where}: {'.'.join(path) or 'the file'}: {why}"


def _line_of(text: str, path: list[str]) -> int | None:
    """The line on which a key stands, following the [section] headers. None where it is left out."""
    section: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[([^\[\]]+)\]", line)
        key = None if header else re.match(r"\s*([\w.\"-]+)\s*=", line)
        section = header[1].strip().split(".") if header else section
        here = [*section, *_parts(key)]
        if (header or key) and here[: len(path)] == path:
            return number
    return None


def _parts(key: re.Match[str] | None) -> list[str]:
    return key[1].replace('"', "").split(".") if key else []
