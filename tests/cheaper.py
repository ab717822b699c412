"""What is the same for every test is worked out once: templates, statements, addresses, a password's price.

How much is drawn: `EXAMPLES=10 make test` draws ten times as many lives, days and races as is usual."""

import os
from collections.abc import Callable
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Connection, Engine, event
from werkzeug.routing.rules import Rule

from workflows import users


class Compiled(BytecodeCache):
    """Templates that were compiled for one app serve the next."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.known.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.known[bucket.key, bucket.checksum] = bucket.code


NOBODY = users.NOBODY
"""The hash as it is outside of tests."""
_first: dict[str, Engine] = {}


def examples(usual: int) -> int:
    """How many examples a test draws."""
    return max(1, round(usual * float(os.environ.get("EXAMPLES", "1"))))


def _share(connection: Connection) -> None:
    """Statements that were compiled for one engine serve the next one of the same kind of database."""
    engine = connection.engine
    first = _first.setdefault(engine.dialect.name, engine)
    if engine.dialect is not first.dialect:
        engine._compiled_cache = first._compiled_cache
        engine.dialect = connection.dialect = first.dialect


Builder = Callable[[Rule, bool], Callable[..., tuple[str, str]]]


def _built_once(build: Builder) -> Builder:
    """Werkzeug writes and compiles two functions for each address of an app; they serve every app."""
    known: dict[tuple[str, str | None, str, bool], Callable[..., tuple[str, str]]] = {}

    def kept(rule: Rule, append_unknown: bool) -> Callable[..., tuple[str, str]]:
        key = (rule.rule, rule.subdomain, repr(rule.defaults), append_unknown)
        if key not in known:
            known[key] = build(rule, append_unknown)
        return known[key]

    return kept


def begin() -> None:
    Rule._compile_builder = _built_once(Rule._compile_builder)  # type: ignore
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": Compiled()}
    users.HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    users.NOBODY = users.HASHER.hash("nobody")
    event.listen(Engine, "engine_connect", _share)
