"""Reports: dashboards, the cases behind each figure, CSV, what ends when, and ports."""

from flask import Blueprint

from staff_app.reports import ahead, behind, dashboard


def register(blueprint: Blueprint) -> None:
    for each in (dashboard, behind, ahead):
        each.register(blueprint)
