"""`python -m bench`: measures what must be fast, prints JSON, ends with 1 where a target is missed."""

import json
import sys
from collections.abc import Callable
from typing import Any

from bench import due_times, figures, growth, pages, rehearsals, runs

MEASURES: dict[str, Callable[[], dict[str, Any]]] = {
    "due_times": due_times.measure,
    "rehearsals": rehearsals.measure,
    "queue_page": growth.queue_page,
    "pages": pages.measure,
    "idle_tick": growth.idle_tick,
    "figures_sqlite": figures.on_sqlite,
    "figures_postgres": figures.on_postgres,
    "one_run": runs.runs,
    "three_schedulers": runs.three_schedulers,
}


def main(wanted: list[str]) -> int:
    found = {name: MEASURES[name]() for name in wanted or MEASURES}
    print(json.dumps(found, indent=2))
    return 0 if all(each.get("ok", True) for each in found.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
