"""Where managers' acts have their place: what was declined, holds, overrides, stop switch, team."""

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import select

from staff_app import people
from staff_app.actions import MANAGER
from staff_app.desks import desk
from staff_app.history_words import names_of
from staff_app.people import STOPPING
from workflows.records import User
from workflows.reports import steering
from workflows.reports.searching import LARGEST


def register(blueprint: Blueprint) -> None:
    people.page(blueprint, "/declined", MANAGER, _declined)
    people.page(blueprint, "/holds", MANAGER, _holds)
    people.page(blueprint, "/stops", STOPPING, _stops)
    people.page(blueprint, "/team", MANAGER, _team)


def _declined() -> str:
    before = request.args.get("before", type=int)
    found, more = steering.declined(desk(), None if before is None else min(before, LARGEST))
    return render_template(
        "pages/staff_declined.html",
        found=found,
        names=names_of(list(desk().session.scalars(select(User)))),
        more=url_for("staff.declined", before=more) if more else None,
        is_later=before is not None,
    )


def _holds() -> str:
    held, legal = steering.holds(desk()), steering.legal_holds(desk())
    return render_template(
        "pages/staff_holds.html",
        holds=held,
        legal=legal,
        cases=steering.held_cases(desk(), [*held, *legal]),
        overrides=steering.overrides(desk()),
    )


def _stops() -> str:
    return render_template("pages/staff_stops.html", stops=steering.stops(desk()))


def _team() -> str:
    return render_template("pages/staff_team.html", members=steering.team(desk()))
