"""What is done to several cases at once: giving them an owner, a note, a file. Nothing that ends service.

Each case is done by itself through the same row of the table of acts; a line says what happens to each."""

from dataclasses import dataclass

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from staff_app import actions, deadlines, fields, people, scenes
from staff_app.actions import Act
from staff_app.desks import at, desk
from staff_app.frame import say
from staff_app.people import CASE_WORK
from staff_app.receipts import back_to, local, receipt
from staff_app.scenes import Scene
from workflows.errors import Line, Refused
from workflows.letters.wording import count
from workflows.records import Case
from workflows.reports import lists
from workflows.reports.csv_lines import harmless, written
from workflows.reports.searching import reference

MOST = 200
DOES = {"take": "assigned to you", "assign": "assigned", "note": "given the note"}
COLUMNS = ("case", "customer", "location", "stage", "deadline", "asked for", "numbers", "owner", "received")
Answer = str | Response | tuple[str, int]


@dataclass(frozen=True)
class Outcome:
    """What can be done to one case, or was."""

    case: Case
    trouble: str = ""


def register(blueprint: Blueprint) -> None:
    people.page(blueprint, "/bulk", CASE_WORK, _bulk, methods=["POST"])


def _bulk() -> Answer:
    """First what would happen to each; with `go`, what did."""
    what, found = request.form.get("what", ""), _chosen()
    if what not in (*DOES, "export"):
        return back_to(request.form.get("back"))
    if not found:
        receipt("Select at least one case. Nothing was done.")
        return back_to(request.form.get("back"))
    if what == "export":
        return _file([scene.case for scene in found])
    act = actions.BY_NAME[what]
    plan = [Outcome(scene.case, "" if act.is_possible(scene) else _why_not(scene)) for scene in found]
    able = [scene for scene, line in zip(found, plan, strict=True) if not line.trouble]
    is_plain = what == "take" and len(able) == len(found)
    if not able or (request.form.get("go") != "yes" and not is_plain):
        return _page(act, plan)
    words, wrong = fields.read(act.fields, request.form, able[0])
    if wrong:
        return _page(act, plan, wrong), 422
    return _done(act, [_do(act, scene, words) for scene in able], plan)


def _chosen() -> list[Scene]:
    refs = [ref for ref in dict.fromkeys(request.form.getlist("case")) if reference(ref) is not None]
    return [scenes.of_case(ref) for ref in refs[:MOST]]


def _why_not(scene: Scene) -> str:
    return "It is yours already." if scene.case.is_open else "It is closed."


def _do(act: Act, scene: Scene, words: fields.Words) -> Outcome:
    """One case by itself: what is refused for one undoes nothing of the others."""
    try:
        with desk().session.begin_nested():
            act.do(scene, words)
    except Refused as refused:
        return Outcome(scene.case, refused.lines[0].words)
    return Outcome(scene.case)


def _done(act: Act, done: list[Outcome], plan: list[Outcome]) -> Answer:
    desk().session.commit()
    left = [line for line in plan if line.trouble] + [line for line in done if line.trouble]
    good = len(plan) - len(left)
    said = f"{count(good, 'case', 'cases')} of {len(plan)} {DOES[act.name]}."
    if not left:
        receipt(said)
        return back_to(request.form.get("back"))
    return _page(act, [*left, *(line for line in done if not line.trouble)], said=said)


def _page(act: Act, lines: list[Outcome], wrong: list[Line] | None = None, said: str = "") -> str:
    return render_template(
        "pages/staff_bulk.html",
        act=act,
        plan=lines,
        able=[line for line in lines if not line.trouble],
        does=DOES[act.name],
        said=said,
        lines=wrong or (),
        scene=Scene(desk(), at(), people.actor(), lines[0].case),
        inputs=act.fields,
        values=request.form,
        back=local(request.form.get("back")) or url_for("staff.queue"),
    )


def _file(cases: list[Case]) -> Response:
    """The chosen cases as CSV: instants in UTC, dates as they are."""
    known = {row.case.id: row for row in lists.rows(desk(), cases)}
    made = [written(COLUMNS)]
    for case in cases:
        row = known[case.id]
        deadline = deadlines.of(say(), row.part, row.clock)
        cells = (
            case.reference,
            case.account.name,
            row.part.location.name,
            row.stage.words,
            deadline.instant.isoformat() if deadline.instant else deadline.first,
            row.part.wanted_for,
            row.pips.total,
            case.owner.name if case.owner else "",
            case.received_at.isoformat(),
        )
        made.append(written(harmless(str(each)) for each in cells))
    answer = make_response("".join(made))
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="cases-{say().today}.csv"'
    return answer
