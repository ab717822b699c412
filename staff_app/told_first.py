"""Where the carrier told us first: why no save offer is made, for the case and the words of a call."""

from flask import Blueprint, g

from staff_app.desks import desk
from workflows import departures
from workflows.records import Case, PortOrder


def register(blueprint: Blueprint) -> None:
    blueprint.add_app_template_global(told_first)


def told_first(case: Case) -> dict[int, PortOrder]:
    """By location, the port order that was known before the request; looked up once for a page."""
    known: dict[int, dict[int, PortOrder]] = g.setdefault("told_first", {})
    if case.id not in known:
        known[case.id] = departures.told_first(desk(), case)
    return known[case.id]
