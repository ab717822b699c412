"""What goes for good when a location ends, for the pages on which somebody decides it."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from staff_app.scenes import Scene
from staff_app.words import Say, phone
from workflows import brakes, gates, moments
from workflows.errors import Line
from workflows.letters.wording import count, listed
from workflows.records import Location, User
from workflows.states import Disposition, Role, State
from workflows.termination import ledger, plan

SERVICES = {"fax": "fax", "sms": "SMS", "metered": "metered calls"}


@dataclass(frozen=True)
class Going:
    """The list of what ends, when, what is safe, and what still stands against it."""

    when: datetime | None
    released: list[str]
    """Numbers that are released for good."""
    word: str
    """Who said that they are not needed, where it was the same person and day for all."""
    gone: list[str]
    """What else goes."""
    safe: list[str]
    steps: list[str]
    unmet: list[Line] = field(default_factory=list)
    is_large: bool = False
    approvers: list[str] = field(default_factory=list)
    """Who may approve a large end."""


def going(scene: Scene, say: Say) -> Going:
    part, place = scene.part, scene.part.location
    steps = _steps(scene)
    released = [each.removeprefix("release:") for each in steps if each.startswith("release:")]
    return Going(
        when=_moment(scene),
        released=(
            released := [each.removeprefix("release:") for each in steps if each.startswith("release:")]
        ),
        word=_word(say, place, released),
        gone=_gone(say, place, steps),
        safe=_safe(place),
        steps=[say.step(each) for each in steps],
        unmet=gates.unmet(gates.gate_a(scene.desk, part, scene.at)),
        is_large=plan.is_large(scene.desk, steps, place.monthly_price),
        approvers=_approvers(scene),
    )


def _word(say: Say, place: Location, released: list[str]) -> str:
    given = {
        (each.evidence, say.local(each.evidence_at).date())
        for each in place.numbers
        if each.e164 in released and each.evidence_at
    }
    if len(given) != 1:
        return ""
    evidence, on = given.pop()
    return f"{evidence}, {say.day(on)}" if evidence else say.day(on)


def _approvers(scene: Scene) -> list[str]:
    """Managers other than who confirms."""
    confirmer = scene.part.confirmed_by_id if scene.part.state != State.requested else scene.me.id
    managers = select(User.name).where(User.role == Role.manager, User.is_active, User.id != confirmer)
    return list(scene.desk.session.scalars(managers.order_by(User.name)))


def _steps(scene: Scene) -> list[str]:
    if scene.part.state == State.blocked:
        return ledger.steps_left(scene.desk, scene.part)
    waiting = brakes.steps_to_approve(scene.desk, scene.part)
    return waiting or list(plan.build(scene.part.location).steps)


def _moment(scene: Scene) -> datetime | None:
    """When it would run; none where it is under way already."""
    if scene.part.state == State.blocked:
        return None
    if scene.part.state == State.scheduled:
        return scene.part.run_at
    return moments.run_moment(scene.desk, scene.part, scene.part.wanted_for, scene.at)


def _gone(say: Say, place: Location, steps: list[str]) -> list[str]:
    lines = []
    if "remove_trunks" in steps:
        trunks = count(place.trunks, "trunk", "trunks")
        lines.append(f"{trunks} and the phone system with its call rules and voicemail")
    if "remove_services" in steps:
        lines.append(f"Services: {listed(SERVICES.get(each, each) for each in place.services)}")
    if "remove_e911" in steps:
        lines.append("The emergency address records (E911)")
    if "revoke_access" in steps:
        lines.append("Access to this location, its call records and invoices")
    lines.append(f"Billing of {say.money(place.monthly_price)} a month stops")
    return lines


def _safe(place: Location) -> list[str]:
    kept = (Disposition.ported, Disposition.moved)
    return [phone(each.e164) for each in place.numbers if each.disposition in kept]
