"""A calendar or a policy tried on rehearsals: the same file plays by other rules."""

from pathlib import Path

import pytest

from workflows.rehearsal import printing, trying

FILE = Path(__file__).parents[2] / "rehearsals" / "02-friday-before-holiday.toml"


def _played(tmp_path: Path, *, calendar: str = "", policy: str = "") -> tuple[int, list[str]]:
    said: list[str] = []
    files = {}
    for name, text in (("calendar", calendar), ("policy", policy)):
        if text:
            files[name] = tmp_path / f"{name}.toml"
            files[name].write_text(text, "utf-8")

    def echo(message: str, *, err: bool = False) -> None:
        said.append(message)

    return printing.main([FILE], False, None, echo, files.get("calendar"), files.get("policy")), said


def test_without_a_change_it_holds(tmp_path: Path) -> None:
    assert _played(tmp_path)[0] == 0


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("calendar", '[office]\nholidays = ""\n'),
        ("policy", "[sla]\nfirst_contact_days = 5\n"),
        ("policy", '"sla.first_contact_days" = 5\n'),
    ],
)
def test_other_rules_move_what_is_due(tmp_path: Path, given: str, text: str) -> None:
    code, said = _played(tmp_path, **{given: text})
    assert code == 1
    assert any(line.startswith("FAILED") and "due" in line for line in said)


def test_only_the_keys_that_are_given_are_tried(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text("[termination]\nper_hour = 3\n[provider]\nname = 'Other'\n", "utf-8")
    from workflows.config import Settings, policy

    mine = policy.over(Settings(), {"sla.first_contact_days": 9})
    tried = trying.change(None, file)(mine)
    assert (tried.sla.first_contact_days, tried.termination.per_hour) == (9, 3)
    assert tried.provider == mine.provider


def test_a_wrong_file_is_named(tmp_path: Path) -> None:
    code, said = _played(tmp_path, policy="[sla]\nspeed = 3\n")
    assert code == 2
    assert "policy.toml, line 2: sla.speed: there is no such setting" in said[0]
