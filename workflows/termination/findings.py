"""What the reconciler may find: the one list of its codes (product rules, section 5)."""

from typing import Literal, get_args

FindingCode = Literal[
    "terminated_still_billing",
    "billed_after_end",
    "ported_still_billing",
    "scheduled_without_run",
    "deferred_without_review",
    "open_without_next",
    "letter_unsent",
    "run_stuck",
]
CODES: tuple[FindingCode, ...] = get_args(FindingCode)
