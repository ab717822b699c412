"""The one seam of time: ordinary, and fast for trials, where leases still last for seconds of the world."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from workflows import clock
from workflows.config import ConfigError, Secrets
from workflows.house import open_house

START = datetime(2027, 3, 1, 16, 0, tzinfo=UTC)


def test_ordinary_time_is_the_worlds() -> None:
    assert clock.read("").of(START) == START
    assert clock.lasting(60) == timedelta(seconds=60)


def test_fast_time_begins_at_its_start() -> None:
    pace = clock.read("2027-03-01T16:00:00Z,600")
    assert pace.of(START - timedelta(hours=1)) == START - timedelta(hours=1)
    assert pace.of(START + timedelta(seconds=3)) == START + timedelta(minutes=30)


def test_what_lasts_in_the_world_is_longer_at_the_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(clock.VARIABLE, "2027-03-01T16:00:00Z,600")
    assert clock.lasting(6) == timedelta(hours=1)
    pace = clock.pace()
    leased = pace.of(START) + clock.lasting(6)
    assert pace.of(START + timedelta(seconds=5)) < leased == pace.of(START + timedelta(seconds=6))


@pytest.mark.parametrize("words", ["fast", "2027-03-01T16:00:00Z", "2027-03-01T16:00:00Z,0", ",600"])
def test_nonsense_is_refused_in_words(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(clock.VARIABLE, words)
    with pytest.raises(ConfigError, match="is no start and rate"):
        open_house(None, Secrets(smtp_tls="none"))


def test_a_real_platform_is_never_met_in_fast_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(clock.VARIABLE, "2027-03-01T16:00:00Z,600")
    with pytest.raises(ConfigError, match="sandbox on this machine"):
        open_house(None, Secrets(smtp_tls="none", platform_url="https://platform.example"))
    assert open_house(None, Secrets(smtp_tls="none")).platform.timeout == 10


@pytest.mark.parametrize(("name", "value"), [("platform_timeout", "soon"), ("smtp_timeout", "0")])
def test_timeouts_are_seconds(name: str, value: str) -> None:
    assert clock.VARIABLE not in os.environ
    with pytest.raises(ConfigError, match="is no number of seconds"):
        open_house(None, Secrets(smtp_tls="none", **{name: value}))
