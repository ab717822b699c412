"""The run's ledger: which steps there are, which are done, which remain."""

import uuid
from datetime import datetime

from sqlalchemy import bindparam, func, select

from workflows import rows
from workflows.desk import Desk
from workflows.records import Cancellation, Run, Step
from workflows.records.base import Row
from workflows.states import StepState
from workflows.termination import plan

TO_DO = (StepState.pending, StepState.calling, StepState.unknown)
UNSURE = (StepState.calling, StepState.unknown)
UNSETTLED = (StepState.failed, StepState.skipped, StepState.stuck)
_NEWEST = select(Run).where(Run.cancellation_id == bindparam("part")).order_by(Run.id.desc()).limit(1)
_HIGHEST = (
    select(func.max(Run.fencing)).join(Cancellation).where(Cancellation.location_id == bindparam("place"))
)


def newest(desk: Desk, part: Cancellation) -> Run | None:
    """The run of a cancellation; the newest where an earlier one was reverted."""
    return desk.session.scalar(_NEWEST, {"part": part.id})


def open_ledger(desk: Desk, part: Cancellation, steps: list[str], at: datetime) -> Run:
    fencing = _highest_fencing(desk, part)
    run = Run(cancellation_id=part.id, begun_at=at, next_at=at, progress_at=at, fencing=fencing)
    rows.write(desk.session, run)
    rows.add_all(desk.session, Step, [{"run_id": run.id, **each} for each in _steps(steps)])
    return run


def _highest_fencing(desk: Desk, part: Cancellation) -> int:
    """The platform keeps the highest token it has seen of a location, whichever run it was."""
    return rows.run(desk.session, _HIGHEST, {"place": part.location_id}).scalar() or 0


def _steps(names: list[str]) -> list[Row]:
    return [{"name": name, "position": position} | _fresh() for position, name in enumerate(names)]


def _fresh() -> Row:
    return {"state": StepState.pending, "request_id": uuid.uuid4().hex}


def done(run: Run) -> set[str]:
    return {step.name for step in run.steps if step.state == StepState.done}


def steps_left(desk: Desk, part: Cancellation) -> list[str]:
    """What a retry would still do: planned anew from the present dispositions, without what is done."""
    run = newest(desk, part)
    return plan.remaining(plan.build(part.location), done(run) if run else set())


def plan_anew(run: Run, steps: list[str]) -> None:
    """Opens what remains for a retry; what is no longer wanted stays in the ledger as left out."""
    left = {step.name: step for step in run.steps if step.state != StepState.done}
    start = max(step.position for step in run.steps) + 1
    for step in left.values():
        step.state = StepState.unknown if step.state in (*UNSURE, StepState.stuck) else StepState.left_out
    for position, name in enumerate(steps, start):
        step = left.get(name) or Step(name=name, position=position, **_fresh())
        if step.run is None:
            run.steps.append(step)
        _reopen(step, position)
    run.steps.sort(key=lambda each: each.position)


def _reopen(step: Step, position: int) -> None:
    """A step of unknown outcome stays so: the platform is read before it is ever called again."""
    step.position, step.tries, step.next_try_at, step.reason = position, 0, None, ""
    if step.state not in UNSURE:
        step.state, step.request_id = StepState.pending, uuid.uuid4().hex


def irreversible_is_done(run: Run | None) -> bool:
    """Whether anything was done that cannot be undone; a step of unknown outcome counts as done."""
    if run is None or run.ended_at is not None:
        return False
    begun = (StepState.done, StepState.stuck, *UNSURE)
    return any(step.state in begun and step.name not in plan.REVERSIBLE for step in run.steps)
