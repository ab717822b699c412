"""How the desk itself is, for managers and admins. Programs ask /health/ready."""

from flask import Blueprint, render_template

from staff_app import people
from staff_app.desks import at, desk
from staff_app.people import STOPPING
from workflows.reports import health


def register(blueprint: Blueprint) -> None:
    people.page(blueprint, "/admin/health", STOPPING, _health)


def _health() -> str:
    return render_template("pages/staff_health.html", health=health.read(desk(), at()))
