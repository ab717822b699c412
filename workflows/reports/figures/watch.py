"""What managers look after: overrides used, and what the daily check found."""

from sqlalchemy import func, literal

from workflows.records import Cancellation, Finding, Override
from workflows.reports.figures.scope import Scope
from workflows.reports.figures.tables import Figure, Table, Things, crosstab

CODES = {
    "not_contacted": "Nobody was reached",
    "not_authenticated": "Reached, not authenticated",
    "not_authorised": "Not authorised",
    "date_passed": "The date is past",
    "on_hold": "On hold",
}
FINDINGS = {
    "terminated_still_billing": "Ended, renewal still on",
    "billed_after_end": "Billed after the end",
    "ported_still_billing": "All numbers ported, still billed, no case",
    "scheduled_without_run": "Scheduled and not begun",
    "deferred_without_review": "Deferred without a review date",
    "open_without_next": "Open with nothing ahead",
    "letter_unsent": "A letter is stuck",
    "run_stuck": "A run is stuck",
}


def _overridden(scope: Scope) -> Things:
    source = Override.__table__.join(Cancellation.__table__, Override.cancellation_id == Cancellation.id)
    where = [scope.within(Override.at), *scope.of_case(Cancellation.case_id, Cancellation.location_id)]
    return Things(source, Cancellation.case_id, Override.code, literal("n"), where)


def _found(scope: Scope) -> Things:
    filters = scope.of_case(Finding.case_id)
    case_id = func.coalesce(Finding.case_id, 0)
    return Things(Finding, case_id, Finding.code, literal("n"), [scope.within(Finding.at), *filters])


def _table(things: Things, scope: Scope, head: str, words: dict[str, str]) -> Table:
    counts = things.counts(scope)
    found = {code for code, _column in counts}
    ordered = [*(code for code in words if code in found), *sorted(found - set(words))]
    return crosstab(head, [(code, words.get(code, code)) for code in ordered], (("n", "Times"),), counts)


OVERRIDES = Figure(
    "overrides",
    "Overrides used",
    "override",
    "Lines of the list of conditions that a manager set aside in the period, each with a reason.",
    lambda scope: _table(_overridden(scope), scope, "Condition", CODES),
    lambda scope, row, column: _overridden(scope).cases(row, column),
)
FOUND = Figure(
    "findings",
    "What the daily check found",
    "finding",
    "Findings of the daily comparison of platform and desk in the period. Some belong to no case.",
    lambda scope: _table(_found(scope), scope, "Finding", FINDINGS),
    lambda scope, row, column: _found(scope).cases(row, column),
)
