"""The exact steps that a termination takes: reversible first, a live trunk never without E911."""

import hashlib
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from workflows.desk import Desk
from workflows.records import Cancellation, Location
from workflows.states import Disposition

REVERSIBLE = ("freeze", "stop_renewal")
AFTER_RELEASES = ("remove_trunks", "revoke_access")


@dataclass(frozen=True)
class Plan:
    steps: tuple[str, ...]
    basis: dict[str, Any]
    """What the steps were derived from: held numbers, services, dispositions."""
    monthly_price: Decimal

    @property
    def hash(self) -> str:
        """Equal where neither a number, a service nor a disposition differs."""
        return hashlib.sha256(json.dumps(self.basis, sort_keys=True).encode()).hexdigest()

    @property
    def releases(self) -> list[str]:
        return [step for step in self.steps if step.startswith("release:")]


def build(location: Location) -> Plan:
    """The plan of a location from our rows, which have just followed the platform."""
    held = sorted(number.e164 for number in location.numbers if number.held)
    wanted = {n.e164 for n in location.numbers if n.disposition == Disposition.not_needed}
    steps = ["freeze", "stop_renewal", "disable_trunks"]
    steps += ["remove_services"] if location.services else []
    steps += ["remove_e911", *(f"release:{each}" for each in held if each in wanted), *AFTER_RELEASES]
    basis = {
        "numbers": held,
        "services": sorted(location.services),
        "dispositions": {number.e164: number.disposition for number in location.numbers},
    }
    return Plan(tuple(steps), basis, location.monthly_price)


def remaining(plan: Plan, done: set[str]) -> list[str]:
    return [step for step in plan.steps if step not in done]


def is_large(desk: Desk, steps: list[str] | tuple[str, ...], monthly_price: Decimal) -> bool:
    """Whether it needs a second approval by its size."""
    limit = desk.settings.termination.second_approval
    releases = sum(step.startswith("release:") for step in steps)
    return releases > limit.numbers or monthly_price > limit.monthly


def is_approved(part: Cancellation, steps: list[str] | tuple[str, ...]) -> bool:
    """An approval stays valid while the same plan or less of it remains."""
    return part.approved_at is not None and set(steps) <= set(part.approved_steps)
