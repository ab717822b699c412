"""Why a line of gate A is met: the desk can show it, not only say it."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime

from workflows.actors import SYSTEM
from workflows.desk import Desk
from workflows.gates import GateLine, Question, Settled, authority_of, judge
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
    return told(Question(desk, part, at, wanted or part.wanted_for))


def told(asked: Question) -> list[GateLine]:
    """As `shown`, of a question some of whose facts may be at hand."""
    proofs = (_reached, _authorised, _decided, _no_port, _ahead, _no_hold)
    return [
        line if line.unmet else replace(line, settled=proof(asked))
        for line, proof in zip(judge(asked), proofs, strict=True)
    ]


def _sure(asked: Question) -> list[Contact]:
    return [each for each in asked.spoken_to if each.authenticated != Authentication.none]


def _reached(asked: Question) -> Settled | None:
    contacts = _sure(asked)
    if not contacts:
        return None
    last = contacts[-1]
    day = asked.desk.calendar.local_date(last.at)
    way, check = WAYS[Channel(last.channel)], CHECKS[Authentication(last.authenticated)]
    known = asked.part.case.account.person(last.person)
    name = known.name if known and known.name else last.person
    words = f"{name}, {way} on {day:%a %-d %b}, authenticated by {check}."
    return Settled(words, last.by, last.at)


def _authorised(asked: Question) -> Settled | None:
    account = asked.part.case.account
    known = [person for each in _sure(asked) if (person := account.person(each.person))]
    if not known:
        return _by_authority(asked)
    role = "the owner" if known[-1].role == "owner" else "an authorised contact"
    words = f"{known[-1].name or known[-1].email} is {role} of {account.name}."
    return Settled(words, SYSTEM.name, account.read_at)


def _by_authority(asked: Question) -> Settled | None:
    case, authority = asked.part.case, authority_of(asked, _sure(asked))
    if not authority:
        return None
    words = f"{case.requester} asks as the new provider of {case.account.name}, with authority: {authority}."
    return Settled(words, SYSTEM.name, case.received_at)


def _decided(asked: Question) -> Settled:
    place = asked.part.location
    counts = Counter(number.disposition for number in place.numbers)
    said = [f"{counts[each]} {word}" for each, word in DECISIONS.items() if counts[each]]
    words = f"{', '.join(said)}." if said else "It has no numbers."
    dated = [(each.evidence_at, each.evidence_by) for each in place.numbers if each.evidence_at]
    at, by = max(dated, default=(place.read_at, SYSTEM.name))
    return Settled(words, by, at)


def _no_port(asked: Question) -> Settled:
    return Settled("No port order of its numbers is open.", SYSTEM.name, asked.part.location.read_at)


def _ahead(asked: Question) -> Settled:
    return Settled(f"{asked.wanted:%A %-d %B %Y}.")


def _no_hold(_asked: Question) -> Settled:
    return Settled("No manager holds it.")
