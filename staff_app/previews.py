"""The letter of an act before the act, for a frame in which nothing runs: exactly as it would be sent."""

from flask import Blueprint, abort, make_response, render_template, request
from werkzeug.wrappers import Response

from staff_app import actions, fields, people, scenes
from staff_app.cases import SANDBOX
from staff_app.people import CASE_WORK
from workflows import previews
from workflows.errors import Line, Refused
from workflows.letters.rendering import LINK
from workflows.previews import Preview


def register(blueprint: Blueprint) -> None:
    view = people.guarded(_preview, CASE_WORK)
    for rule in ("/cases/<reference>/preview/<name>", "/cases/<reference>/preview/<name>/<int:thing>"):
        blueprint.add_url_rule(rule, "preview", view, methods=["GET", "POST"])


def _preview(reference: str, name: str, thing: int | None = None) -> Response:
    """A GET shows it with what the form begins with, a POST with what was typed. Nothing is kept."""
    act = actions.BY_NAME.get(name)
    if act is None or act.preview is None:
        abort(404)
    scene = scenes.of_thing(act.about, reference, thing)
    given = request.form if request.method == "POST" else request.args
    words, _missing = fields.read(act.fields, given, scene)
    do = act.preview
    found, lines = _try(scene, lambda: do(scene, words)) if act.is_possible(scene) else (None, ())
    html = found.html.replace(LINK, "#") if found else ""
    answer = make_response(render_template("pages/letter_preview.html", letter=found, html=html, lines=lines))
    answer.headers["Content-Security-Policy"] = SANDBOX
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer


def _try(scene: scenes.Scene, act: previews.Act) -> tuple[Preview | None, tuple[Line, ...]]:
    try:
        return previews.of(scene.desk, scene.case, act), ()
    except Refused as refused:
        return None, refused.lines
