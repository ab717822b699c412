"""Tries a calendar or a policy on rehearsals: those of a file stand for theirs."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workflows.config import Settings, load, policy
from workflows.config.reading import undotted
from workflows.rehearsal.theatre import Change


def change(calendar: Path | None, policy_file: Path | None) -> Change:
    """The change that these files make to settings. Raises ConfigError, naming file, key and reason."""
    office = load(calendar).office if calendar else None
    changed = _given(policy_file) if policy_file else {}

    def made(settings: Settings) -> Settings:
        found = policy.over(settings, changed)
        return found.model_copy(update={"office": office}) if office else found

    return made


def _given(file: Path) -> policy.Policy:
    """The keys of the policy that the file gives; the others stay those of the rehearsal."""
    settings = load(file)
    table = undotted(tomllib.loads(file.read_text("utf-8")))
    return {key: value for key, value in policy.stored(settings).items() if _has(table, key.split("."))}


def _has(table: Mapping[str, Any], path: list[str]) -> bool:
    first, *below = path
    if first not in table:
        return False
    return not below or (isinstance(table[first], Mapping) and _has(table[first], below))
