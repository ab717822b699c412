"""What waits for a second approval. To approve is an act of the case: this page leads there."""

from flask import Blueprint, render_template, request, url_for

from staff_app import people
from staff_app.actions import MANAGER
from staff_app.desks import desk
from workflows.reports import approvals


def register(blueprint: Blueprint) -> None:
    people.page(blueprint, "/approvals", MANAGER, _approvals)


def _approvals() -> str:
    after = approvals.read_key(request.args.get("after", ""))
    page = approvals.page(desk(), after)
    more = url_for("staff.approvals", after=approvals.write_key(page.next)) if page.next else ""
    limit = desk().settings.termination.second_approval
    return render_template(
        "pages/staff_approvals.html", page=page, more=more, is_later=after is not None, limit=limit
    )
