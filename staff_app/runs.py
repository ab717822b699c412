"""The run log with its filters in the address, and the page of one run with its whole ledger."""

from datetime import date
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for

from staff_app import actions, people, scenes
from staff_app.desks import desk
from staff_app.people import CASE_WORK, EVERYBODY
from workflows.reports import runs
from workflows.reports.runs import RunRow, RunWish, Standing
from workflows.states import StepState
from workflows.termination import reverting

LOOKS: dict[Standing, tuple[str, str, str]] = {
    Standing.under_way: ("Under way", "refresh", "amber"),
    Standing.blocked: ("Stopped: needs somebody", "alert", "red"),
    Standing.finished: ("Ended for good", "check", "green"),
    Standing.undone: ("Undone", "undo", ""),
}
STEP_LOOKS: dict[StepState, tuple[str, str]] = {
    StepState.pending: ("clock", ""),
    StepState.calling: ("refresh", "amber"),
    StepState.unknown: ("help", "amber"),
    StepState.done: ("check", "green"),
    StepState.failed: ("alert", "red"),
    StepState.stuck: ("help", "red"),
    StepState.skipped: ("pause", "amber"),
    StepState.left_out: ("x", ""),
}
FOR_A_BLOCKED_RUN = ("retry", "defer", "withdraw")
FILTERS = ("state", "from", "to", "q")


def register(blueprint: Blueprint) -> None:
    people.page(blueprint, "/runs", EVERYBODY, _runs)
    people.page(blueprint, "/runs/<int:number>", EVERYBODY, _run)


def _runs() -> str:
    wish = RunWish(
        standings=_standings(),
        since=_day("from"),
        until=_day("to"),
        text=request.args.get("q", "").strip(),
        before=request.args.get("before", type=int),
    )
    page = runs.page(desk(), wish)
    return render_template(
        "pages/staff_runs.html",
        page=page,
        wish=wish,
        run_looks=LOOKS,
        toggled=_toggled,
        is_filtered=any(request.args.get(each) for each in FILTERS),
        first=url_for("staff.runs", **_asked()),
        more=url_for("staff.runs", **_asked(), before=page.next) if page.next else "",
    )


def _run(number: int) -> str:
    row = runs.one(desk(), number)
    if row is None:
        abort(404)
    return render_template(
        "pages/staff_run.html",
        row=row,
        part=row.run.cancellation,
        case=row.run.cancellation.case,
        run_looks=LOOKS,
        step_looks=STEP_LOOKS,
        acts=_acts(row),
    )


def _acts(row: RunRow) -> list[actions.Act]:
    """What may be done about a run that stopped, by whoever looks at it. What is done for good stays."""
    if row.standing != Standing.blocked or people.me().role not in CASE_WORK:
        return []
    scene = scenes.empty()
    scene.about_case, scene.about_part = row.run.cancellation.case, row.run.cancellation
    possible = {act.name: act for act in actions.possible("part", scene)}
    offered = ("retry",) if reverting.too_late(desk(), scene.part) else FOR_A_BLOCKED_RUN
    return [possible[name] for name in offered if name in possible]


def _standings() -> tuple[Standing, ...]:
    known = [value for value in request.args.getlist("state") if value in set(Standing)]
    return tuple(Standing(value) for value in dict.fromkeys(known))


def _day(name: str) -> date | None:
    """A day of the address; what is none asks for nothing."""
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def _asked() -> dict[str, Any]:
    """What this address asks for, without its place in the list."""
    return {name: request.args.getlist(name) for name in FILTERS if request.args.get(name)}


def _toggled(value: Standing) -> str:
    """The address of this list with one state turned on or off."""
    chosen = [each for each in _standings() if each != value]
    wanted = chosen if value in _standings() else [*chosen, value]
    return url_for("staff.runs", **{**_asked(), "state": [str(each) for each in wanted]})
