"""What all report pages share: filters, the charts' one style, and the page for what cannot be asked."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response

from staff_app import people
from staff_app.frame import say
from staff_app.people import CASE_WORK
from staff_app.reports import asking
from staff_app.security import HEADERS
from workflows.reports.figures import places
from workflows.reports.figures.scope import NO_REASON, Impossible, Scope

PLOT_STYLE = "'sha256-+TfQir1nvDucAdvE6XUQBt4ayUjpAWkbw2kCdSfekHM='"
"""The hash of the one <style> that Observable Plot inserts under the class name that charts.js gives."""
WITH_CHARTS = HEADERS["Content-Security-Policy"].replace("style-src 'self'", f"style-src 'self' {PLOT_STYLE}")
View = Callable[..., Any]


def page(blueprint: Blueprint, rule: str, view: View, **options: Any) -> None:
    """A report for those who do case work; what cannot be asked gets a sentence and a way back."""

    def asked(**values: Any) -> Any:
        try:
            return view(**values)
        except Impossible as wrong:
            words = {"why": str(wrong), "back": request.path}
            return make_response(render_template("pages/report_impossible.html", **words), 400)

    name = view.__name__.removeprefix("_")
    people.page(blueprint, rule, CASE_WORK, asked, endpoint=f"report_{name}", **options)


def render(template: str, scope: Scope, **values: Any) -> Response:
    """A report with its filters, in a page on which charts may be drawn."""
    answer = make_response(
        render_template(
            f"pages/{template}",
            scope=scope,
            periods=asking.PERIODS,
            chosen_period=request.args.get("period", "" if "from" in request.args else asking.USUAL),
            filters=_filters(),
            is_filtered=any(scope.asked.get(each) for each in asking.FILTERS),
            address=asking.address,
            as_of=f"{say().local(scope.at):%a %-d %b %Y, %H:%M} {say().zone_words(scope.at)}",
            **values,
        )
    )
    answer.headers["Content-Security-Policy"] = WITH_CHARTS
    return answer


def _filters() -> list[tuple[str, str, list[tuple[str, str]]]]:
    """(name, words, choices) of each filter."""
    owners = [(str(each.id), each.name) for each in asking.staff()]
    if len(owners) > 1:
        owners.insert(0, ("none", "No owner"))
    reasons = [(each, "No reason named" if each == NO_REASON else each) for each in asking.reasons()]
    countries = [(each, COUNTRIES.get(each, each)) for each in places.countries(say().desk)]
    return [("owner", "Owner", owners), ("country", "Country", countries), ("reason", "Reason", reasons)]


COUNTRIES = {"US": "United States", "CA": "Canada", "MX": "Mexico", "GB": "United Kingdom"}
