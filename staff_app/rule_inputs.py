"""The inputs of the policy's page: the words of each key, in the order in which people think of them."""

from dataclasses import dataclass

from workflows.config.settings import DAYS

WEEK = tuple(
    zip(DAYS, ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"), strict=True)
)
READINGS = (
    ("end_of_day", "By the close of the last business day"),
    ("same_time", "By the same time of day, so many business days later"),
    ("working_hours", "After as many working hours as these days have"),
)
PROOFS = (
    ("contact", "Reached, a voicemail, or an e-mail of an agent that was accepted"),
    ("reached", "Reached or signed only"),
)


@dataclass(frozen=True)
class Input:
    """One key. `kind`: number, time, money, tick or radios."""

    key: str
    label: str
    kind: str = "number"
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Part:
    title: str
    inputs: tuple[Input, ...]


POLICY = (
    Part(
        "Promises",
        (
            Input("sla.reading", "How the promise is counted", "radios", options=READINGS),
            Input("sla.stops_on", "What keeps the promise", "radios", options=PROOFS),
            Input("sla.first_contact_days", "First contact within, in business days"),
            Input("sla.follow_up_days", "Follow up within, in business days"),
            Input("sla.at_risk_hours", "At risk when so many business hours are left"),
            Input("sla.target_percent", "Target, in percent"),
        ),
    ),
    Part(
        "Termination",
        (
            Input("termination.run_at", "Ends at", "time", "In the location's time zone."),
            Input("termination.weekends", "May end on days that are no business days", "tick"),
            Input("termination.port_grace_days", "After a port, wait so many business days"),
            Input("termination.late_days", "At most so many days late"),
            Input("termination.evidence_days", "The customer's word for a number counts, in days"),
            Input("termination.per_hour", "Cap: ends in any 60 minutes"),
            Input("termination.per_day_percent", "Cap: percent of the active locations a day"),
            Input("termination.per_day_at_least", "… but at least so many a day"),
            Input("termination.second_approval.numbers", "A second manager approves above, in numbers"),
            Input("termination.second_approval.monthly", "… or above, in monthly price", "money"),
        ),
    ),
    Part(
        "Waiting and requests",
        (
            Input("defer.default_days", "Look again after, in days, where no port date is known"),
            Input("defer.after_foc_days", "Look again after a known port date, in days"),
            Input("ports.stale_days", "A port is overdue after its date, in days"),
            Input("request.latest_days", "A request may be for a day at most so many days ahead"),
        ),
    ),
)
