"""Lines of a CSV file: quoted as tables expect, and nothing that a spreadsheet would calculate."""

import pytest

from workflows.reports.csv_lines import harmless, written


def test_cells_are_quoted_where_they_must_be() -> None:
    assert written(["C-1001", 'Vine, "Dental"', 3, ""]) == 'C-1001,"Vine, ""Dental""",3,\r\n'


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum", "\tx", "\rx"])
def test_a_formula_is_written_as_text(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("value", ["", "Vine", -3, None])
def test_all_else_stays_as_it_is(value: object) -> None:
    assert harmless(value) == value
