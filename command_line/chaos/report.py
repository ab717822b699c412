"""What a trial tells: as text for people, as JSON for programs."""

import json
from collections import Counter
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from command_line.chaos.director import Storm
from command_line.chaos.proof import Law
from command_line.chaos.racing import Race
from workflows.records import Cancellation, Letter

SHOWN = 5
"""Cases of a broken law that the text lists."""


def facts(storm: Storm, proven: list[Law]) -> dict[str, Any]:
    size = storm.size
    return {
        "passed": not any(law.broken for law in proven),
        "seed": size.seed,
        "asked": {"terminations": size.terminations, "kills": size.kills, "faults": size.faults},
        "database": make_url(storm.ground.database_url).get_backend_name(),
        "settled_after": storm.settled_after and round(storm.settled_after, 1),
        "ended": _counted(storm, Cancellation.state),
        "letters": _counted(storm, Letter.state),
        "struck": {**storm.fleet.kills, "database": storm.thrown_over},
        "platform": dict(sorted(storm.weather.seen.items())),
        "answers": dict(sorted(Counter(call.answer for call in storm.books.calls).items())),
        "mail": dict(sorted(storm.mail.seen.items())),
        "pages": storm.desk_seen["pages"],
        "acts": storm.desk_seen["acts"],
        "seconds_from_stop_to_stillness": [round(each, 2) for each in storm.stills],
        "laws": [{"law": law.words, "broken": law.broken} for law in proven],
    }


def add_races(known: dict[str, Any], races: list[Race]) -> None:
    """They come last, when nothing else runs on the database."""
    broken = [each.trouble for each in races if each.trouble]
    known["races"] = dict(Counter(each.state.value for each in races))
    known["laws"].append({"law": "of withdrawal and begin one wins, and both are told", "broken": broken})
    known["passed"] = known["passed"] and not broken


def _counted(storm: Storm, column: Any) -> dict[str, int]:
    with Session(storm.engine) as session:
        rows = session.execute(select(column, func.count()).group_by(column).order_by(column))
        return {str(name): int(count) for name, count in rows}


def as_json(known: dict[str, Any]) -> str:
    return json.dumps(known, indent=2) + "\n"


def as_text(known: dict[str, Any]) -> str:
    lines = [
        f"{known['asked']['terminations']} terminations on {known['database']}, seed {known['seed']},"
        f" {known['seconds']} s",
        *(f"  {name:10} {_listed(known[name])}" for name in ("ended", "letters", "struck", "platform")),
        *(f"  {name:10} {_listed(known[name])}" for name in ("answers", "mail", "pages", "acts", "races")),
        f"  still after a stop: {known['seconds_from_stop_to_stillness'] or 'not measured'} s",
    ]
    for law in known["laws"]:
        lines.append(f"{'FAILS' if law['broken'] else 'ok   '} {law['law']}")
        lines += [f"        {each}" for each in law["broken"][:SHOWN]]
        lines += [f"        … {len(law['broken']) - SHOWN} more"] if len(law["broken"]) > SHOWN else []
    return "\n".join(lines)


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items()) or "none"
