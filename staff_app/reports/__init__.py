"""Reports: dashboards, the cases behind each figure, CSV, what ends when, and ports."""

from flask import Blueprint

from staff_app.reports import behind, dashboard


def register(blueprint: Blueprint) -> None:
    for each in (dashboard, behind):
        each.register(blueprint)
