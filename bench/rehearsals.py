"""How many steps of rehearsals are played in a second of processor time."""

import time
from pathlib import Path
from typing import Any

from workflows.rehearsal.language import Rehearsal
from workflows.rehearsal.theatre import play_all, read_all

FILES = sorted((Path(__file__).parents[1] / "tests" / "rehearsals").rglob("*.toml"))


def measure(rounds: int = 2) -> dict[str, Any]:
    """Steps per second over the whole set, the best of some rounds, and what is slowest in it."""
    rehearsals = read_all(FILES)
    best = min((_round(rehearsals) for _ in range(rounds)), key=lambda taken: sum(taken.values()))
    steps, seconds = sum(len(each.steps) for each in rehearsals), sum(best.values())
    slowest = max(best, key=lambda name: best[name])
    return {
        "files": len(rehearsals),
        "steps": steps,
        "seconds": round(seconds, 3),
        "steps_per_second": round(steps / seconds, 1),
        "slowest": {"file": Path(slowest).name, "seconds": round(best[slowest], 3)},
    }


def _round(rehearsals: list[Rehearsal]) -> dict[str, float]:
    """Processor seconds by file."""
    taken: dict[str, float] = {}
    before = time.process_time()
    for report in play_all(rehearsals):
        assert report.ok, report.failures
        taken[report.file] = time.process_time() - before
        before = time.process_time()
    return taken


if __name__ == "__main__":
    print(measure())
