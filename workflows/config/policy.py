"""The policy: the settings that may be changed while the desk works. docs/settings.md has the table.

It is stored flat, by dotted keys and in the forms of the configuration file."""

from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from workflows.config.reading import reason, undotted
from workflows.config.settings import Section, Settings

Policy = dict[str, Any]

KEYS: dict[str, tuple[str, ...]] = {
    "sla": (
        *("first_contact_days", "follow_up_days", "reading", "stops_on", "at_risk_hours", "target_percent"),
    ),
    "termination": (
        *("run_at", "port_grace_days", "weekends", "late_days", "per_hour", "per_day_percent"),
        *("per_day_at_least", "evidence_days"),
    ),
    "termination.second_approval": ("numbers", "monthly"),
    "ports": ("stale_days",),
    "defer": ("default_days", "after_foc_days"),
    "request": ("latest_days",),
}
"""By section of the configuration file."""
ALL = tuple(f"{section}.{key}" for section, keys in KEYS.items() for key in keys)


def stored(settings: Settings) -> Policy:
    """The policy of settings, as JSON knows it."""
    return {key: _written(value_of(settings, key)) for key in ALL}


def value_of(settings: Settings, key: str) -> Any:
    found: Any = settings
    for part in key.split("."):
        found = getattr(found, part)
    return found


def _written(value: Any) -> Any:
    if isinstance(value, time):
        return value.isoformat("minutes") if not value.second else value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def over(settings: Settings, policy: Mapping[str, Any]) -> Settings:
    """The settings with these keys in place of theirs. Raises pydantic's ValidationError."""
    nested = undotted(dict(policy))
    return settings.model_copy(
        update={name: _section(getattr(settings, name), given) for name, given in nested.items()}
    )


def _section(before: Section, given: Mapping[str, Any]) -> Section:
    values = {**dict(before), **given}
    for name, value in given.items():
        if isinstance(value, Mapping):
            values[name] = _section(getattr(before, name), value)
    return type(before).model_validate(values)


def problems(settings: Settings, policy: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with each key, in words; empty where all may be."""
    found: dict[str, str] = {}
    for key, value in policy.items():
        try:
            over(settings, {key: value})
        except ValidationError as wrong:
            found[key] = reason(wrong.errors()[0])
    return found
