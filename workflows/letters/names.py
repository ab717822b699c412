"""The names of all letters. Each has three templates and one function of its name."""

from typing import Literal, get_args

CustomerLetter = Literal[
    "received",
    "message",
    "unreachable",
    "scheduled",
    "deferred",
    "port_completed",
    "port_failed",
    "renewal_ahead",
    "rescheduled",
    "tomorrow",
    "terminated",
    "withdrawn",
    "declined",
]
StaffLetter = Literal[
    "at_risk",
    "breached",
    "run_blocked",
    "approval_needed",
    "cap_reached",
    "late_port",
    "port_stale",
    "review_due",
    "e911_hazard",
    "bounced",
    "found",
    "digest",
]
CUSTOMER: tuple[CustomerLetter, ...] = get_args(CustomerLetter)
STAFF: tuple[StaffLetter, ...] = get_args(StaffLetter)
LINKS = ("sign_link", "new_link", "password_reset")
"""Letters that carry a link of one use to one address."""
