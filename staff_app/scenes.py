"""What an act is about, loaded before anything else: who may not see it gets no further than here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from flask import abort, request
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from sqlalchemy.sql.base import ExecutableOption

from staff_app import people
from staff_app.desks import at, desk
from workflows import retention
from workflows.actors import Actor
from workflows.desk import Desk
from workflows.gates import Question
from workflows.records import Cancellation, Case, Contact, Event, File, Hold, Letter, User
from workflows.reports.searching import reference as read_reference

T = TypeVar("T", Cancellation, Contact, File, Letter)


@dataclass
class Scene:
    """Who acts, when, and on what."""

    desk: Desk
    at: datetime
    by: Actor
    about_case: Case | None = None
    about_part: Cancellation | None = None
    about_contact: Contact | None = None
    about_letter: Letter | None = None
    about_file: File | None = None
    questions: dict[int, Question] = field(default_factory=dict)
    """Gate A of each part that was asked about, with what was read for it."""
    about_user: User | None = None

    @property
    def me(self) -> User:
        assert self.by.user is not None
        return self.by.user

    @property
    def case(self) -> Case:
        assert self.about_case is not None
        return self.about_case

    @property
    def part(self) -> Cancellation:
        assert self.about_part is not None
        return self.about_part

    @property
    def contact(self) -> Contact:
        assert self.about_contact is not None
        return self.about_contact

    @property
    def letter(self) -> Letter:
        assert self.about_letter is not None
        return self.about_letter

    @property
    def file(self) -> File:
        assert self.about_file is not None
        return self.about_file

    @property
    def hold(self) -> Hold | None:
        return self.ask(self.case.cancellations[0]).hold

    @cached_property
    def is_kept_by_law(self) -> bool:
        """Whether a legal hold is on the case's records."""
        return retention.in_force(self.desk, self.case) is not None

    def ask(self, part: Cancellation) -> Question:
        if part.id not in self.questions:
            self.questions[part.id] = Question(self.desk, part, self.at, part.wanted_for)
        return self.questions[part.id]

    @property
    def user(self) -> User:
        assert self.about_user is not None
        return self.about_user


def empty() -> Scene:
    return Scene(desk(), at(), people.actor())


def of_case(reference: str, *more: ExecutableOption) -> Scene:
    """The scene of a case; 404 where there is none. A POST takes the case for itself until it commits.

    `more` is what is loaded with it."""
    case_id = read_reference(reference)
    with_it = (joinedload(Case.account), joinedload(Case.owner), *more)
    found = select(Case).where(Case.id == case_id).options(*with_it)
    if request.method == "POST":
        found = found.with_for_update(of=Case)
    read = desk().session.scalars(found.execution_options(populate_existing=True))
    case = read.unique().one_or_none()
    if case is None or case.reference != reference:
        abort(404)
    scene = empty()
    scene.about_case = case
    return scene


def of_user(thing: int | None) -> Scene:
    """The scene of a member of staff; 404 where there is none."""
    found = select(User).where(User.id == (thing or 0))
    if request.method == "POST":
        found = found.with_for_update()
    scene = empty()
    scene.about_user = desk().session.scalar(found.execution_options(populate_existing=True)) or abort(404)
    return scene


def of_thing(about: str, reference: str, thing: int | None) -> Scene:
    """The scene of a location, a contact, a letter or a file of a case."""
    scene = of_case(reference)
    match about:
        case "part":
            scene.about_part = _part(scene.case, thing)
        case "contact":
            scene.about_contact = _own(scene, Contact, thing)
        case "letter":
            scene.about_letter = _own(scene, Letter, thing)
        case "file":
            scene.about_file = _own(scene, File, thing)
    return scene


def _part(case: Case, thing: int | None) -> Cancellation:
    """The cancellation that is meant; of a case with one location it need not be named."""
    parts = case.cancellations
    found = [part for part in parts if part.id == thing or (thing is None and len(parts) == 1)]
    return found[0] if found else abort(404)


def _own(scene: Scene, kind: type[T], thing: int | None) -> T:
    found = scene.desk.session.get(kind, thing) if thing else None
    return found if found is not None and found.case_id == scene.case.id else abort(404)


def last_event(scene: Scene) -> int:
    """The newest event of the case: forms carry it, so that a conflict can say what came after."""
    newest = select(Event.id).where(Event.case_id == scene.case.id).order_by(Event.id.desc()).limit(1)
    return scene.desk.session.scalar(newest) or 0


def since(scene: Scene, seen: int, most: int = 10) -> Sequence[Event]:
    """What happened to the case after that event, the newest first."""
    later = select(Event).where(Event.case_id == scene.case.id, Event.id > seen)
    return scene.desk.session.scalars(later.order_by(Event.id.desc()).limit(most)).all()
