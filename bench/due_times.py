"""How many due times are computed in a second, over two years of receipts and all readings."""

from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

from workflows.business_days import READINGS
from workflows.config import Settings

COUNT = 60_000
TARGET = 20_000


def measure() -> dict[str, Any]:
    calendar = Settings().calendar
    first = datetime(2027, 1, 1, tzinfo=UTC)
    received = [first + timedelta(minutes=17 * each) for each in range(COUNT // len(READINGS))]
    began = perf_counter()
    for reading in READINGS:
        for at in received:
            calendar.due(at, 2, reading)
    per_second = COUNT / (perf_counter() - began)
    return {"per_second": round(per_second), "target": TARGET, "ok": per_second >= TARGET}
