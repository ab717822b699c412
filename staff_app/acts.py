"""The one view behind every act of staff: load, allow, do, commit, say so."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from staff_app import actions, addresses, fields, kept, people, scenes
from staff_app.actions import Act
from staff_app.frame import say
from staff_app.going import going
from staff_app.history_words import Told, names_of, told
from staff_app.receipts import back_to, local, receipt
from staff_app.scenes import Scene
from workflows import team
from workflows.actors import SYSTEM
from workflows.errors import Line, Overtaken, Refused
from workflows.records import Event, User
from workflows.states import Role

Answer = str | Response | tuple[str, int]
OF_CASE = ("case", "part", "contact", "letter", "file")


def act_on(act: Act, reference: str = "", thing: int | None = None) -> Answer:
    scene = _scene(act, reference, thing)
    if request.method == "GET":
        return _form(act, scene, fields.asked_for(act.fields, request.args, scene))
    if kept.is_wanted_back():
        return _form(act, scene, fields.typed(act.fields, request.form))
    if act.about in OF_CASE and not act.only_looks and request.form.get("version") != str(scene.case.version):
        return _conflict(act, scene)
    words, lines = fields.read(act.fields, request.form, scene)
    if lines:
        return _refused(act, scene, lines)
    return _do(act, scene, words)


def _scene(act: Act, reference: str, thing: int | None) -> Scene:
    if act.about in OF_CASE:
        return scenes.of_thing(act.about, reference, thing)
    return scenes.of_user(thing) if act.about == "user" else scenes.empty()


def _do(act: Act, scene: Scene, words: fields.Words) -> Answer:
    owner_before = scene.about_case.owner_id if scene.about_case else None
    try:
        said = act.do(scene, words)
    except Overtaken:
        scene.desk.session.rollback()
        return _conflict(act, scene)
    except Refused as refused:
        scene.desk.session.commit()
        return _refused(act, scene, refused.lines)
    scene.desk.session.commit()
    receipt(said, _undo(act, scene, owner_before))
    return _onward(scene)


def _onward(scene: Scene) -> Response:
    if addresses.read(request.args.get("back"), people.me()) is not None:
        return back_to(request.args.get("back"))
    if scene.about_case is not None:
        own = url_for("staff.case", reference=scene.case.reference)
        return redirect(local(request.form.get("back")) or own, 303)
    return back_to(request.form.get("back"))


def _undo(act: Act, scene: Scene, owner_before: int | None) -> dict[str, Any] | None:
    """Only giving a case to somebody can be undone; all else is reversed by another act."""
    if act.name not in ("take", "assign"):
        return None
    hidden = {"to": owner_before or "", "version": scene.case.version, "seen": scenes.last_event(scene)}
    return {"url": url_for("staff.act_assign", reference=scene.case.reference), "hidden": hidden}


def _refused(act: Act, scene: Scene, lines: Sequence[Line]) -> Answer:
    """The form again with every reason and what was typed; without a page of its own, where it came from."""
    return _form(act, scene, fields.typed(act.fields, request.form), lines=lines), 422


def _conflict(act: Act, scene: Scene) -> Answer:
    """Somebody was faster: what they did, what was typed, and the choice to send it again."""
    seen = request.form.get("seen", "")
    happened = scenes.since(scene, int(seen)) if seen.isdigit() and scene.about_case else []
    return _form(act, scene, fields.typed(act.fields, request.form), happened=happened, is_stale=True), 409


def _form(
    act: Act,
    scene: Scene,
    values: dict[str, Any],
    *,
    lines: Sequence[Line] = (),
    happened: Sequence[Event] = (),
    is_stale: bool = False,
) -> str:
    bare = request.method == "GET" and request.headers.get("HX-Request") == "true"
    return render_template(
        "parts/act_dialog.html" if bare else "pages/staff_act.html",
        words=say(),
        act=act,
        scene=scene,
        inputs=fields.shown(act.fields, scene),
        values=values,
        lines=lines,
        happened=_told(scene, happened),
        typed_words=fields.told,
        by_me={each.actor for each in happened} - {SYSTEM.name} == {scene.by.name},
        preview_url=_preview_url(act, scene),
        is_stale=is_stale,
        is_possible=act.is_possible(scene),
        will=_will(act, scene),
        seen=scenes.last_event(scene) if scene.about_case else 0,
        back=_back(scene),
        goes=going(scene, say()) if act.shows == "goes" else None,
        owned=team.owned_by(scene.desk, scene.user) if act.shows == "reassign" else (),
    )


def _preview_url(act: Act, scene: Scene) -> str:
    """Where the letter of an act can be read before; empty where it writes none."""
    if act.preview is None or not act.is_possible(scene):
        return ""
    thing = scene.part.id if scene.about_part else None
    return url_for("staff.preview", reference=scene.case.reference, name=act.name, thing=thing)


def _told(scene: Scene, happened: Sequence[Event]) -> list[Told]:
    names = names_of(list(scene.desk.session.scalars(select(User)))) if happened else {}
    return [told(say(), event, names) for event in happened]


def _will(act: Act, scene: Scene) -> str:
    case = scene.about_case
    if case is None:
        return act.will.format(person=scene.user.name) if scene.about_user else act.will
    known = case.account.person(case.requester)
    customer = known.name if known and known.name else "the customer"
    place = scene.part.location.name if scene.about_part else ""
    will = act.will.format(location=place, customer=customer, reference=case.reference)
    return will[0].upper() + will[1:]


def _back(scene: Scene) -> str:
    if addresses.read(request.args.get("back"), people.me()) is not None:
        return request.args["back"]
    if scene.about_case is not None:
        return url_for("staff.case", reference=scene.case.reference)
    if scene.about_user is not None and people.me().role == Role.admin:
        return url_for("staff.user", thing=scene.user.id)
    return local(request.values.get("back")) or url_for("staff.home")


def rules(act: Act) -> list[str]:
    """The addresses of an act."""
    path = act.name.replace("_", "-")
    match act.about:
        case "case":
            return [f"/cases/<reference>/{path}"]
        case "part":
            return [f"/cases/<reference>/{path}", f"/cases/<reference>/{path}/<int:thing>"]
        case "contact" | "letter" | "file":
            return [f"/cases/<reference>/{path}/<int:thing>"]
        case "user":
            return [f"/users/<int:thing>/{path}"]
        case _:
            return [f"/desk/{path}"]


def register(blueprint: Blueprint) -> None:
    """A route for each row of the table, all to one view."""
    for act in actions.ACTS:
        view = people.guarded(_view(act), act.roles)
        for rule in rules(act):
            blueprint.add_url_rule(rule, f"act_{act.name}", view, methods=["GET", "POST"])


def _view(act: Act) -> people.View:
    def view(reference: str = "", thing: int | None = None) -> Answer:
        return act_on(act, reference, thing)

    view.__name__ = f"act_{act.name}"
    return view
