"""Serves the sandbox on this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from werkzeug.serving import BaseWSGIServer, make_server

from sandbox.keeping import load
from sandbox.service import create_app
from workflows.adapters.sandbox import Books


@contextmanager
def serving(app: object, host: str = "127.0.0.1", port: int = 0) -> Iterator[BaseWSGIServer]:
    """A listening server, closed at the end; port 0 takes a free one (`server.port`)."""
    server = make_server(host, port, app, threaded=True)  # type: ignore[arg-type]
    server.daemon_threads = True  # type: ignore[attr-defined]
    try:
        yield server
    finally:
        server.server_close()


def serve(
    *,
    token: str,
    webhook_url: str,
    webhook_secret: str,
    host: str = "127.0.0.1",
    port: int = 8090,
    path: Path | None = None,
    books: Books | None = None,
) -> None:
    """Serves until it is interrupted. Books kept at `path` win over `books`, with which a new file begins.

    Raises BooksError where the file cannot be read."""
    kept = load(path) if path else None
    app = create_app(
        kept or books or Books(),
        token=token,
        webhook_url=webhook_url,
        webhook_secret=webhook_secret,
        path=path,
    )
    with serving(app, host, port) as server:
        server.serve_forever()
