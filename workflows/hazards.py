"""E911: a live trunk whose location's master emergency number is leaving (product rules, section 5)."""

from datetime import datetime

from sqlalchemy import bindparam, select, text

from workflows.actors import SYSTEM
from workflows.desk import Desk
from workflows.history import note
from workflows.letters import staff
from workflows.records import Cancellation, Case, Location, Number, PortOrder, PortOrderNumber
from workflows.records.case import IS_OPEN
from workflows.states import OrderState

_COMMITTED = (
    select(PortOrderNumber.e164)
    .join(PortOrder)
    .where(
        PortOrder.state == OrderState.committed,
        PortOrderNumber.e164.in_(
            select(Number.e164).where(Number.location_id == bindparam("place"), Number.held)
        ),
    )
)


def look(desk: Desk, place: Location, at: datetime) -> bool:
    """Alerts once when the master number is committed to a port or has left while others stay live."""
    if place.hazard_told_at is not None or not is_hazard(desk, place):
        return False
    place.hazard_told_at = at
    case = desk.session.scalar(
        select(Case)
        .join(Cancellation)
        .where(Cancellation.location_id == place.id, text(f"cancellation.{IS_OPEN}"))
    )
    staff.e911_hazard(desk, place, at, case)
    note(desk, "e911_hazard", at=at, by=SYSTEM, case=case, location=place.ref)
    return True


def is_hazard(desk: Desk, place: Location) -> bool:
    """Whether trunks and other numbers are live without a master number that stays."""
    if place.master_e911 is None or place.trunks == 0 or not place.trunks_enabled:
        return False
    return leaves_others(place, set(desk.session.scalars(_COMMITTED, {"place": place.id})))


def leaves_others(place: Location, committed: set[str]) -> bool:
    """The same, of numbers in committed orders that are at hand."""
    if place.master_e911 is None or place.trunks == 0 or not place.trunks_enabled:
        return False
    held = {number.e164 for number in place.numbers if number.held}
    master_leaves = place.master_e911 in committed or place.master_e911 not in held
    return master_leaves and bool(held - committed - {place.master_e911})
