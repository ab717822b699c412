"""Tries a calendar or a policy on rehearsals: those of a file stand for theirs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workflows.config import Settings, load, parse, policy
from workflows.config.reading import table_of, undotted
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
    table, text = table_of(file)
    stored = policy.stored(parse(table, name=str(file), text=text))
    nested = undotted(table)
    return {key: value for key, value in stored.items() if _has(nested, key.split("."))}


def _has(table: Mapping[str, Any], path: list[str]) -> bool:
    first, *below = path
    if first not in table:
        return False
    return not below or (isinstance(table[first], Mapping) and _has(table[first], below))
