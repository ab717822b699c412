"""The sandbox: a platform's and its carriers' own books in memory, for rehearsals, tests and the demo."""

from workflows.adapters.sandbox.adapters import SandboxCarrier, SandboxPlatform
from workflows.adapters.sandbox.books import Books, WorkerKilled
from workflows.adapters.sandbox.faults import FAULTS, READ_FAULTS
from workflows.adapters.sandbox.records import BooksError
from workflows.adapters.sandbox.steps import REVERSIBLE, STEPS

__all__ = [
    "FAULTS",
    "READ_FAULTS",
    "REVERSIBLE",
    "STEPS",
    "Books",
    "BooksError",
    "SandboxCarrier",
    "SandboxPlatform",
    "WorkerKilled",
]
