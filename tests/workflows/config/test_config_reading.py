"""A wrong file stops the program with the file, the line, the key and the reason in words."""

from pathlib import Path

import pytest

from workflows import config
from workflows.config import ConfigError, Settings


def read(tmp_path: Path, text: str) -> Settings:
    file = tmp_path / "own.toml"
    file.write_text(text, "utf-8")
    return config.load(file)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[slaa]", "slaa: there is no such setting"),
        ("[sla]\nfirst_day = 2", "line 2: sla.first_day: there is no such setting"),
        ("[sla]\nfirst_contact_days = 0", "sla.first_contact_days: must be 1 or more"),
        ("[sla]\nfirst_contact_days = 99", "sla.first_contact_days: must be 60 or less"),
        ('[sla]\nfirst_contact_days = "2"', "sla.first_contact_days: needs a whole number"),
        ("[sla]\nfirst_contact_days = 2.5", "sla.first_contact_days: needs a whole number"),
        ('[sla]\nreading = "fast"', "sla.reading: must be 'end_of_day', 'same_time' or 'working_hours'"),
        ("[termination]\nweekends = 1", "termination.weekends: needs true or false"),
        ('[termination]\nrun_at = "6 pm"', 'termination.run_at: a time is written "18:00"'),
        ('[termination]\nrun_at = "25:00"', "termination.run_at: hour must be in 0..23"),
        ("[termination]\nrun_at = 18", 'termination.run_at: needs a time, such as "18:00"'),
        ('[termination.second_approval]\nmonthly = "abc"', 'monthly: an amount is written "1000.00"'),
        ("[termination.second_approval]\nmonthly = []", 'monthly: an amount is written "1000.00"'),
        ("[termination.second_approval]\nmonthly = nan", "monthly: needs a finite amount"),
        ("[termination.second_approval]\nmonthly = -1", "monthly: must be 0 or more"),
        ("office = 3", "line 1: office: needs a table of settings"),
        ("[office]\nextra_holidays = [[2027-01-01]]", "extra_holidays: days are written as a list of dates"),
        ("[office]\nextra_holidays = 2027-01-01", "extra_holidays: needs a list"),
        ('[office]\nextra_holidays = ["soon"]', "needs a date, such as 2027-12-24"),
        ('[office]\ntime_zone = "Mars"', 'office.time_zone: "Mars" is no time zone'),
        ("[office]\ntime_zone = 5", "office.time_zone: needs text"),
        ('[office]\nholidays = "Atlantis"', "office: "),
        ("[office]\nhours = { mon = [] }", "office: the office needs opening hours"),
        ("[office]\nhours = 9", "office.hours: needs a list"),
        ('[provider]\ncurrency = "dollars"', "provider.currency: is not written as it should be"),
        ('[web]\npublic_url = "desk.example"', "web.public_url: a web address starts with"),
        ("[request]\nreasons = 3", "request.reasons: needs a list"),
    ],
)
def test_a_wrong_setting_is_told_in_words(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as told:
        read(tmp_path, text)
    assert said in str(told.value)
    assert "own.toml" in str(told.value)
    for jargon in ("Input", "instance", "dictionary", "pydantic", "type="):
        assert jargon not in str(told.value)


@pytest.mark.parametrize(
    "text",
    [
        'sla = 3\n"sla.reading" = "same_time"',
        '"sla.reading" = "same_time"\nsla = 3',
        '"sla.reading" = "same_time"\n[sla]\nreading = "end_of_day"',
    ],
)
def test_a_key_given_twice_is_an_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match=r"sla(\.reading)?: is given twice"):
        read(tmp_path, text)


def test_dotted_and_nested_keys_meet(tmp_path: Path) -> None:
    text = '"termination.second_approval.numbers" = 3\n[termination.second_approval]\nmonthly = 5.5'
    termination = read(tmp_path, text).termination
    assert (termination.second_approval.numbers, str(termination.second_approval.monthly)) == (3, "5.5")


def test_several_problems_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as told:
        read(tmp_path, "[sla]\nfirst_contact_days = 0\nfollow_up_days = 0")
    assert len(str(told.value).splitlines()) == 2


def test_what_is_no_toml_or_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"own\.toml: is no TOML"):
        read(tmp_path, "sla =")
    with pytest.raises(ConfigError, match="cannot be read"):
        config.load(tmp_path / "missing.toml")


def test_without_a_file_the_defaults_hold() -> None:
    assert config.load(None) == Settings()
