"""What each act does, and its receipt. Every one goes through the same functions as API and rehearsals."""

from sqlalchemy import select

from staff_app.deadlines import PROMISES
from staff_app.fields import Words
from staff_app.scenes import Scene
from staff_app.words import ROLES, Say
from workflows import acting, brakes, disputes, evidence, retention, review, talking, team
from workflows.errors import Refused
from workflows.history import note
from workflows.letters import outbox
from workflows.letters.facts import person_name
from workflows.letters.wording import count
from workflows.records import Case, Clock, Location, Number, PortOrder, User
from workflows.reports import lists
from workflows.reports.lists import Wish
from workflows.standing import running_clocks
from workflows.states import Authentication, Channel, ClockName, Disposition, Outcome, Role


def _say(scene: Scene) -> Say:
    return Say(scene.desk, scene.at)


def _ends(scene: Scene) -> str:
    part = scene.part
    assert part.run_at is not None
    return _say(scene).where(part.run_at, part.location.time_zone)


def _agreed(scene: Scene, words: Words) -> None:
    """With whom and how the end was agreed: part of the history."""
    note(
        scene.desk,
        "agreed",
        at=scene.at,
        by=scene.by,
        cancellation=scene.part,
        person=words["person"],
        channel=words["channel"],
    )


def confirm(scene: Scene, words: Words) -> str:
    acting.confirm(scene.desk, [scene.part], by=scene.by, at=scene.at, wanted=words["for"])
    _agreed(scene, words)
    if brakes.steps_to_approve(scene.desk, scene.part) is not None:
        approval = " It begins once a second manager has approved."
        return f"Scheduled for {_ends(scene)}. {_customer(scene)} gets an e-mail.{approval}"
    return f"Scheduled for {_ends(scene)}. {_customer(scene)} gets an e-mail."


def would_confirm(scene: Scene, words: Words) -> None:
    review.schedule(scene.desk, scene.part, by=scene.by, at=scene.at, wanted=words["for"])


def would_reschedule(scene: Scene, words: Words) -> None:
    if words["for"] is None:
        raise Refused.because("invalid", "Say the new date first.", "for")
    review.move_date(scene.desk, scene.part, by=scene.by, at=scene.at, wanted=words["for"])


def reschedule(scene: Scene, words: Words) -> str:
    reason = words["reason"]
    acting.reschedule(scene.desk, [scene.part], by=scene.by, at=scene.at, wanted=words["for"], reason=reason)
    _agreed(scene, words)
    return f"Rescheduled for {_ends(scene)}. {_customer(scene)} gets an e-mail."


def defer(scene: Scene, words: Words) -> str:
    part, was_waiting = scene.part, scene.part.state == "deferred"
    review.defer(
        scene.desk,
        part,
        by=scene.by,
        at=scene.at,
        review_on=words["for"],
        paragraph=words.get("paragraph") or "",
    )
    assert part.review_on is not None
    day = _say(scene).day(part.review_on)
    told = "" if was_waiting else f" {_customer(scene)} gets an e-mail."
    return f"Deferred until the port completes.{told} We look again {day}."


def withdraw(scene: Scene, words: Words) -> str:
    review.withdraw(scene.desk, scene.part, by=scene.by, at=scene.at, reason=words["reason"])
    return f"Withdrawn. {scene.part.location.name} stays on. {_customer(scene)} gets an e-mail."


def decline(scene: Scene, words: Words) -> str:
    review.decline(scene.desk, scene.part, by=scene.by, at=scene.at, reason=words["reason"])
    return f"Declined. {scene.part.location.name} stays on. {_customer(scene)} is told why."


def retry(scene: Scene, _words: Words) -> str:
    acting.retry_runs(scene.desk, [scene.part], by=scene.by, at=scene.at)
    return f"The run at {scene.part.location.name} goes on with the steps that remain."


def approve(scene: Scene, _words: Words) -> str:
    brakes.approve(scene.desk, scene.part, by=scene.by, at=scene.at)
    return f"Approved: it ends {_ends(scene)}." if scene.part.run_at else "Approved. The run may be retried."


def override(scene: Scene, words: Words) -> str:
    brakes.override(scene.desk, scene.part, words["gate"], by=scene.by, at=scene.at, reason=words["reason"])
    return "Overridden. It holds until this is next requested or deferred, or ends."


def numbers(scene: Scene, words: Words) -> str:
    to = Disposition(words["to"])
    target = _target(scene, words.get("moved_to") or "") if to == Disposition.moved else None
    evidence = words["evidence"] or f"{scene.case.requester}, {_say(scene).day(_say(scene).today)}"
    done = acting.dispose(
        scene.desk,
        scene.part,
        None if "all" in words["numbers"] else words["numbers"],
        to,
        by=scene.by,
        at=scene.at,
        evidence="" if to == Disposition.undecided else evidence,
        moved_to=target,
    )
    decided = _say(scene).count(len(done), "number", "numbers")
    return f"{decided} decided: {_say(scene).disposition(to).lower()}."


def dispute(scene: Scene, words: Words) -> str:
    told = disputes.dispute(
        scene.desk, scene.part, words["numbers"], by=scene.by, at=scene.at, why=words["reason"]
    )
    numbers = _say(scene).count(len(told), "number", "numbers")
    return f"Written down for {numbers}. Managers see it in the figures."


def _target(scene: Scene, ref: str) -> Location | None:
    return scene.desk.session.scalar(select(Location).where(Location.ref == ref)) if ref else None


def check(scene: Scene, _words: Words) -> str:
    seen = acting.check(scene.desk, scene.part, by=scene.by, at=scene.at)
    return f"Checked {_say(scene).local(scene.at):%H:%M}. {_seen(scene, seen)}"


def _seen(scene: Scene, seen: acting.Seen) -> str:
    say = _say(scene)
    lines = [_order(say, order) for order in seen.orders]
    if seen.left:
        lines.append(f"{say.count(seen.left, 'number has', 'numbers have')} left {scene.part.location.name}.")
    if seen.came:
        lines.append(f"{say.count(seen.came, 'number is', 'numbers are')} new at {scene.part.location.name}.")
    return " ".join(lines) or "The platform shows nothing new."


def _order(say: Say, order: PortOrder) -> str:
    on = f" {say.day(say.local(order.foc).date())}" if order.foc and order.is_open else ""
    return f"{order.ref}: {say.order_state(order.state).lower()}{on}."


def contact(scene: Scene, words: Words) -> str:
    before = running_clocks(scene.desk, scene.case)
    made = talking.log_contact(
        scene.desk,
        scene.case,
        by=scene.by,
        at=scene.at,
        channel=Channel(words["channel"]),
        outcome=Outcome(words["outcome"]),
        authenticated=Authentication(words["authenticated"] or "none"),
        person=words["other"] or words["person"],
        words=words["note"],
        next_try_at=words["next_try"],
    )
    letter = f" {_customer(scene)} gets an e-mail." if made.outcome == Outcome.no_answer else ""
    stopped = [clock for clock in before if clock.stopped_at is not None]
    if stopped:
        return f"Contact logged. {_kept(scene, stopped[0])}{letter}"
    number = talking.attempts(scene.desk, scene.case)
    return f"Attempt {number} logged.{' The clock keeps running.' if before else ''}{letter}"


def drop_try(scene: Scene, _words: Words) -> str:
    talking.drop_try(scene.desk, scene.contact, by=scene.by, at=scene.at)
    return "Dismissed. No next try is set."


def _kept(scene: Scene, clock: Clock) -> str:
    """First contact met with 38 min left."""
    promise = PROMISES[ClockName(clock.name)]
    if scene.at > clock.due_at:
        return f"{promise} was late."
    left = scene.desk.calendar.between(scene.at, clock.due_at)
    return f"{promise} met with {_say(scene).business(left)} left."


def _customer(scene: Scene) -> str:
    return person_name(scene.case, scene.case.requester)


def would_miss(scene: Scene, words: Words) -> None:
    """The letter of a call without an answer."""
    contact(scene, {**words, "outcome": Outcome.no_answer, "channel": words["channel"] or Channel.phone})


def message(scene: Scene, words: Words) -> str:
    talking.message(
        scene.desk, scene.case, by=scene.by, at=scene.at, text=words["text"], subject=words["subject"]
    )
    return "The e-mail is on its way. It counts as contact once the mail server takes it."


def add_note(scene: Scene, words: Words) -> str:
    talking.add_note(scene.desk, scene.case, by=scene.by, at=scene.at, text=words["text"])
    return "Note added. Only staff see it."


def add_file(scene: Scene, words: Words) -> str:
    number = scene.desk.session.get(Number, int(words["number"])) if words["number"] else None
    upload = words["file"]
    kept = evidence.add(
        scene.desk,
        scene.case,
        by=scene.by,
        at=scene.at,
        name=upload.name,
        content=upload.content,
        number=number,
    )
    return f"{kept.name} is kept with the case. Only staff see it."


def remove_file(scene: Scene, words: Words) -> str:
    evidence.remove(scene.desk, scene.file, by=scene.by, at=scene.at, why=words["reason"])
    return f"{scene.file.name} is removed. Its line stays, with the reason."


def hold(scene: Scene, words: Words) -> str:
    brakes.hold(scene.desk, scene.case, by=scene.by, at=scene.at, reason=words["reason"])
    return "On hold until a manager releases it. The clocks go on."


def release(scene: Scene, words: Words) -> str:
    brakes.release(scene.desk, scene.case, by=scene.by, at=scene.at, reason=words["reason"])
    return "Released. What is due begins at once."


def assign(scene: Scene, words: Words) -> str:
    to = scene.desk.session.get(User, int(words["to"])) if words["to"].isdigit() else None
    brakes.assign(scene.desk, scene.case, by=scene.by, at=scene.at, to=to)
    return f"Assigned to {'you' if to is scene.me else to.name}." if to else "The case has no owner now."


def take(scene: Scene, _words: Words) -> str:
    return assign(scene, {"to": str(scene.me.id)})


def strike(scene: Scene, words: Words) -> str:
    talking.strike_contact(scene.desk, scene.contact, by=scene.by, at=scene.at, why=words["reason"])
    return "Struck. The entry stays visible and no longer counts."


def came_back(scene: Scene, words: Words) -> str:
    outbox.came_back(scene.desk, scene.letter, by=scene.by, at=scene.at, reason=words["reason"])
    return "Entered. A clock that this letter had stopped runs again, unless another contact stopped it."


def send_again(scene: Scene, words: Words) -> str:
    address = words["address"]
    changed = address if address.lower() != scene.case.requester.lower() else ""
    outbox.send_again(scene.desk, scene.letter, by=scene.by, at=scene.at, address=changed)
    return "The letter is on its way again."


def stop_all(scene: Scene, words: Words) -> str:
    brakes.stop_all(scene.desk, by=scene.by, at=scene.at, reason=words.get("reason") or "")
    return "All terminations are stopped."


def start_again(scene: Scene, _words: Words) -> str:
    brakes.start_again(scene.desk, by=scene.by, at=scene.at)
    return "Terminations are on again. What is due begins at once."


def claim(scene: Scene, _words: Words) -> str:
    """The first case of the queue that nobody owns becomes mine."""
    found = lists.page(scene.desk, Wish(owners=(None,)), scene.at, most=1).rows
    if not found:
        raise Refused.because("out_of_date", "No case is without an owner. Nothing was claimed.")
    case: Case = found[0].case
    brakes.assign(scene.desk, case, by=scene.by, at=scene.at, to=scene.me)
    scene.about_case = case
    return f"Assigned to you: {case.account.name}, {case.reference}."


def keep_records(scene: Scene, words: Words) -> str:
    retention.keep(scene.desk, scene.case, by=scene.by, at=scene.at, reason=words["reason"])
    return "The records are kept until a manager ends the legal hold."


def end_legal_hold(scene: Scene, words: Words) -> str:
    retention.let_go(scene.desk, scene.case, by=scene.by, at=scene.at, reason=words["reason"])
    return "The legal hold has ended. The records go when they are old enough."


# The team


def invite(scene: Scene, words: Words) -> str:
    made = team.invite(
        scene.desk, words["email"], words["name"], words["role"] or "", by=scene.by, at=scene.at
    )
    return f"{made.name} is invited: the letter to {made.email} is on its way."


def change_role(scene: Scene, words: Words) -> str:
    team.change_role(scene.desk, scene.user, words["role"], by=scene.by, at=scene.at)
    return f"{scene.user.name} is {ROLES[Role(scene.user.role)].lower()} now and signs in again."


def set_away(scene: Scene, words: Words) -> str:
    team.set_away(scene.desk, scene.user, by=scene.by, at=scene.at, first=words["first"], last=words["last"])
    if scene.user.away_from is None:
        return f"{scene.user.name} is not away."
    return f"Written down. Letters about {scene.user.name}'s cases go to the managers on these days."


def reassign(scene: Scene, words: Words) -> str:
    here = team.here(scene.desk, but=scene.user)
    to = [each for each in here if words["to"] in ("turn", str(each.id))]
    many = team.reassign(scene.desk, scene.user, by=scene.by, at=scene.at, to=to)
    names = to[0].name if len(to) == 1 else "all who are here, in turn"
    return f"{count(many, 'case', 'cases')} of {scene.user.name} went to {names}."


def send_link(scene: Scene, _words: Words) -> str:
    team.send_link(scene.desk, scene.user, by=scene.by, at=scene.at)
    return f"The letter to {scene.user.email} is on its way."


def sign_out_everywhere(scene: Scene, _words: Words) -> str:
    team.sign_out_everywhere(scene.desk, scene.user, by=scene.by, at=scene.at)
    return f"{scene.user.name} is signed out everywhere."


def deactivate(scene: Scene, _words: Words) -> str:
    team.deactivate(scene.desk, scene.user, by=scene.by, at=scene.at)
    return f"{scene.user.name} cannot sign in any more."


def take_back(scene: Scene, _words: Words) -> str:
    team.take_back(scene.desk, scene.user, by=scene.by, at=scene.at)
    return f"{scene.user.name} is back: the letter to {scene.user.email} is on its way."
