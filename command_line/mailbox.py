"""The demo's mail: a server that keeps every letter as a file, and a page on which to read them."""

import email
import email.policy
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from flask import Flask, Response, abort, make_response, render_template, request
from werkzeug.serving import BaseWSGIServer, make_server

from workflows import clock

NAME = re.compile(r"(\d{8})-(\d{6})-\d+-([a-z0-9_]+)\.eml")
SHOWN = 200
PAGE = "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'"
LETTER = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'self'"


class Keeper:
    """What aiosmtpd hands each letter to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._one_at_a_time = threading.Lock()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - its name
        with self._one_at_a_time:
            keep(self.folder, bytes(envelope.content), clock.now())
        return "250 Kept"


def keep(folder: Path, content: bytes, at: datetime) -> Path:
    """One letter as a file; names sort by time."""
    folder.mkdir(parents=True, exist_ok=True)
    name = str(email.message_from_bytes(content, policy=email.policy.default)["X-Lastcall-Letter"] or "mail")
    number = sum(1 for _each in folder.glob("*.eml")) + 1
    path = folder / f"{at:%Y%m%d-%H%M%S}-{number:05}-{name}.eml"
    path.write_bytes(content)
    return path


@dataclass(frozen=True)
class Kept:
    """One letter as the page lists it."""

    file: str
    at: str
    letter: str
    to: str
    subject: str


def listed(folder: Path, words: str = "") -> list[Kept]:
    """The newest first; those in which `words` stand in recipient, subject or name."""
    found = (_kept(path) for path in sorted(folder.glob("*.eml"), reverse=True))
    wanted = words.lower().split()
    return [
        each for each in found if all(w in f"{each.to} {each.subject} {each.letter}".lower() for w in wanted)
    ][:SHOWN]


def _kept(path: Path) -> Kept:
    parts = NAME.fullmatch(path.name)
    day, clock_time, name = parts.groups() if parts else ("00000000", "000000", "mail")
    at = f"{day[:4]}-{day[4:6]}-{day[6:]} {clock_time[:2]}:{clock_time[2:4]} UTC"
    message = _read(path)
    return Kept(path.name, at, name, _header(message, "To"), _header(message, "Subject"))


def _header(message: EmailMessage, name: str) -> str:
    return " ".join(str(message[name] or "").split())


def _read(path: Path) -> EmailMessage:
    return email.message_from_bytes(path.read_bytes(), policy=email.policy.default)


def _body(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    return str(found.get_content()) if found else ""


def create_app(folder: Path) -> Flask:
    """The page. It only shows; what is in a letter cannot act on it."""
    app = Flask(__name__, static_folder="static", static_url_path="/static")

    def path_of(file: str) -> Path:
        path = folder / file
        if not NAME.fullmatch(file) or not path.is_file():
            abort(404)
        return path

    @app.get("/")
    def index() -> Response:
        words = request.args.get("words", "")
        return _page("mailbox.html", letters=listed(folder, words), words=words)

    @app.get("/<file>")
    def letter(file: str) -> Response:
        path = path_of(file)
        message = _read(path)
        return _page(
            "letter.html",
            kept=_kept(path),
            message=message,
            text=_body(message, "plain"),
            attached=[each.get_filename() for each in message.iter_attachments()],
        )

    @app.get("/<file>/html")
    def html(file: str) -> Response:
        body = _body(_read(path_of(file)), "html")
        answer = make_response(body.replace("<head>", '<head><base target="_blank">', 1))
        answer.headers["Content-Security-Policy"] = LETTER
        return answer

    @app.get("/<file>/source")
    def source(file: str) -> Response:
        answer = make_response(path_of(file).read_bytes())
        answer.headers["Content-Type"] = "message/rfc822"
        answer.headers["Content-Disposition"] = f'attachment; filename="{file}"'
        return answer

    return app


def _page(template: str, **said: Any) -> Response:
    answer = make_response(render_template(f"mailbox/{template}", **said))
    answer.headers["Content-Security-Policy"] = PAGE
    answer.headers["Cache-Control"] = "no-store"
    return answer


@contextmanager
def serving(folder: Path, smtp_port: int, port: int) -> Iterator[BaseWSGIServer]:
    """Both servers, on this machine only."""
    mail = Controller(Keeper(folder), hostname="127.0.0.1", port=smtp_port)
    mail.start()
    page = make_server("127.0.0.1", port, create_app(folder), threaded=True)
    try:
        yield page
    finally:
        page.server_close()
        mail.stop()


def serve(folder: Path, smtp_port: int, port: int) -> None:
    with serving(folder, smtp_port, port) as page:
        page.serve_forever()
