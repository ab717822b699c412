"""Reads a rehearsal. A file that cannot be played is told in words: which step or line, which key, why."""

import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from workflows import config
from workflows.config import ConfigError, Settings
from workflows.errors import WorkflowError
from workflows.rehearsal import checks
from workflows.rehearsal.accounts import AccountSpec
from workflows.rehearsal.steps import Step
from workflows.rehearsal.values import Name, Part, bare, shown


class Malformed(WorkflowError):
    """The file is no rehearsal. The text has one line per problem."""


class _File(Part):
    """The file as it is written."""

    title: Name
    config: dict[str, Any] = {}
    account: list[AccountSpec] = Field(min_length=1)
    step: list[Step] = Field(min_length=1)


class Rehearsal(Part):
    title: str
    name: str
    """The file."""
    settings: Settings
    accounts: list[AccountSpec]
    steps: list[Step]


def read(path: Path) -> Rehearsal:
    """The rehearsal in a file. Raises Malformed."""
    try:
        text = path.read_text("utf-8-sig")
    except OSError as wrong:
        raise Malformed(f"{path}: cannot be read: {wrong.strerror or wrong}") from wrong
    except UnicodeDecodeError as wrong:
        raise Malformed(f"{path}: is no UTF-8 text") from wrong
    return parse(text, str(path))


def parse(text: str, name: str) -> Rehearsal:
    """The rehearsal in a text that was read from `name`. Raises Malformed."""
    table = _table(text, name)
    wrong: list[str] = []
    settings = _settings(table, wrong)
    file = _file(table, wrong)
    if file:
        wrong += checks.problems(file.account, file.step)
    if wrong or not (file and settings):
        raise Malformed("\n".join(f"{name}: {each}" for each in wrong))
    return Rehearsal(title=file.title, name=name, settings=settings, accounts=file.account, steps=file.step)


def _table(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError as wrong:
        raise Malformed(f"{name}: is nested too deeply") from wrong
    except ValueError as wrong:
        said = str(wrong)
        at = re.search(r" \(at line (\d+), column \d+\)$", said)
        line = int(at[1]) if at else text.count("\n") + 1
        said = said[: at.start()] if at else said.removesuffix(" (at end of document)")
        raise Malformed(f"{name}, line {line}: is no TOML: {said[0].lower()}{said[1:]}") from wrong


def _settings(table: dict[str, Any], wrong: list[str]) -> Settings | None:
    if not isinstance(table.get("config", {}), dict):
        return None
    try:
        return config.parse(table.get("config", {}), name="config")
    except ConfigError as error:
        wrong += str(error).splitlines()
        return None


def _file(table: dict[str, Any], wrong: list[str]) -> _File | None:
    try:
        return _File.model_validate(table)
    except ValidationError as error:
        wrong += [_said(each) for each in error.errors(include_url=False)]
        return None


WORDS = {
    "missing": "is missing",
    "extra_forbidden": "there is no such key",
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "list_type": "must be a list",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "date_type": "must be a date, such as 2027-02-01",
    "datetime_type": "must be a date and time with an offset, such as 2027-01-15T17:59:30-06:00",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "finite_number": "must be a finite amount",
    "literal_error": "{shown} is unknown here; known: {expected}",
    "enum": "{shown} is unknown here; known: {expected}",
    "union_tag_not_found": "is missing",
    "union_tag_invalid": "{shown} is no step; known: {expected}",
    "value_error": "{error}",
}


def _said(error: Any) -> str:
    """One problem: where it is, which key, why."""
    places, keys = _where(error["loc"])
    facts = {**error.get("ctx", {}), "shown": shown(error["input"])}
    if error["type"].startswith("union_tag"):
        keys.append("do")
        facts |= {"shown": shown(facts.get("tag")), "expected": facts.get("expected_tags")}
    facts["expected"] = str(facts.get("expected", "")).replace("'", "")
    reason = WORDS.get(error["type"], "cannot be used").format(**facts)
    return ": ".join(part for part in (", ".join(places), ".".join(keys), reason) if part)


def _where(loc: tuple[int | str, ...]) -> tuple[list[str], list[str]]:
    """The places that are counted from 1 ("account 2", "location 1") and the keys below them."""
    places: list[str] = []
    keys = list(loc)
    while len(keys) > 1 and keys[0] in ("account", "location", "step") and isinstance(keys[1], int):
        places.append(f"{keys[0]} {keys[1] + 1}")
        keys = keys[2:]
        if places[-1].startswith("step"):
            keys = keys[1:]  # the kind of step, which is no key
    return places, [bare(key) for key in keys if isinstance(key, str) and key != "[key]"]
