"""What holds the house up: who may write a state, that every job does nothing the second time."""

import ast
from pathlib import Path

import pytest

from tests import acts
from tests.conftest import MONDAY, World
from workflows import jobs, states
from workflows.desk import Desk

ROOT = Path(__file__).parent.parent
CODE = [
    path
    for room in ("workflows", "staff_app", "command_line", "sandbox")
    for path in (ROOT / room).rglob("*.py")
]


def _keys(tree: ast.AST) -> list[ast.expr]:
    return [key for key in tree.keys if isinstance(key, ast.Constant)] if isinstance(tree, ast.Dict) else []


def _writes_a_cancellations_state(tree: ast.AST) -> bool:
    """`part.state = …`, `update(Cancellation)…values(state=…)` and `rows.put(…, part, …)`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            targets = [leaf for target in node.targets for leaf in ast.walk(target)]
            names = {ast.unparse(leaf) for leaf in targets if isinstance(leaf, ast.Attribute)}
            if names & {"part.state", "cancellation.state"}:
                return True
        if isinstance(node, ast.Call):
            named = {keyword.arg for keyword in node.keywords}
            if ast.unparse(node.func).startswith("update(Cancellation)") and "state" in named:
                return True
            if ast.unparse(node.func).startswith("rows."):
                given = {ast.unparse(each) for each in node.args}
                named = {ast.literal_eval(key) for each in node.args for key in _keys(each)}
                if given & {"part", "cancellation", "Cancellation"} and "state" in named:
                    return True
    return False


def test_nothing_but_moves_writes_a_cancellations_state() -> None:
    writers = [
        path.name for path in CODE if _writes_a_cancellations_state(ast.parse(path.read_text("utf-8")))
    ]
    assert writers == ["moves.py"]


def test_the_table_of_moves_leaves_no_final_state() -> None:
    assert all(state not in states.FINAL for state, _action in states.MOVES)
    assert {action for _state, action in states.MOVES} == set(states.Action)


def test_workflows_never_ask_the_real_clock() -> None:
    askers = [
        path.name
        for path in (ROOT / "workflows").rglob("*.py")
        if path.name not in ("clock.py",) and "clock.now()" in path.read_text("utf-8")
    ]
    assert askers == []


@pytest.mark.usefixtures("acme")
def test_every_job_does_nothing_the_second_time(desk: Desk, world: World) -> None:
    acts.scheduled(desk, MONDAY, locations=("HQ", "Branch"))
    world.time.pass_(days=12)
    world.work(desk.session)
    before = len(acts.letters(desk)) + len(acts.letters(desk, to_customer=False))
    shift = world.shift(desk.session)
    assert {job.name: jobs.do(shift, job) for job in jobs.JOBS} == {job.name: 0 for job in jobs.JOBS}
    assert len(acts.letters(desk)) + len(acts.letters(desk, to_customer=False)) == before


@pytest.mark.usefixtures("acme")
def test_a_poisoned_row_is_put_off_and_the_others_go_on(
    desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    acts.submit(desk, MONDAY, locations=("HQ",))
    acts.submit(desk, MONDAY, locations=("Branch",))
    real = world.mail.send

    def bad_once(message: object, recipients: list[str]) -> object:
        if "C-1001" in str(message):
            raise ZeroDivisionError
        return real(message, recipients)  # type: ignore[arg-type]

    monkeypatch.setattr(world.mail, "send", bad_once)
    shift = world.shift(desk.session)
    letters = next(job for job in jobs.JOBS if job.name == "letters")
    jobs.do(shift, letters)
    assert len(world.mail.accepted) == 1
    assert [name for name, _row in shift.put_off] == ["letters"]
