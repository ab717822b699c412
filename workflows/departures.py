"""Whether a departure was known from the carrier before the customer said so (product rules, section 7).

Then no save offer is made: what a carrier tells for a port may not be used to win the customer back."""

from sqlalchemy import and_, bindparam, select

from workflows.desk import Desk
from workflows.records import Cancellation, Case, Number, PortOrder, PortOrderNumber
from workflows.states import OrderState

_HAD_FAILED = and_(
    PortOrder.state.in_((OrderState.rejected, OrderState.cancelled)),
    PortOrder.read_at < bindparam("received"),
)
_TOLD_FIRST = (
    select(Number.location_id, PortOrder)
    .join(PortOrderNumber, PortOrderNumber.order_id == PortOrder.id)
    .join(Number, Number.e164 == PortOrderNumber.e164)
    .join(Cancellation, Cancellation.location_id == Number.location_id)
    .where(
        Cancellation.case_id == bindparam("case"),
        PortOrder.account_id == bindparam("account"),
        PortOrder.first_seen_at < bindparam("received"),
        ~_HAD_FAILED,
    )
    .order_by(PortOrder.first_seen_at.desc(), PortOrder.id.desc())
)


def told_first(desk: Desk, case: Case) -> dict[int, PortOrder]:
    """By location, the first port order that was known before the request and had not failed by then."""
    asked = {"case": case.id, "account": case.account_id, "received": case.received_at}
    return {row[0]: row[1] for row in desk.session.execute(_TOLD_FIRST, asked)}
