"""The reconciler's findings, each with the rows that it is about as they are now. Reads only."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import defer, joinedload, selectinload

from workflows.desk import Desk
from workflows.records import Cancellation, Case, Finding, Letter, Location, Run
from workflows.termination.findings import FindingCode

ROWS = 50
OF_LOCATION = frozenset({"terminated_still_billing", "billed_after_end", "ported_still_billing"})
OF_CANCELLATION = frozenset({"scheduled_without_run", "deferred_without_review"})


@dataclass(frozen=True)
class Evidence:
    """A finding and what it is about. Only what its kind names is there."""

    finding: Finding
    case: Case | None = None
    location: Location | None = None
    part: Cancellation | None = None
    run: Run | None = None
    letter: Letter | None = None


@dataclass(frozen=True)
class FindingPage:
    rows: list[Evidence] = field(default_factory=list)
    next: int | None = None


def page(
    desk: Desk, codes: Iterable[FindingCode] = (), before: int | None = None, most: int = ROWS
) -> FindingPage:
    """The newest first; a fixed number of queries, however many there are."""
    found = select(Finding).order_by(Finding.id.desc()).limit(most + 1)
    if wanted := list(codes):
        found = found.where(Finding.code.in_(wanted))
    if before is not None:
        found = found.where(Finding.id < before)
    findings = list(desk.session.scalars(found))
    shown = findings[:most]
    return FindingPage(_with_evidence(desk, shown), shown[-1].id if len(findings) > most else None)


def _with_evidence(desk: Desk, findings: list[Finding]) -> list[Evidence]:
    cases = _by_id(
        desk,
        select(Case).options(joinedload(Case.account), joinedload(Case.owner)),
        Case.id,
        {each.case_id for each in findings if each.case_id},
    )
    places = select(Location).options(joinedload(Location.account), selectinload(Location.numbers))
    locations = _by_id(desk, places, Location.ref, _subjects(findings, OF_LOCATION))
    part = select(Cancellation).options(joinedload(Cancellation.location))
    parts = _by_id(desk, part, Cancellation.id, _numbers(findings, OF_CANCELLATION))
    run = select(Run).options(joinedload(Run.cancellation).joinedload(Cancellation.location))
    runs = _by_id(desk, run, Run.id, _numbers(findings, {"run_stuck"}))
    letter = select(Letter).options(defer(Letter.text), defer(Letter.html), defer(Letter.facts))
    letters = _by_id(desk, letter, Letter.id, _numbers(findings, {"letter_unsent"}))
    return [
        Evidence(
            finding=each,
            case=cases.get(each.case_id),
            location=locations.get(each.subject) if each.code in OF_LOCATION else None,
            part=parts.get(_number(each)) if each.code in OF_CANCELLATION else None,
            run=runs.get(_number(each)) if each.code == "run_stuck" else None,
            letter=letters.get(_number(each)) if each.code == "letter_unsent" else None,
        )
        for each in findings
    ]


def _by_id(desk: Desk, found: Any, column: Any, wanted: set[Any]) -> dict[Any, Any]:
    if not wanted:
        return {}
    return {getattr(row, column.key): row for row in desk.session.scalars(found.where(column.in_(wanted)))}


def _subjects(findings: list[Finding], codes: Iterable[str]) -> set[str]:
    return {each.subject for each in findings if each.code in codes}


def _numbers(findings: list[Finding], codes: Iterable[str]) -> set[int]:
    return {_number(each) for each in findings if each.code in codes}


def _number(finding: Finding) -> int:
    """The row that a subject such as `17@20270312T000000` names."""
    return int(finding.subject.partition("@")[0])
