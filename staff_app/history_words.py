"""The history of a case in words: one title for each kind of event, with its icon."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from staff_app.deadlines import PROMISES
from staff_app.words import Say
from workflows.letters.wording import count, finding, zone_words
from workflows.records import Event, User
from workflows.states import ClockName

PORT_STATES = {
    "requested": "was opened",
    "committed": "has a date",
    "completed": "completed",
    "rejected": "was rejected",
    "cancelled": "was cancelled",
}
LETTERS = {
    "received": "We have your request",
    "message": "An agent's e-mail",
    "unreachable": "We tried to call you",
    "scheduled": "Set: the end",
    "deferred": "We will wait for your transfer",
    "port_completed": "Your numbers have moved",
    "port_failed": "Your transfer did not go through",
    "renewal_ahead": "A renewal is ahead",
    "rescheduled": "A new date",
    "tomorrow": "It ends tomorrow",
    "terminated": "It has ended",
    "withdrawn": "It stays on",
    "declined": "About your request",
    "sign_link": "A link to sign with",
    "new_link": "A new link",
    "password_reset": "A link to choose a password (staff)",
    "at_risk": "At risk (staff)",
    "breached": "Late (staff)",
    "run_blocked": "The run needs somebody (staff)",
    "approval_needed": "An approval is needed (staff)",
    "cap_reached": "A cap is reached (staff)",
    "late_port": "A late port (staff)",
    "port_stale": "A port is overdue (staff)",
    "review_due": "A review is due (staff)",
    "e911_hazard": "E911 hazard (staff)",
    "bounced": "A letter came back (staff)",
    "found": "The daily check found something (staff)",
    "digest": "The morning's digest (staff)",
}


@dataclass(frozen=True)
class Told:
    """One line of the timeline."""

    title: str
    icon: str
    by: str
    at: datetime
    body: str = ""
    kind: str = "person"
    """`person` or `system`: how its mark looks."""


Words = Callable[[Say, Event], str]


def _promise(event: Event) -> str:
    return PROMISES[ClockName(event.facts.get("clock", "first_contact"))]


def _clock_started(say: Say, event: Event) -> str:
    due = event.facts.get("due")
    when = f" by {say.when(datetime.fromisoformat(due))}" if due else ""
    return f"{_promise(event)} promised{when}"


def _clock_stopped(_say: Say, event: Event) -> str:
    proof = str(event.facts.get("proof", ""))
    if proof == "moot":
        return f"{_promise(event)} is not needed any more"
    kept = "kept" if event.facts.get("verdict") == "met" else "missed"
    return f"{_promise(event)} {kept}"


def _contact(say: Say, event: Event) -> str:
    facts = event.facts
    how, person = say.channel(facts["channel"]), facts.get("person", "")
    return f"{how}: {say.outcome(facts['outcome']).lower()}" + (f", {person}" if person else "")


def _letter(words: str) -> Words:
    def said(_say: Say, event: Event) -> str:
        name = event.facts.get("letter", "")
        return words.format(letter=event.facts.get("subject") or LETTERS.get(name, name))

    return said


def _disposed(say: Say, event: Event) -> str:
    many = count(len(event.facts.get("numbers", [])), "number", "numbers")
    return f"Decided {many}: {say.disposition(event.facts.get('to', 'undecided')).lower()}"


def _port_order(_say: Say, event: Event) -> str:
    facts = event.facts
    state = PORT_STATES.get(str(facts.get("after", "")), "changed")
    return f"Port order {facts.get('order', '')} {state}".replace("  ", " ")


def _step(say: Say, event: Event) -> str:
    return say.step(str(event.facts.get("step", "")))


def _renewal(say: Say, event: Event) -> str:
    on = event.facts.get("renews_on")
    return "A renewal is ahead" + (f": {say.day(date.fromisoformat(on))}" if on else "")


def _finding(_say: Say, event: Event) -> str:
    return f"The daily check found: {finding(str(event.facts.get('code', '')))}"


def _fixed(words: str) -> Words:
    return lambda _say, _event: words


def _of(words: str) -> Words:
    """Words with facts of the event in them; a missing one is left out."""

    class Blank(dict[str, Any]):
        def __missing__(self, key: str) -> str:
            return ""

    return lambda _say, event: words.format_map(Blank(event.facts)).strip(" :,")


TITLES: dict[str, tuple[str, Words]] = {
    "submitted": ("inbox", _fixed("Request received")),
    "clock_started": ("clock", _clock_started),
    "clock_stopped": ("clock", _clock_stopped),
    "clock_runs_again": ("clock", lambda _say, event: f"{_promise(event)}: the clock runs again"),
    "clock_at_risk": ("tri", lambda _say, event: f"{_promise(event)} is at risk"),
    "clock_breached": ("alert", lambda _say, event: f"{_promise(event)} is late"),
    "contact": ("phone", _contact),
    "try_dropped": ("x", _fixed("Reminder of the next try dismissed")),
    "contact_struck": ("x", _fixed("Contact struck")),
    "signed": ("check", _fixed("Signed by the customer")),
    "date_asked": ("cal", _fixed("The customer asks for another date")),
    "message": ("mail", _fixed("E-mail written")),
    "disputed": ("alert", _fixed("The customer disputes the loss of a number")),
    "file_added": ("plus", _of("File added: {file_name}")),
    "file_removed": ("x", _of("File removed: {file_name}")),
    "note": ("note", _fixed("Note")),
    "letter_written": ("mail", _letter("Letter written: {letter}")),
    "letter_accepted": ("mail", _letter("Letter sent: {letter}")),
    "letter_bounced": ("alert", _letter("Letter came back: {letter}")),
    "entered_bounce": ("alert", _letter("Entered that a letter came back: {letter}")),
    "letter_sent_again": ("mail", _letter("Letter sent again: {letter}")),
    "address_corrected": ("mail", _of("Address corrected: {before} → {after}")),
    "disposed": ("list", _disposed),
    "checked": ("refresh", _fixed("Looked at the platform")),
    "agreed": ("check", _of("Agreed with {person}")),
    "confirm": ("check", _fixed("Confirmed and scheduled")),
    "defer": ("port", _fixed("Deferred until the port completes")),
    "reschedule": ("cal", _fixed("Rescheduled")),
    "withdraw": ("undo", _fixed("Withdrawn: the service stays on")),
    "decline": ("x", _fixed("Declined")),
    "port_completed": ("portdone", _fixed("The port completed")),
    "port_failed": ("tri", _fixed("The port did not go through")),
    "review_due": ("clock", _fixed("The review date came")),
    "review_moved": ("clock", _fixed("The review date moved with the port's date")),
    "late_port": ("port", _fixed("A port began after the confirmation: it waits")),
    "recheck": ("tri", _fixed("Somebody has to look at it again")),
    "begin": ("power", _fixed("The run began")),
    "begin_waits": ("pause", _fixed("The run waits at its moment")),
    "begin_put_off": ("pause", _fixed("The platform could not be read; the run is tried again")),
    "stop": ("alert", _fixed("The run stopped")),
    "retry": ("refresh", _fixed("The run goes on")),
    "finish": ("power", _fixed("Ended for good")),
    "step_done": ("log", lambda say, event: f"{_step(say, event)}: done"),
    "step_failed": ("alert", lambda say, event: f"{_step(say, event)}: failed"),
    "step_skipped": ("pause", lambda say, event: f"{_step(say, event)}: skipped"),
    "step_put_off": ("refresh", lambda say, event: f"{_step(say, event)}: tried again later"),
    "step_unknown": ("tri", lambda say, event: f"{_step(say, event)}: outcome unknown"),
    "step_reverted": ("undo", lambda say, event: f"Undone: {_step(say, event)}"),
    "port_order": ("port", _port_order),
    "port_stale": ("clock", _of("Port order {order} is overdue")),
    "renewal_ahead": ("cal", _renewal),
    "hold": ("pause", _fixed("Put on hold")),
    "release": ("refresh", _fixed("Hold released")),
    "override": ("alert", _of("Overridden: {code}")),
    "approved": ("check", _fixed("The large end is approved")),
    "refused": ("x", _of("Refused: {action}")),
    "assigned": ("user", lambda _say, event: f"Assigned to {event.facts.get('to') or 'nobody'}"),
    "e911_hazard": ("alert", _fixed("E911: the master number is leaving while others stay")),
    "finding": ("alert", _finding),
    "calendar_applied": ("cal", _fixed("Business calendar put in force")),
    "policy_applied": ("list", _fixed("Policy put in force")),
    "stop_all": ("stop", _fixed("All terminations stopped")),
    "start_again": ("power", _fixed("Terminations started again")),
    "reassigned": ("people", _of("Reassigned {cases} cases of {user}")),
    "legal_hold": ("inbox", _fixed("Legal hold: the records are kept")),
    "legal_hold_ended": ("undo", _fixed("The legal hold has ended")),
    "anonymised": ("x", _fixed("Anonymised: the words of people were taken away")),
    "user_invited": ("plus", _of("Invited {user} as {role}")),
    "user_added": ("plus", _of("Added {user} as {role}")),
    "user_role": ("people", _of("Role of {user}: {before} → {after}")),
    "user_deactivated": ("x", _of("Deactivated {user}")),
    "user_taken_back": ("undo", _of("Took {user} back into use")),
    "user_signed_out": ("out", _of("Signed {user} out everywhere")),
    "user_sent_link": ("mail", _of("Sent {user} a link to choose a password")),
    "user_locked": ("alert", _of("Locked {user} after {tries} wrong passwords")),
    "user_away": ("pause", _of("{user} is away")),
    "user_is_back": ("undo", _of("{user} is back")),
    "password_set": ("user", _of("New password of {user}")),
}
CONTACTS = frozenset({"contact", "contact_struck", "signed", "date_asked", "agreed"})
LETTER_EVENTS = frozenset(
    {"letter_written", "letter_accepted", "letter_bounced", "entered_bounce", "letter_sent_again", "message"}
)
DATES = {
    "confirm": "run_at",
    "reschedule": "run_at",
    "defer": "review_on",
    "late_port": "review_on",
    "review_moved": "review_on",
    "signed": "wanted",
    "date_asked": "wanted",
}
"""The date that each of these is about."""
ACTORS = {"customer": "The customer", "system": "Lastcall"}


def told(say: Say, event: Event, names: dict[str, str]) -> Told:
    """An event as a line. `names` are the staff by address, so that people are called by name."""
    icon, words = TITLES.get(event.name, ("log", _fixed(event.name.replace("_", " ").capitalize())))
    by = ACTORS.get(event.actor) or names.get(event.actor, event.actor)
    if event.actor == "customer" and event.facts.get("address"):
        by = f"{by} ({event.facts['address']})"
    title = words(say, event)
    for address, name in names.items():
        title = title.replace(address, name)
    kind = "system" if event.actor == "system" else "person"
    return Told(title, icon, by, event.at, _body(say, event), kind)


def _body(say: Say, event: Event) -> str:
    value = event.facts.get(DATES.get(event.name, ""))
    if not value:
        return event.why
    text = str(value)
    when = f"{say.when(datetime.fromisoformat(text))} {zone_words(say.zone, text)}" if "T" in text else ""
    return f"{when or say.day(date.fromisoformat(text))}. {event.why}".strip(" ")


def names_of(users: list[User]) -> dict[str, str]:
    return {user.email: user.name for user in users}
