"""What only the whole file shows: names that are used are defined before, each name means one thing."""

from collections.abc import Iterable, Iterator

from workflows.rehearsal.accounts import AccountSpec
from workflows.rehearsal.steps import AddNumber, Expect, Move, OnCase, PortStep, Step, Submit
from workflows.rehearsal.values import bare, shown

OF_A_CASE = ("state", "terminate_at", "review_on", "open", "todo", "clock", "clocks")
OF_A_LOCATION = ("state", "terminate_at", "review_on", "todo", "steps", "renewals")


def problems(accounts: list[AccountSpec], steps: list[Step]) -> Iterator[str]:
    """One line per name that is unknown, missing or given twice, and per step out of order."""
    yield from _given_twice(accounts)
    known = Names(accounts)
    for number, step in enumerate(steps, 1):
        earlier = steps[number - 2] if number > 1 else step
        if step.at < earlier.at:
            yield f"step {number}: at: is earlier than step {number - 1}"
        yield from (f"step {number}: {problem}" for problem in known.meet(step))


class Names:
    """The names that are known up to a step."""

    def __init__(self, accounts: list[AccountSpec]) -> None:
        self.accounts = {account.ref for account in accounts}
        self.locations = {location.ref for account in accounts for location in account.location}
        self.cases: dict[str, int] = {}
        """Name of a case -> which case; several names may stand for one."""
        self.keys: dict[str, int] = {}

    def meet(self, step: Step) -> Iterator[str]:
        """The problems of one step; what it defines is known afterwards."""
        if isinstance(step, Submit | PortStep) and step.account not in self.accounts:
            yield f"account: there is no account {shown(step.account)} in this file"
        for key, ref in _locations(step):
            if ref not in self.locations:
                yield f"{key}: there is no location {shown(ref)} in this file"
        if isinstance(step, OnCase | Expect):
            yield from self._case(step)
        if isinstance(step, Expect):
            yield from (self._undefined("queue", name) for name in step.queue or () if name not in self.cases)
        if isinstance(step, Submit) and step.refused is None:
            yield from self._define(step)

    def _case(self, step: OnCase | Expect) -> Iterator[str]:
        cases = len(set(self.cases.values()))
        if step.case is not None:
            if step.case not in self.cases:
                yield self._undefined("case", step.case)
        elif cases > 1 and _is_about_a_case(step):
            yield f"case: is missing: there are {cases} cases by now"
        elif not cases and _is_about_a_case(step):
            yield "case: no submit before this step made a case"

    def _define(self, step: Submit) -> Iterator[str]:
        """The same key is the same case again; a refused request makes none."""
        new = len(set(self.cases.values()))
        case = self.keys.setdefault(step.key, new) if step.key else new
        if self.cases.setdefault(step.as_, case) != case:
            yield f"as: {shown(step.as_)} already names another case"

    @staticmethod
    def _undefined(key: str, name: str) -> str:
        return f"{key}: no submit before this step made a case {shown(name)}"


def _is_about_a_case(step: OnCase | Expect) -> bool:
    return isinstance(step, OnCase) or any(key in step.model_fields_set for key in OF_A_CASE)


def _locations(step: Step) -> Iterator[tuple[str, str]]:
    """Key and ref of each location that must be one of the file. The others are the program's to refuse."""
    if isinstance(step, Move):
        yield "to", step.to
    elif isinstance(step, AddNumber):
        yield "location", step.location
    elif isinstance(step, Expect):
        yield from ((f"{key}.{bare(ref)}", ref) for key in OF_A_LOCATION for ref in getattr(step, key))


def _given_twice(accounts: list[AccountSpec]) -> Iterator[str]:
    locations = [
        (f"account {i}, location {j}", location)
        for i, account in enumerate(accounts, 1)
        for j, location in enumerate(account.location, 1)
    ]
    yield from _repeats("ref", ((f"account {i}", each.ref) for i, each in enumerate(accounts, 1)))
    yield from _repeats("ref", ((place, each.ref) for place, each in locations))
    yield from _repeats("numbers", ((place, number) for place, each in locations for number in each.numbers))


def _repeats(key: str, found: Iterable[tuple[str, str]]) -> Iterator[str]:
    first: dict[str, str] = {}
    for place, name in found:
        if name in first:
            yield f"{place}: {key}: {shown(name)} is given twice, first at {first[name]}"
        first.setdefault(name, place)
