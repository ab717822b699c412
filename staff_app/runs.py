"""The run log: every execution of a plan, the newest first."""

from dataclasses import dataclass

from flask import Blueprint, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from staff_app import people
from staff_app.desks import desk
from staff_app.people import EVERYBODY
from workflows.records import Cancellation, Case, Run
from workflows.states import State, StepState

ROWS = 50
OPEN_STEPS = (StepState.failed, StepState.stuck, StepState.skipped, StepState.unknown)


@dataclass(frozen=True)
class Shown:
    run: Run
    done: int
    wanted: int
    result: str
    tone: str
    icon: str


def register(blueprint: Blueprint) -> None:
    people.page(blueprint, "/runs", EVERYBODY, _runs)


def _runs() -> str:
    before = request.args.get("before", type=int)
    found = select(Run).order_by(Run.id.desc()).limit(ROWS + 1)
    if before is not None:
        found = found.where(Run.id < before)
    part = joinedload(Run.cancellation)
    runs = (
        desk()
        .session.scalars(
            found.options(
                selectinload(Run.steps),
                part.joinedload(Cancellation.location),
                part.joinedload(Cancellation.case).joinedload(Case.account),
            )
        )
        .all()
    )
    more = runs[ROWS - 1].id if len(runs) > ROWS else None
    return render_template("pages/staff_runs.html", runs=[_shown(each) for each in runs[:ROWS]], more=more)


def _shown(run: Run) -> Shown:
    counted = [step for step in run.steps if step.state != StepState.left_out]
    done = sum(step.state == StepState.done for step in counted)
    return Shown(run, done, len(counted), *_result(run))


def _result(run: Run) -> tuple[str, str, str]:
    """(words, colour, icon)"""
    if any(step.reverted_at for step in run.steps):
        return "Undone", "", "undo"
    state = run.cancellation.state
    if run.ended_at is not None or state == State.terminated:
        return "Ended for good", "green", "check"
    if state == State.blocked:
        return "Stopped: needs somebody", "red", "alert"
    return "Under way", "amber", "refresh"
