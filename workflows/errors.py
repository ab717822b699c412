"""Errors are for readers: each text is a sentence for a colleague. A bug is not a WorkflowError."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One reason why something may not be done now: a code for programs and the words for people.

    `fields` names the inputs to which it belongs, for forms and JSON pointers."""

    code: str
    words: str
    field: str = ""


class WorkflowError(Exception):
    """The base of everything that a reader may be told."""


class Refused(WorkflowError):
    """An action that the rules do not allow now. Lists every reason, never only the first one."""

    def __init__(self, *lines: Line) -> None:
        self.lines = lines
        super().__init__(" ".join(line.words for line in lines))

    @property
    def codes(self) -> set[str]:
        return {line.code for line in self.lines}

    @classmethod
    def because(cls, code: str, words: str, field: str = "") -> "Refused":
        return cls(Line(code, words, field))


class Overtaken(Refused):
    """Another process was faster. Whoever catches it rolls its transaction back."""


class Unreachable(WorkflowError):
    """The platform or a carrier could not be read or did not answer."""
