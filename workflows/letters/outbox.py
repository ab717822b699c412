"""The outbox: claims a due letter, hands it over once, keeps the answer (product rules, section 6).

A letter is marked `sending` on disk before the server is called. One that died in between is sent
again after the claim is over, with the same Message-ID."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import bindparam, or_, select, text, update

from workflows import clock, findable, links, promises, rows
from workflows.actors import SYSTEM, Actor
from workflows.adapters.mail import Delivery, Mail, MailAnswer
from workflows.allowed import case_work, refuse
from workflows.desk import Desk
from workflows.errors import Line, Refused, WorkflowError
from workflows.history import note
from workflows.intake import ADDRESS
from workflows.letters import staff
from workflows.letters.composing import compose
from workflows.letters.writing import message_id
from workflows.records import Case, Letter
from workflows.records.base import Row
from workflows.records.letter import UNSENT as IN_WORDS
from workflows.states import LetterState

LADDER = tuple(timedelta(minutes=each) for each in (1, 5, 15, 60))
A_DAY = timedelta(hours=24)
CLAIM = timedelta(minutes=5)
PARTS_OF_A_TALK = 10
"""A claim lasts as long as a server may stay silent in so many parts of a conversation."""
UNSENT = (LetterState.waiting, LetterState.sending)
_IS_UNSENT = text(f"letter.{IN_WORDS}")
NEXT_LETTER = (
    select(Letter.next_try_at)
    .where(_IS_UNSENT, Letter.next_try_at.is_not(None))
    .order_by(Letter.next_try_at)
    .limit(1)
)


_DUE = (
    select(Letter.id)
    .where(_IS_UNSENT, Letter.next_try_at <= bindparam("at"))
    .order_by(Letter.next_try_at, Letter.id)
    .limit(bindparam("most"))
)
_CLAIM = (
    update(Letter)
    .where(Letter.id == bindparam("letter"), _IS_UNSENT, Letter.next_try_at <= bindparam("at"))
    .where(or_(Letter.claimed_until.is_(None), Letter.claimed_until <= bindparam("at")))
    .values(state=LetterState.sending, next_try_at=bindparam("until"), claimed_until=bindparam("until"))
    .returning(Letter.state, Letter.next_try_at, Letter.claimed_until, Letter.tries, Letter.first_try_at)
)


def due(desk: Desk, at: datetime, most: int = 100) -> list[int]:
    return rows.ids(desk.session, _DUE, {"at": at, "most": most})


def claim(desk: Desk, letter_id: int, at: datetime, lasting: timedelta = CLAIM) -> Letter | None:
    """Takes a due letter: from now on it is this process's for a few minutes. None if another was faster."""
    asked = {"letter": letter_id, "at": at, "until": at + lasting}
    claimed = rows.run(desk.session, _CLAIM, asked).mappings().first()
    if claimed is None:
        return None
    letter = desk.session.get_one(Letter, letter_id)
    rows.show(letter, claimed)
    return letter


def send(desk: Desk, letter_id: int, mail: Mail, now: Callable[[], datetime], secret: str) -> None:
    """Hands one letter to the mail server. Commits the claim before, and the answer after."""
    letter = claim(desk, letter_id, now(), clock.lasting(PARTS_OF_A_TALK * mail.timeout))
    desk.session.commit()
    if letter is None or (until := letter.claimed_until) is None:
        return
    text, html = links.put_in(desk, letter, secret, now())
    message = compose(desk.settings, letter, text=text, html=html, at=now())
    recipients = list(letter.recipients)
    desk.session.commit()
    if now() + clock.lasting(mail.timeout) > until:
        raise LostClaim(f"Letter {letter_id} was not sent: the claim might end before the server answers.")
    delivery = mail.send(message, recipients)
    at = now()
    _prove(desk, letter, until, delivery, at)
    _record(desk, letter, delivery, at)
    desk.session.commit()


class LostClaim(WorkflowError):
    """Another process sends the letter now."""


def _prove(desk: Desk, letter: Letter, until: datetime, delivery: Delivery, at: datetime) -> None:
    """Only who still holds the claim writes the answer; an accept is kept whoever holds it."""
    held = {} if delivery.answer == MailAnswer.accepted else {"claimed_until": until}
    tried: Row = {
        "tries": letter.tries + 1,
        "first_try_at": letter.first_try_at or at,
        "claimed_until": None,
        "trouble": delivery.reason,
    }
    if delivery.answer == MailAnswer.accepted:
        tried |= {"state": LetterState.sent, "accepted_at": at, "next_try_at": None}
    if not rows.compare_and_set(desk.session, letter, held, tried, only=_IS_UNSENT):
        raise LostClaim(f"Letter {letter.id} is in other hands: its answer ({delivery.answer}) is not kept.")


def _record(desk: Desk, letter: Letter, delivery: Delivery, at: datetime) -> None:
    match delivery.answer:
        case MailAnswer.accepted:
            _accepted(desk, letter, delivery, at)
        case MailAnswer.refused:
            _give_up(desk, letter, at, delivery.reason or "The mail server refused it.")
        case MailAnswer.deferred | MailAnswer.down:
            _try_later(desk, letter, at, delivery.reason)


def _accepted(desk: Desk, letter: Letter, delivery: Delivery, at: datetime) -> None:
    note(desk, "letter_accepted", at=at, by=SYSTEM, case=letter.case, letter=letter.name, tries=letter.tries)
    promises.accepted(desk, letter, at)
    for address, reason in delivery.refused.items():
        letter.trouble = f"{address}: {reason}"
        _tell_bounce(desk, letter, at, letter.trouble)


def _try_later(desk: Desk, letter: Letter, at: datetime, reason: str) -> None:
    wait = LADDER[letter.tries - 1] if letter.tries <= len(LADDER) else LADDER[-1]
    first = letter.first_try_at or at
    if at + wait > first + A_DAY:
        _give_up(desk, letter, at, f"No server took it within a day. {reason}".strip())
        return
    rows.put(desk.session, letter, {"state": LetterState.waiting, "next_try_at": at + wait})


def _give_up(desk: Desk, letter: Letter, at: datetime, reason: str) -> None:
    gone: Row = {"state": LetterState.given_up, "given_up_at": at, "next_try_at": None, "trouble": reason}
    rows.put(desk.session, letter, gone)
    _tell_bounce(desk, letter, at, reason)


def _tell_bounce(desk: Desk, letter: Letter, at: datetime, reason: str) -> None:
    """Staff hear of letters to customers only: a bounced alert about an alert would never end."""
    note(desk, "letter_bounced", at=at, by=SYSTEM, case=letter.case, why=reason, letter=letter.name)
    if letter.to_customer and letter.case is not None:
        staff.bounced(desk, letter, at, reason)


def bounced(desk: Desk, message: str, at: datetime, reason: str) -> bool:
    """The mail provider says that a letter came back. False where we know no such letter."""
    letter = desk.session.scalar(select(Letter).where(Letter.message_id == message))
    if letter is None:
        note(desk, "bounce_of_unknown_letter", at=at, by=SYSTEM, message_id=message)
        return False
    if letter.bounced_at is None:
        _came_back(desk, letter, at, reason)
    return True


def _came_back(desk: Desk, letter: Letter, at: datetime, reason: str) -> None:
    letter.bounced_at, letter.trouble = at, reason
    if letter.case is not None:
        promises.proof_fell(desk, letter.case, at, f"letter:{letter.id}")
    _tell_bounce(desk, letter, at, reason)


def came_back(desk: Desk, letter: Letter, *, by: Actor, at: datetime, reason: str) -> None:
    """An agent enters "this letter came back"."""
    case_work(by)
    if letter.bounced_at is not None or letter.accepted_at is None or not letter.to_customer:
        raise Refused.because("out_of_date", "This letter is not one that the mail server accepted and kept.")
    note(desk, "entered_bounce", at=at, by=by, case=letter.case, why=reason, letter=letter.name)
    _came_back(desk, letter, at, reason.strip() or "It came back.")


def send_again(desk: Desk, letter: Letter, *, by: Actor, at: datetime, address: str = "") -> Letter:
    """Writes the letter anew, to a corrected address where one is given. The old one stays as it was."""
    case_work(by)
    case = letter.case
    if case is None or not letter.to_customer or (letter.bounced_at is None and letter.given_up_at is None):
        raise Refused.because("out_of_date", "Only a letter that came back or was given up is sent again.")
    if address:
        correct_address(desk, case, by=by, at=at, address=address)
    key = f"{letter.key}|again|{at:%Y-%m-%dT%H:%M:%SZ}"
    fresh = Letter(
        case=case,
        name=letter.name,
        to_customer=True,
        caused_by_agent=letter.caused_by_agent,
        key=key,
        recipients=case.recipients,
        facts=letter.facts,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        calendar=letter.calendar,
        message_id=message_id(key, desk.settings.provider.email),
        written_at=at,
        next_try_at=at,
    )
    desk.session.add(fresh)
    note(desk, "letter_sent_again", at=at, by=by, case=case, letter=letter.name)
    return fresh


def correct_address(desk: Desk, case: Case, *, by: Actor, at: datetime, address: str) -> None:
    """The requester's address of this case. What was sent with the request stays word for word."""
    case_work(by)
    if not ADDRESS.fullmatch(address.strip()):
        refuse([Line("invalid", "Give an e-mail address.", "address")])
    note(desk, "address_corrected", at=at, by=by, case=case, before=case.requester, after=address.strip())
    case.requester = address.strip()
    findable.name_case(case)
