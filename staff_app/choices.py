"""What the inputs of acts offer, and when an act is possible: small questions about a scene."""

from collections.abc import Callable, Sequence

from sqlalchemy import select

from staff_app.fields import Option
from staff_app.scenes import Scene
from staff_app.words import AUTHENTICATIONS, CHANNELS, ROLES, Say, phone
from workflows import brakes, disputes, gates, moments, team
from workflows.gates import OVERRIDABLE
from workflows.moves import may
from workflows.records import Location, User
from workflows.states import Action, Channel, Disposition, Outcome, Role, State
from workflows.termination import guards


def say(scene: Scene) -> Say:
    return Say(scene.desk, scene.at)


# When


def ever(_scene: Scene) -> bool:
    return True


def moved_by(action: Action) -> Callable[[Scene], bool]:
    return lambda scene: may(scene.part, action, scene.by)


def is_open(scene: Scene) -> bool:
    return scene.case.is_open


def part_is_open(scene: Scene) -> bool:
    return scene.part.is_open


def is_held(scene: Scene) -> bool:
    return is_open(scene) and scene.hold is not None


def is_not_held(scene: Scene) -> bool:
    return is_open(scene) and scene.hold is None


def is_not_mine(scene: Scene) -> bool:
    return is_open(scene) and scene.case.owner_id != scene.me.id


def keeps_records(scene: Scene) -> bool:
    return scene.is_kept_by_law


def may_keep_records(scene: Scene) -> bool:
    return scene.case.anonymised_at is None and not keeps_records(scene)


def owns_cases(scene: Scene) -> bool:
    return bool(team.owned_by(scene.desk, scene.user))


def is_in_use(scene: Scene) -> bool:
    return scene.user.is_active


def is_not_in_use(scene: Scene) -> bool:
    return not scene.user.is_active


def waits_for_me(scene: Scene) -> bool:
    return (
        brakes.steps_to_approve(scene.desk, scene.part) is not None
        and scene.part.confirmed_by_id != scene.me.id
    )


def can_override(scene: Scene) -> bool:
    return scene.part.is_open and bool(lines_to_override(scene))


def is_not_struck(scene: Scene) -> bool:
    return is_open(scene) and scene.contact.struck_at is None


def has_my_next_try(scene: Scene) -> bool:
    return is_open(scene) and not is_not_mine(scene) and scene.contact.next_try_at is not None


def has_lost_numbers(scene: Scene) -> bool:
    return bool(disputes.released(scene.part))


def is_kept(scene: Scene) -> bool:
    return scene.file.removed_at is None


def was_accepted(scene: Scene) -> bool:
    letter = scene.letter
    return letter.to_customer and letter.accepted_at is not None and letter.bounced_at is None


def has_failed(scene: Scene) -> bool:
    letter = scene.letter
    return letter.to_customer and (letter.bounced_at is not None or letter.given_up_at is not None)


def is_stopped(scene: Scene) -> bool:
    return guards.stop_in_force(scene.desk) is not None


def stopped_by_another(scene: Scene) -> bool:
    stop = guards.stop_in_force(scene.desk)
    return stop is not None and stop.by_id != scene.me.id


def is_deferred(scene: Scene) -> bool:
    return scene.part.state == State.deferred


def is_new_wait(scene: Scene) -> bool:
    return not is_deferred(scene)


# What to choose from


def people(scene: Scene) -> Sequence[Option]:
    """Who may end the service, and who asked."""
    account, asked = scene.case.account, scene.case.requester
    roles = {"owner": "owner"}
    found: list[Option] = [
        (each.email, f"{each.name or each.email}, {roles.get(each.role, 'authorised contact')}")
        for each in account.people
    ]
    if account.person(asked) is None:
        found.append((asked, f"{asked}, sent the request"))
    return found


def requester(scene: Scene) -> str:
    known = scene.case.account.person(scene.case.requester)
    return known.email if known else scene.case.requester


def requester_address(scene: Scene) -> str:
    return scene.case.requester


def channels(_scene: Scene) -> Sequence[Option]:
    return [(str(each), CHANNELS[each]) for each in (Channel.phone, Channel.email)]


def channels_of_agreement(_scene: Scene) -> Sequence[Option]:
    return [(str(each), CHANNELS[each]) for each in Channel]


def outcomes(scene: Scene) -> Sequence[Option]:
    stops = "Keeps the promise: the clock stops"
    voicemail = stops if scene.desk.settings.sla.stops_on == "contact" else "The clock keeps running"
    return [
        (str(Outcome.reached), "Reached", stops),
        (str(Outcome.voicemail), "Voicemail left", voicemail),
        (str(Outcome.no_answer), "No answer", "The customer gets an e-mail that we tried"),
        (str(Outcome.wrong_person), "Wrong person", "The clock keeps running"),
    ]


def authentications(_scene: Scene) -> Sequence[Option]:
    return [(str(each), words) for each, words in AUTHENTICATIONS.items()]


def staff(scene: Scene) -> Sequence[Option]:
    working = (Role.agent, Role.manager)
    found = scene.desk.session.scalars(
        select(User).where(User.role.in_(working), User.is_active).order_by(User.name)
    )
    away = " (away)"
    named: list[Option] = [(str(each.id), f"{each.name}{away if each.is_away else ''}") for each in found]
    return [("", "Nobody"), *named]


def owner(scene: Scene) -> str:
    return str(scene.case.owner_id or "")


def numbers(scene: Scene) -> Sequence[Option]:
    found: list[Option] = [
        (each.e164, phone(each.e164), say(scene).disposition(each.disposition))
        for each in scene.part.location.numbers
        if each.held or each.disposition != Disposition.undecided
    ]
    return [("all", "All that are still there", "Whatever stands below"), *found] if len(found) > 1 else found


def lost_numbers(scene: Scene) -> Sequence[Option]:
    return [(each.e164, phone(each.e164)) for each in disputes.released(scene.part)]


def case_numbers(scene: Scene) -> Sequence[Option]:
    places = [part.location for part in scene.case.cancellations]
    return [("", "–"), *((str(each.id), phone(each.e164)) for place in places for each in place.numbers)]


def decisions(_scene: Scene) -> Sequence[Option]:
    return [
        (str(Disposition.not_needed), "Not needed", "The customer's word: the number is released for good"),
        (str(Disposition.porting), "Moves to another provider", "Nothing ends before it has moved"),
        (str(Disposition.ported), "Ported", "Only if the platform shows it: it is looked up now"),
        (str(Disposition.moved), "Moved to another location", "Say which one below"),
        (str(Disposition.undecided), "No decision", "Takes an earlier decision back"),
    ]


def other_locations(scene: Scene) -> Sequence[Option]:
    found = scene.desk.session.scalars(
        select(Location)
        .where(Location.account_id == scene.case.account_id, Location.id != scene.part.location_id)
        .where(Location.ended_at.is_(None))
        .order_by(Location.name)
    )
    return [("", "–"), *((each.ref, each.name) for each in found)]


def lines_to_override(scene: Scene) -> Sequence[Option]:
    """The unmet lines that a manager's word may stand in for."""
    asked = scene.ask(scene.part)
    return [
        (line.unmet.code, line.title, line.unmet.words)
        for line in gates.judge(asked)
        if line.unmet and line.unmet.code in OVERRIDABLE - set(asked.overrides)
    ]


# Hints


def file_hint(scene: Scene) -> str:
    limits = scene.desk.settings.files
    return f"{', '.join(each.upper() for each in limits.kinds)}, up to {limits.largest_mb} MB."


def date_hint(scene: Scene) -> str:
    part, words = scene.part, say(scene)
    asked = f"Asked for {words.day(part.requested_for)}."
    if part.agreed_for:
        asked = f"Agreed: {words.day(part.agreed_for)}."
    if part.date_wish:
        asked = f"{asked} The customer asks for {words.day(part.date_wish)} instead."
    if part.wanted_for < moments.local_day(part.location, scene.at):
        return f"{asked} That has passed: give the newly agreed date."
    return f"{asked} Leave it empty to keep that date."


def new_date_hint(scene: Scene) -> str:
    return f"Now {say(scene).day(scene.part.wanted_for)}. At least today, at the location."


def name_hint(scene: Scene) -> str:
    return scene.part.location.name


def review_hint(scene: Scene) -> str:
    if is_deferred(scene) and scene.part.review_on:
        return f"Now {say(scene).day(scene.part.review_on)}."
    days = scene.desk.settings.defer
    return (
        f"Empty: {days.after_foc_days} days after the port's date, "
        f"or {days.default_days} days from now where none is known."
    )


def roles(_scene: Scene) -> Sequence[Option]:
    """What each role may do, in a few words."""
    may = {
        Role.agent: "Works on cases",
        Role.manager: "Works on cases, holds, overrides, approves, sees the figures",
        Role.admin: "Users, calendar, policy; no case work",
    }
    return [(str(each), ROLES[each], words) for each, words in may.items()]


def present_role(scene: Scene) -> str:
    return scene.user.role


def away_from(scene: Scene) -> str:
    first = scene.user.away_from
    return first.isoformat() if first else ""


def away_until(scene: Scene) -> str:
    last = scene.user.away_until
    return last.isoformat() if last else ""


def others_here(scene: Scene) -> Sequence[Option]:
    """Who is here, and all of them in turn."""
    named = [(str(each.id), each.name) for each in team.here(scene.desk, but=scene.user)]
    in_turn = [("turn", "In turn to all who are here")] if len(named) > 1 else []
    return [("", "–"), *in_turn, *named]
