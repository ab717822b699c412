"""What each step of a termination does to the books, and what the platform refuses."""

from collections.abc import Callable
from datetime import datetime

from workflows.adapters.platform import Answer, StepCall, is_applied
from workflows.adapters.sandbox import renewals
from workflows.adapters.sandbox.records import Location, Shelf

STEPS = (
    "freeze",
    "stop_renewal",
    "disable_trunks",
    "remove_services",
    "remove_e911",
    "release",
    "remove_trunks",
    "revoke_access",
)
REVERSIBLE = ("freeze", "stop_renewal")
Effect = Callable[[Location, datetime], None]


def _freeze(location: Location, at: datetime) -> None:
    location.frozen = True


def _stop_renewal(location: Location, at: datetime) -> None:
    location.renewal_on = False


def _disable_trunks(location: Location, at: datetime) -> None:
    location.trunks_enabled = False


def _remove_services(location: Location, at: datetime) -> None:
    location.services.clear()


def _remove_e911(location: Location, at: datetime) -> None:
    location.e911_present = False


def _remove_trunks(location: Location, at: datetime) -> None:
    location.trunks = 0


def _revoke_access(location: Location, at: datetime) -> None:
    location.access = False


def _undo_freeze(location: Location, at: datetime) -> None:
    location.frozen = False


def _undo_stop_renewal(location: Location, at: datetime) -> None:
    """The days that passed meanwhile stay unbilled."""
    renewals.skip(location, at)
    location.renewal_on = True


EFFECTS: dict[str, Effect] = {
    "freeze": _freeze,
    "stop_renewal": _stop_renewal,
    "disable_trunks": _disable_trunks,
    "remove_services": _remove_services,
    "remove_e911": _remove_e911,
    "remove_trunks": _remove_trunks,
    "revoke_access": _revoke_access,
    "undo:freeze": _undo_freeze,
    "undo:stop_renewal": _undo_stop_renewal,
}


def take(shelf: Shelf, call: StepCall, at: datetime) -> tuple[Answer, bool]:
    """Applies a call where the rules allow it: the answer, and whether the books changed by it."""
    location = shelf.locations.get(call.location)
    if location is None:
        return Answer.gone, False
    if refusal := _refusal(shelf, location, call):
        return refusal, False
    _note_violations(shelf, location, call.step)
    if number := _number(call.step):
        location.numbers.discard(number)
        shelf.released.append(number)
    else:
        EFFECTS[call.step](location, at)
    shelf.requests[call.request_id] = f"{call.location} {call.step}"
    location.steps.append(call.step)
    return Answer.applied, True


def _refusal(shelf: Shelf, location: Location, call: StepCall) -> Answer | None:
    """Why a call changes nothing; the first reason counts: token, repetition, sense, effect, port."""
    number = _number(call.step)
    if call.fencing < location.fencing:
        return Answer.stale
    location.fencing = call.fencing
    if before := shelf.requests.get(call.request_id):
        return _repeated(shelf, call, before)
    if not number and call.step not in EFFECTS:
        return Answer.denied
    if _has_effect(call.step, location):
        return Answer.gone
    return Answer.port_open if number and shelf.open_order(number) else None


def _repeated(shelf: Shelf, call: StepCall, before: str) -> Answer:
    if before == f"{call.location} {call.step}":
        return Answer.applied
    shelf.violations.append(f"{call.location}: request id of {before} used again for {call.step}")
    return Answer.denied


def _has_effect(step: str, location: Location) -> bool:
    if step.startswith("undo:"):
        return not is_applied(step.removeprefix("undo:"), location.book())
    if step == "remove_trunks":  # a location may have had none
        return step in location.steps
    return is_applied(step, location.book())


def _number(step: str) -> str:
    """The number of a release, empty for any other step."""
    name, _, number = step.partition(":")
    return number if name == "release" else ""


def _note_violations(shelf: Shelf, location: Location, step: str) -> None:
    """Orders that the platform obeys although they are wrong; tests look at what is noted here."""
    if step == "remove_e911" and location.trunks_enabled and location.trunks:
        shelf.violations.append(f"{location.ref}: trunks live without E911")
    if step.startswith("undo:"):
        wrong = standing(location) and standing(location)[-1] != step.removeprefix("undo:")
    else:
        wrong = any(_rank(step) < _rank(other) for other in standing(location))
    if wrong:
        shelf.violations.append(f"{location.ref}: {step} came after {standing(location)[-1]}")


def standing(location: Location) -> list[str]:
    """The steps applied and not reverted, in order."""
    left: list[str] = []
    for step in location.steps:
        if step.startswith("undo:"):
            left.remove(step.removeprefix("undo:"))
        else:
            left.append(step)
    return left


def _rank(step: str) -> int:
    return STEPS.index(step.partition(":")[0])
