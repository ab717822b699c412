"""The staff's pages put together: one blueprint, each page with the roles that it needs."""

from flask import Blueprint, Flask

from staff_app import (
    accounts,
    acts,
    approvals,
    audit,
    bulk,
    cases,
    findings,
    health,
    keys,
    looking,
    new_request,
    previews,
    queue,
    reports,
    rules,
    runs,
    settings,
    steering,
    told_first,
    users,
    views,
)

staff = Blueprint("staff", __name__)
for each in (
    *(queue, views, bulk, looking, new_request, acts, cases, previews, approvals, runs, findings, health),
    *(reports, settings, users, audit, rules, steering, keys, told_first, accounts),
):
    each.register(staff)


def register(app: Flask) -> None:
    app.register_blueprint(staff)
