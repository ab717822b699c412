"""Turns a letter's facts into subject, text and HTML. A missing word is an error, never a gap."""

from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape

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
        auto_reload=False,
    )
    made.filters.update(wording.FILTERS)
    return made


@cache
def _templates(name: str) -> tuple[Template, Template, Template]:
    find = environment().get_template
    return find(f"{name}.subject.txt"), find(f"{name}.txt"), find(f"{name}.html")


def render(name: str, facts: dict[str, Any]) -> tuple[str, str, str]:
    """(subject, text, HTML) of the letter `name`."""
    subject, text, html = (each.render(facts) for each in _templates(name))
    return " ".join(subject.split()), text, html
