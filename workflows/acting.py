"""One act over the cancellations of a case: done where it is possible, refused only if that is nowhere.

Pages, API and rehearsals act through here, so that a gate lies under every path. The platform is read
between transactions: nobody waits for it while rows are locked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from workflows import allowed, asking, deciding, review, rows
from workflows.actors import Actor
from workflows.adapters.platform import Purpose
from workflows.asking import Reading
from workflows.desk import Desk
from workflows.errors import Line, Overtaken, Refused
from workflows.history import note
from workflows.letters import facts
from workflows.moves import may, out_of_date
from workflows.records import Cancellation, Case, Location, Number, PortOrder
from workflows.states import Action, Disposition, OrderState
from workflows.termination.retrying import retry


def over(
    desk: Desk,
    action: str,
    parts: Sequence[Cancellation],
    act: Callable[[Cancellation], None],
    *,
    by: Actor,
    at: datetime,
) -> list[Cancellation]:
    """Those for which it was done. Raises Refused with the reasons of all if it was none.

    Where another process was faster (Overtaken) nothing is done: the caller rolls back."""
    done: list[Cancellation] = []
    lines: list[Line] = []
    for part in parts:
        try:
            act(part)
        except Overtaken:
            raise
        except Refused as refused:
            lines += refused.lines
        else:
            done.append(part)
    if not done:
        _tell(desk, action, parts, lines, by, at)
        raise Refused(*lines)
    return done


def _tell(
    desk: Desk, action: str, parts: Sequence[Cancellation], lines: list[Line], by: Actor, at: datetime
) -> None:
    """A refusal is history too, but makes no page stale."""
    if parts:
        case, version = parts[0].case, parts[0].case.version
        codes = sorted({line.code for line in lines})
        note(
            desk,
            "refused",
            at=at,
            by=by,
            case=case,
            why=" ".join(each.words for each in lines),
            action=action,
            codes=codes,
        )
        rows.put(desk.session, case, {"version": version})


def read_first(desk: Desk, part: Cancellation, action: Action, by: Actor) -> Reading:
    """The reading that an action needs, taken outside of a transaction; none where its state forbids it."""
    allowed.case_work(by)
    if not may(part, action, by):
        raise Refused(out_of_date(desk, part))
    desk.session.commit()
    return asking.fetch(desk, part)


def confirm(
    desk: Desk, parts: Sequence[Cancellation], *, by: Actor, at: datetime, wanted: date | None = None
) -> list[Cancellation]:
    def act(part: Cancellation) -> None:
        reading = read_first(desk, part, Action.confirm, by)
        review.confirm(desk, part, by=by, at=at, reading=reading, wanted=wanted)

    return over(desk, "confirm", parts, act, by=by, at=at)


def reschedule(
    desk: Desk,
    parts: Sequence[Cancellation],
    *,
    by: Actor,
    at: datetime,
    wanted: date | None,
    reason: str | None = None,
) -> list[Cancellation]:
    def act(part: Cancellation) -> None:
        if wanted is None:
            late = [] if may(part, Action.reschedule, by) else [out_of_date(desk, part)]
            raise Refused(Line("invalid", "Say the new date.", "for"), *late)
        reading = read_first(desk, part, Action.reschedule, by)
        review.reschedule(desk, part, by=by, at=at, reading=reading, wanted=wanted, reason=reason)

    return over(desk, "reschedule", parts, act, by=by, at=at)


def retry_runs(desk: Desk, parts: Sequence[Cancellation], *, by: Actor, at: datetime) -> list[Cancellation]:
    def act(part: Cancellation) -> None:
        retry(desk, part, by=by, at=at, reading=read_first(desk, part, Action.retry, by))

    return over(desk, "retry", parts, act, by=by, at=at)


def dispose(
    desk: Desk,
    part: Cancellation,
    numbers: Sequence[str] | None,
    to: Disposition,
    *,
    by: Actor,
    at: datetime,
    evidence: str = "",
    moved_to: Location | None = None,
) -> list[Number]:
    """Sets dispositions; whether a number is ported is looked up at the platform."""
    reading = None
    if to == Disposition.ported and part.is_open:
        desk.session.commit()
        reading = asking.fetch(desk, part, Purpose.books)
    return deciding.dispose(
        desk, part, numbers, to, by=by, at=at, evidence=evidence, moved_to=moved_to, reading=reading
    )


@dataclass(frozen=True)
class Seen:
    """What a read of the platform changed at a location."""

    orders: list[PortOrder]
    left: int
    came: int
    """Numbers that are no longer held there, and those that were not before."""


def check(desk: Desk, part: Cancellation, *, by: Actor, at: datetime) -> Seen:
    """Reads the platform now, outside of a transaction, and lets our rows follow. Raises Refused."""
    allowed.case_work(by)
    allowed.refuse(allowed.ended(desk, part))
    reading = asking.fetch(desk, part, Purpose.books)
    place, version = part.location, part.case.version
    before = {order.ref: (order.state, order.foc) for order in facts.orders(desk, place, list(OrderState))}
    held = {number.e164 for number in place.numbers if number.held}
    asking.follow(desk, part, reading, at)
    desk.session.flush()
    after = facts.orders(desk, place, list(OrderState))
    changed = [order for order in after if before.get(order.ref) != (order.state, order.foc)]
    now = {number.e164 for number in place.numbers if number.held}
    note(desk, "checked", at=at, by=by, cancellation=part, orders=[order.ref for order in changed])
    rows.put(desk.session, part.case, {"version": version})
    return Seen(changed, len(held - now), len(now - held))


def parts_of(case: Case, location: str | None) -> list[Cancellation]:
    """The cancellations of a case, or the one at a location. Raises Refused (`invalid`)."""
    if location is None:
        return list(case.cancellations)
    found = [part for part in case.cancellations if part.location.ref == location]
    if not found:
        raise Refused.because("invalid", f"{location} is no location of {case.reference}.", "location")
    return found
