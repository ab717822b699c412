"""Saved views: the address of a list under a name, for oneself or for the team."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from staff_app import addresses, people
from staff_app.desks import at, desk
from staff_app.people import CASE_WORK
from staff_app.receipts import back_to, receipt
from workflows.records import SavedView

LONGEST = 60


def register(blueprint: Blueprint) -> None:
    people.page(blueprint, "/views", CASE_WORK, _views)
    people.page(blueprint, "/views", CASE_WORK, _save_view, methods=["POST"])
    people.page(blueprint, "/views/<int:thing>/delete", CASE_WORK, _delete_view, methods=["POST"])


def _views() -> str:
    mine = SavedView.user_id == people.me().id
    found = select(SavedView).where(mine | SavedView.is_shared).options(joinedload(SavedView.user))
    views = desk().session.scalars(found.order_by(SavedView.name, SavedView.id)).all()
    return render_template("pages/staff_views.html", views=views, may_delete=_may_delete)


def _save_view() -> Response:
    """The same name again replaces the address under it."""
    name = " ".join(request.form.get("name", "").split())[:LONGEST]
    address = addresses.read(request.form.get("address"), people.me())
    if address is None or not name:
        receipt("Nothing was saved: a view needs a name.")
        return back_to(request.form.get("address"))
    same = select(SavedView).where(SavedView.user_id == people.me().id, SavedView.name == name)
    view = desk().session.scalar(same) or SavedView(user_id=people.me().id, name=name)
    view.address, view.made_at = address.url(), at()
    view.is_shared = request.form.get("shared") == "yes"
    desk().session.add(view)
    desk().session.commit()
    receipt(f"Saved as “{name}”{', for the whole team' if view.is_shared else ''}.")
    return redirect(address.url(), 303)


def _may_delete(view: SavedView) -> bool:
    return view.user_id == people.me().id or (view.is_shared and people.me().is_manager)


def _delete_view(thing: int) -> Response:
    view = desk().session.get(SavedView, thing)
    if view is None or not _may_delete(view):
        abort(404)
    desk().session.delete(view)
    desk().session.commit()
    receipt(f"“{view.name}” is deleted. The cases in it stay as they are.")
    return redirect(url_for("staff.views"), 303)
