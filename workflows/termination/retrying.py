"""Retrying a blocked run: gate B again without what belongs to a first begin; nothing is repeated."""

from datetime import datetime

from workflows import allowed, asking, gates
from workflows.actors import Actor
from workflows.asking import Reading
from workflows.desk import Desk
from workflows.errors import Line
from workflows.moves import may, move, out_of_date
from workflows.records import Cancellation
from workflows.states import Action
from workflows.termination import lease, ledger


def retry(desk: Desk, part: Cancellation, *, by: Actor, at: datetime, reading: Reading) -> None:
    """Done steps are never repeated; the remaining ones are planned anew. Raises Refused."""
    allowed.case_work(by)
    if not may(part, Action.retry, by):
        allowed.refuse([out_of_date(desk, part)])
    asking.follow(desk, part, reading, at)
    steps = ledger.steps_left(desk, part)
    allowed.refuse(gates.gate_b_for_retry(desk, part, at, steps))
    run = ledger.newest(desk, part)
    assert run is not None
    claimed = lease.claim(desk, run.id, "retry", at)
    if claimed is None:
        allowed.refuse([Line("out_of_date", "Somebody else is working on this run. Try again in a minute.")])
    ledger.plan_anew(run, steps)
    run.progress_at = at
    lease.give_back(desk, run, run.fencing, at)
    part.blocked_why = ""
    move(desk, part, Action.retry, at=at, by=by)
