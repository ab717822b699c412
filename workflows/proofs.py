"""Why a line of gate A is met: the desk can show it, not only say it."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime

from workflows.desk import Desk
from workflows.gates import GateLine, Question, gate_a
from workflows.records import Cancellation, Contact
from workflows.states import Authentication, Channel, Disposition

WAYS = {Channel.phone: "by phone", Channel.email: "by e-mail", Channel.portal: "on the status page"}
CHECKS = {
    Authentication.callback: "call-back",
    Authentication.pin: "PIN",
    Authentication.portal: "a signature",
}
DECISIONS = {
    Disposition.porting: "porting",
    Disposition.ported: "ported",
    Disposition.moved: "moved",
    Disposition.not_needed: "not needed",
}


def shown(desk: Desk, part: Cancellation, at: datetime, wanted: date | None = None) -> list[GateLine]:
    """Gate A with the words of what is met beside the words of what is not."""
    asked = Question(desk, part, at, wanted or part.wanted_for)
    words = (_reached(asked), _authorised(asked), _decided(asked), NO_PORT, _ahead(asked), NO_HOLD)
    lines = gate_a(desk, part, at, wanted)
    return [
        line if line.unmet else replace(line, settled=said) for line, said in zip(lines, words, strict=True)
    ]


NO_PORT = "No port order of its numbers is open."
NO_HOLD = "No manager holds it."


def _sure(asked: Question) -> list[Contact]:
    return [each for each in asked.spoken_to if each.authenticated != Authentication.none]


def _reached(asked: Question) -> str:
    contacts = _sure(asked)
    if not contacts:
        return ""
    last = contacts[-1]
    day = asked.desk.calendar.local_date(last.at)
    way, check = WAYS[Channel(last.channel)], CHECKS[Authentication(last.authenticated)]
    return f"{last.person}, {way} on {day:%a %-d %b}, authenticated by {check}."


def _authorised(asked: Question) -> str:
    account = asked.part.case.account
    known = [person for each in _sure(asked) if (person := account.person(each.person))]
    if not known:
        return ""
    role = "the owner" if known[-1].role == "owner" else "an authorised contact"
    return f"{known[-1].name or known[-1].email} is {role} of {account.name}."


def _decided(asked: Question) -> str:
    counts = Counter(number.disposition for number in asked.part.location.numbers)
    said = [f"{counts[each]} {word}" for each, word in DECISIONS.items() if counts[each]]
    return f"{', '.join(said)}." if said else "It has no numbers."


def _ahead(asked: Question) -> str:
    return f"{asked.wanted:%A %-d %B %Y}."
