"""Turns a letter's facts into subject, text and HTML. A missing word is an error, never a gap."""

from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from workflows.files import templates
from workflows.letters import wording

LINK = "https://private.link.invalid/"
"""Stands for the reader's private link in stored letters; the outbox puts the real one in."""


@cache
def environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(templates() / "mail"),
        undefined=StrictUndefined,
        autoescape=select_autoescape(("html",)),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    made.filters.update(wording.FILTERS)
    return made


def render(name: str, facts: dict[str, Any]) -> tuple[str, str, str]:
    """(subject, text, HTML) of the letter `name`."""
    made = environment()
    subject, text, html = (
        made.get_template(f"{name}.{part}").render(facts) for part in ("subject.txt", "txt", "html")
    )
    return " ".join(subject.split()), text, html
