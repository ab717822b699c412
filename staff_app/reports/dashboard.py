"""The SLA dashboard, the workload, the reasons and the definitions."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from flask import Blueprint
from werkzeug.wrappers import Response

from staff_app.desks import desk
from staff_app.frame import say
from staff_app.reports import asking, pages
from staff_app.reports.shown import Shown, show
from workflows.reports.figures import (
    backlog,
    book,
    endings,
    forecast,
    headlines,
    people,
    promises,
    requests,
    tables,
    watch,
)
from workflows.reports.figures.scope import Scope
from workflows.reports.figures.tables import Figure, Table

HOUR = 3600
A_MONTH = 30


def register(blueprint: Blueprint) -> None:
    pages.page(blueprint, "/reports/sla", _sla)
    pages.page(blueprint, "/reports/workload", _workload)
    pages.page(blueprint, "/reports/reasons", _reasons)
    pages.page(blueprint, "/reports/definitions", _definitions)


def _sla() -> Response:
    scope = asking.scope()
    shown_arrivals = _with(requests.ARRIVALS, scope, headlines.arrivals)
    return pages.render(
        "report_sla.html",
        scope,
        promise=_promise(),
        live=show(promises.LIVE, scope),
        live_words={name: words for name, _title, words in promises.NOW},
        promises=_promises(scope),
        waits=_waits(scope),
        backlog=_with(backlog.BACKLOG, scope, headlines.backlog),
        deferrals=_deferrals(scope),
        endings=_endings(scope),
        reasons=_with(requests.REASONS, scope, headlines.reasons),
        workload=_with(people.WORKLOAD, scope, headlines.workload),
        arrivals=shown_arrivals,
        shades=requests.heat(shown_arrivals.table),
        leaks=_leaks(scope),
        overrides=show(watch.OVERRIDES, scope),
        findings=show(watch.FOUND, scope),
        follow_ups=show(promises.FOLLOW_UPS, scope),
    )


def _workload() -> Response:
    scope = asking.scope()
    return pages.render(
        "report_workload.html",
        scope,
        workload=_with(people.WORKLOAD, scope, headlines.workload),
        forecast=_with(forecast.FORECAST, scope, headlines.forecast),
        throughput=show(people.THROUGHPUT, scope),
        reach=show(people.REACH, scope),
    )


def _reasons() -> Response:
    scope = asking.scope()
    return pages.render(
        "report_reasons.html",
        scope,
        reasons=_with(requests.REASONS, scope, headlines.reasons),
        kept=_kept(scope),
    )


def _definitions() -> Response:
    scope = asking.scope()
    return pages.render("report_definitions.html", scope, figures=book.ALL, promise=_promise())


def _with(figure: Figure, scope: Scope, say_it: Callable[[Table, str], str]) -> Shown:
    shown = show(figure, scope)
    return Shown(figure, shown.table, say_it(shown.table, figure.title), scope)


def _promises(scope: Scope) -> Shown:
    target = desk().settings.sla.target_percent
    return _with(
        promises.KEPT, scope, lambda table, title: headlines.first_contact_kept(table, target, title)
    )


def _waits(scope: Scope) -> Shown:
    """Nobody is promised more than one business day beyond the promised ones, however it is read."""
    days = desk().settings.sla.first_contact_days + 1
    longest = desk().calendar.working_time(days).total_seconds() / HOUR
    return _with(promises.WAITED, scope, lambda table, title: headlines.waits(table, longest, title))


def _deferrals(scope: Scope) -> Shown:
    over = backlog.over(scope, A_MONTH)
    return _with(backlog.DEFERRALS, scope, lambda table, title: headlines.deferrals(table, over, title))


def _leaks(scope: Scope) -> Shown:
    many, monthly = backlog.leak_totals(scope)
    words = say().money(monthly)
    return _with(backlog.LEAKS, scope, lambda _table, title: headlines.leaks(many, words, title))


def _kept(scope: Scope) -> Shown:
    return _with(endings.KEPT, scope, headlines.kept)


def _endings(scope: Scope) -> dict[str, Any]:
    """What stands on one card: on the date, stopped, lost, kept."""
    kept = _kept(scope)
    return {
        "on_the_date": _with(endings.ENDINGS, scope, headlines.on_the_date),
        "stopped": show(endings.STOPPED, scope),
        "lost": show(endings.NUMBERS_LOST, scope),
        "kept": kept,
        "kept_words": _kept_words(kept.table),
    }


def _kept_words(table: Table) -> dict[str, str]:
    withdrawn, whole = endings.kept_share(table)
    share = tables.share(withdrawn, whole).words
    monthly = say().money(Decimal(table.value("withdrawn", "monthly")))
    return {"share": share, "counts": f"{withdrawn:,} of {whole:,} withdrew", "monthly": monthly}


def _promise() -> str:
    """What is promised, in words."""
    sla = desk().settings.sla
    days = say().count(sla.first_contact_days, "business day", "business days")
    return f"First contact within {days}, {sla.target_percent}% of the time"
