"""What pages weigh and cost: sizes over the wire, queries, and the queue's time beside a bare page's.

The bare page is Flask with one indexed query and fifty plain rows: what no page can be quicker than."""

import gzip
from contextlib import ExitStack
from typing import Any

from flask import Flask, render_template_string
from sqlalchemy import Engine, text

from bench import growth
from bench.seed import NOW
from staff_app import frame
from workflows import clock

SIZES = {"queue": 15_000, "css": 12_000, "scripts": 30_000}
"""Bytes after gzip, at most."""
QUERIES = 8
TIMES_A_BARE_PAGE = 5.0
ROWS = "<table>{% for row in rows %}<tr><td>{{ row.id }}<td>{{ row.requester }}</tr>{% endfor %}</table>"
QUERY = text(
    'SELECT id, requester, queue_at FROM "case" WHERE owner_id = 1 AND closed_at IS NULL '
    "ORDER BY queue_group, queue_at, id LIMIT 50"
)


def measure() -> dict[str, Any]:
    """The queue at 1,000 and at 100,000 open cases, the bare page at 100,000, in turn."""
    real, clock.now = clock.now, lambda: NOW
    try:
        with ExitStack() as stack:
            small, large = (stack.enter_context(growth.queue(cases)) for cases in (1_000, 100_000))
            bare = _bare(large.engine)
            grown = growth.compared(small.get, large.get)
            beside = growth.compared(bare, large.get)
            sizes = {"queue": _gzip(large.page()), **_files()}
            queries = large.queries()
    finally:
        clock.now = real
    times = beside["ratio"]
    return {
        "bytes": {name: [size, SIZES[name]] for name, size in sizes.items()},
        "queries": [queries, QUERIES],
        "grows": [grown["ratio"], growth.MOST],
        "ms": grown["ms"],
        "times_a_bare_page": [times, TIMES_A_BARE_PAGE],
        "ok": all(size <= SIZES[name] for name, size in sizes.items())
        and queries <= QUERIES
        and grown["ok"]
        and times <= TIMES_A_BARE_PAGE,
    }


def _bare(engine: Engine) -> Any:
    app = Flask("bare")

    @app.get("/")
    def page() -> str:
        with engine.connect() as connection:
            return render_template_string(ROWS, rows=connection.execute(QUERY).all())

    client = app.test_client()
    return lambda: client.get("/")


def _files() -> dict[str, int]:
    scripts = (frame.STATIC / "app.js", frame.STATIC / "vendor" / "htmx.min.js")
    css = _gzip((frame.STATIC / "app.css").read_bytes())
    return {"css": css, "scripts": sum(_gzip(each.read_bytes()) for each in scripts)}


def _gzip(content: bytes) -> int:
    return len(gzip.compress(content))
