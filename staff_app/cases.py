"""The page of a case, its live to-do list, and its letters as they were sent."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from io import BytesIO

from flask import Blueprint, abort, make_response, render_template, request, send_file
from sqlalchemy import select
from werkzeug.wrappers import Response

from staff_app import actions, advice, people, safe_words, scenes
from staff_app.actions import Act
from staff_app.choices import decisions
from staff_app.deadlines import Deadline, of_clock, ribbon
from staff_app.desks import at, desk
from staff_app.frame import say
from staff_app.history_words import Told, names_of, told
from staff_app.people import CASE_WORK
from staff_app.scenes import Scene
from workflows import asking, proofs
from workflows.adapters.platform import Purpose
from workflows.errors import Refused
from workflows.gates import GateLine
from workflows.letters.rendering import LINK
from workflows.promises import state_of
from workflows.records import Cancellation, Clock, Contact, Letter, User
from workflows.reports import begins, case_page
from workflows.reports.case_page import CasePage, Section
from workflows.states import State

MEND = {
    "not_contacted": ("contact",),
    "not_authenticated": ("contact",),
    "not_authorised": ("override", "contact"),
    "numbers_undecided": ("numbers",),
    "port_pending": ("defer",),
    "date_passed": ("confirm",),
    "on_hold": ("release",),
}
"""The acts that mend an unmet line of the to-do list, the best one first."""
MAIN_ACTS = ("confirm", "defer", "reschedule", "approve", "retry")
"""The acts on a location whose buttons are not quiet."""
MANY_NUMBERS = 100
HISTORIES = {
    "": "Everything",
    "contacts": "Contacts",
    "letters": "E-mails",
    "notes": "Notes",
    "system": "System",
}
ACTORS = {"system": "Auto", "customer": "The customer", "carrier": "The carrier"}
SANDBOX = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox; "
    "form-action 'none'; base-uri 'none'"
)


def register(blueprint: Blueprint) -> None:
    people.page(blueprint, "/cases/<reference>", CASE_WORK, _case)
    people.page(blueprint, "/cases/<reference>/todo", CASE_WORK, _todo)
    people.page(blueprint, "/cases/<reference>/files/<int:thing>", CASE_WORK, _file)
    people.page(blueprint, "/cases/<reference>/letters/<int:thing>", CASE_WORK, _letter)
    people.page(blueprint, "/cases/<reference>/letters/<int:thing>/html", CASE_WORK, _letter_html)


def _case(reference: str) -> str:
    scene = scenes.of_case(reference, *case_page.of_page())
    history = request.args.get("history", "")
    before = request.args.get("before", type=int)
    page = case_page.read(desk(), scene.case, at(), history=history, before=before)
    scene.questions = {section.part.id: section.asked for section in page.sections}
    return render_template(
        "pages/staff_case.html",
        page=page,
        case=scene.case,
        scene=scene,
        seen=page.newest_event,
        histories=HISTORIES,
        history=history if history in case_page.HISTORIES else "",
        is_older=before is not None,
        removable=people.me().is_manager,
        e164s={row.number.id: row.number.e164 for section in page.sections for row in section.numbers},
        sent_again=_sent_again(page),
        attempt={each.id: number for number, each in enumerate(page.attempts, 1)},
        step=advice.of(say(), page),
        clock=_hero(page),
        acts={"case": actions.possible("case", scene), "part": _by_part(scene)},
        strikable={each.id for each in page.contacts if _is_possible("strike", scene, contact=each)},
        letter_acts={each.id: _letter_acts(scene, each) for each in page.letters},
        told=_told(page),
        actor=_actor(names_of(page.staff)),
        staff_by_id={each.id: each for each in page.staff},
        named=lambda address: case_page.named(scene.case, address),
        mend=mend,
        shown_lines=shown_lines,
        begins=begins.read(desk(), [section.part for section in page.sections], at()),
        clock_states={each.id: state_of(each, at()) for each in page.clocks},
        all_numbers=request.args.get("numbers") == "all",
        decisions=decisions(scene),
        is_before_the_port=_is_before_the_port,
        leak_words=lambda found: safe_words.leak(say(), found),
        safe_words=lambda safe, place: safe_words.day(say(), safe, place),
        MAIN_ACTS=MAIN_ACTS,
        MANY_NUMBERS=MANY_NUMBERS,
    )


def _sent_again(page: CasePage) -> set[int]:
    """The letters that were sent anew meanwhile."""
    keys = [each.key for each in page.letters]
    return {each.id for each in page.letters if any(key.startswith(f"{each.key}|again|") for key in keys)}


def mend(code: str, possible: Iterable[str]) -> Act | None:
    """The act that solves an unmet line, of those that this person may do."""
    names = set(possible)
    return next((actions.BY_NAME[each] for each in MEND.get(code, ()) if each in names), None)


def _actor(names: dict[str, str]) -> Callable[[str], str]:
    return lambda by: ACTORS.get(by) or names.get(by, by)


def _is_before_the_port(section: Section) -> bool:
    """Whether the date asked for comes before a number has moved."""
    safe = section.safe
    if safe is None or not safe.porting:
        return False
    return safe.earliest is None or section.part.wanted_for < safe.earliest


def _by_part(scene: Scene) -> dict[int, list[actions.Act]]:
    return {part.id: actions.possible("part", _with(scene, part=part)) for part in scene.case.cancellations}


def _with(
    scene: Scene,
    *,
    part: Cancellation | None = None,
    contact: Contact | None = None,
    letter: Letter | None = None,
) -> Scene:
    return replace(scene, about_part=part, about_contact=contact, about_letter=letter)


def _is_possible(name: str, scene: Scene, *, contact: Contact) -> bool:
    act = actions.BY_NAME[name]
    return scene.me.role in act.roles and act.is_possible(_with(scene, contact=contact))


def _letter_acts(scene: Scene, letter: Letter) -> list[actions.Act]:
    return actions.possible("letter", _with(scene, letter=letter))


def _told(page: CasePage) -> list[Told]:
    people_named = {each.email: each.name for each in page.row.case.account.people if each.name}
    names = {**people_named, **names_of(page.staff)}
    sent = {letter.subject for letter in page.letters if letter.accepted_at}
    shown = [
        each for each in page.events if each.name != "letter_written" or each.facts.get("subject") not in sent
    ]
    return [told(say(), event, names) for event in shown]


def _hero(page: CasePage) -> tuple[Clock, Deadline] | None:
    """The clock at the top: the running one that is due first; else the last that stopped."""
    if page.row.clock is not None:
        return page.row.clock, of_clock(say(), page.row.clock)
    if not page.clocks:
        return None
    clock = page.clocks[0]
    state = state_of(clock, at())
    words = "Promise kept" if state == "met" else "Promise missed"
    if clock.stopped_by == "moot" and state == "met":
        words = "Not needed any more"
    until = f"stopped {say().when(clock.stopped_at)}" if clock.stopped_at else ""
    tone = "green" if state == "met" else "red"
    return clock, Deadline(words, until, "check", tone, clock.due_at, "", ribbon(say(), clock, state))


def _todo(reference: str) -> str:
    """The to-do list as the platform would have it now. No row changes."""
    scene = scenes.of_case(reference)
    wanted = request.args.get("location", type=int)
    part = next((each for each in scene.case.cancellations if wanted in (None, each.id)), None)
    if part is None:
        abort(404)
    lines, trouble = _live(part) if part.is_open else ([], "")
    bare = request.headers.get("HX-Request") == "true"
    return render_template(
        "parts/todo.html" if bare else "pages/staff_todo.html",
        part=part,
        case=scene.case,
        scene=_with(scene, part=part),
        lines=lines,
        trouble=trouble,
        read_at=at(),
        is_live=not trouble,
        mend=mend,
        words=say(),
        actor=_actor(names_of(list(desk().session.scalars(select(User))))),
        acts={act.name for act in _possible_names(_with(scene, part=part))},
    )


def _possible_names(scene: Scene) -> list[actions.Act]:
    return [*actions.possible("case", scene), *actions.possible("part", scene)]


def _live(part: Cancellation) -> tuple[list[GateLine], str]:
    """The lines after a read of the platform, outside of a transaction; ours and why, where it is away."""
    desk().session.commit()
    try:
        reading = asking.fetch(desk(), part, Purpose.books)
        return shown_lines(part, asking.would_say(desk(), part, reading, at())), ""
    except Refused as refused:
        return shown_lines(part, proofs.shown(desk(), part, at())), refused.lines[0].words


def shown_lines(part: Cancellation, lines: list[GateLine]) -> list[GateLine]:
    """Once it is confirmed the line of the date (the fifth) is asked no more."""
    settled = part.state in (State.scheduled, State.blocked)
    return [line for place, line in enumerate(lines, 1) if not (settled and place == 5)]


def _letter(reference: str, thing: int) -> str:
    scene = scenes.of_thing("letter", reference, thing)
    return render_template(
        "pages/staff_letter.html",
        letter=scene.letter,
        case=scene.case,
        acts=actions.possible("letter", scene),
        text=_without_link(scene.letter.text),
    )


def _without_link(text: str) -> str:
    """Only the reader of a letter has the private link: ours shows where it stands."""
    return text.replace(LINK, "[the reader's private link]")


def _letter_html(reference: str, thing: int) -> Response:
    """The HTML of a letter, for a frame in which nothing runs and nothing loads."""
    scene = scenes.of_thing("letter", reference, thing)
    answer = make_response(scene.letter.html.replace(LINK, "#"))
    answer.headers["Content-Security-Policy"] = SANDBOX
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer


def _file(reference: str, thing: int) -> Response:
    """A file as something to keep, never as a page of ours."""
    file = scenes.of_thing("file", reference, thing).file
    if file.removed_at is not None or not file.content:
        abort(404)
    answer = send_file(
        BytesIO(file.content), file.kind, as_attachment=True, download_name=file.name, max_age=0
    )
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "no-store"
    return answer
