"""What managers look at to steer: what was declined, holds, overrides, the stop switch, the team."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from workflows.desk import Desk
from workflows.records import Cancellation, Case, Event, Hold, LegalHold, Override, Stop, User
from workflows.states import Role, State

ROWS = 50
MOST = 200
"""Holds and overrides in force are few; more than this are counted, not shown."""


@dataclass(frozen=True)
class Declined:
    part: Cancellation
    by: str
    """An e-mail address of staff; empty where the history does not say."""


@dataclass(frozen=True)
class Overridden:
    override: Override
    part: Cancellation
    by: User


@dataclass(frozen=True)
class Stopped:
    stop: Stop
    ended_by: User | None


@dataclass(frozen=True)
class Member:
    user: User
    open_cases: int


def declined(desk: Desk, before: int | None = None) -> tuple[list[Declined], int | None]:
    """(a page of what was declined, the newest request first; where the next page begins)"""
    wanted = select(Cancellation).where(Cancellation.state == State.declined)
    if before is not None:
        wanted = wanted.where(Cancellation.id < before)
    loaded = wanted.options(
        joinedload(Cancellation.location), joinedload(Cancellation.case).joinedload(Case.account)
    )
    parts = desk.session.scalars(loaded.order_by(Cancellation.id.desc()).limit(ROWS + 1)).all()
    shown = parts[:ROWS]
    told = select(Event.cancellation_id, Event.actor).where(
        Event.case_id.in_({part.case_id for part in shown}), Event.name == "decline"
    )
    by = {row.cancellation_id: row.actor for row in desk.session.execute(told)}
    more = shown[-1].id if len(parts) > ROWS else None
    return [Declined(part, by.get(part.id, "")) for part in shown], more


def holds(desk: Desk) -> Sequence[Hold]:
    """Those in force, the oldest first."""
    found = select(Hold).join(Case, Case.id == Hold.case_id)
    wanted = found.where(Hold.released_at.is_(None), Case.closed_at.is_(None)).order_by(Hold.at).limit(MOST)
    return desk.session.scalars(wanted.options(joinedload(Hold.by))).all()


def legal_holds(desk: Desk) -> Sequence[LegalHold]:
    found = select(LegalHold).where(LegalHold.released_at.is_(None)).order_by(LegalHold.at).limit(MOST)
    return desk.session.scalars(found.options(joinedload(LegalHold.by))).all()


def held_cases(desk: Desk, found: Sequence[Hold | LegalHold]) -> dict[int, Case]:
    """The cases of these, with their accounts."""
    ids = {each.case_id for each in found}
    cases = select(Case).where(Case.id.in_(ids)).options(joinedload(Case.account))
    return {case.id: case for case in desk.session.scalars(cases)}


def overrides(desk: Desk) -> list[Overridden]:
    """Those in force, the oldest first."""
    found = (
        select(Override, Cancellation, User)
        .join(Cancellation, Cancellation.id == Override.cancellation_id)
        .join(User, User.id == Override.by_id)
        .where(Override.ended_at.is_(None))
        .options(joinedload(Cancellation.location), joinedload(Cancellation.case).joinedload(Case.account))
        .order_by(Override.at)
        .limit(MOST)
    )
    return [Overridden(*row) for row in desk.session.execute(found)]


def stops(desk: Desk) -> list[Stopped]:
    """The stop switch's history, the newest first."""
    thrower, ender = aliased(User), aliased(User)
    found = (
        select(Stop, ender)
        .outerjoin(Stop.by.of_type(thrower))
        .outerjoin(ender, ender.id == Stop.ended_by_id)
        .options(contains_eager(Stop.by.of_type(thrower)))
        .order_by(Stop.id.desc())
        .limit(ROWS)
    )
    return [Stopped(*row) for row in desk.session.execute(found)]


def team(desk: Desk) -> list[Member]:
    """Who works on cases, and who still owns some; how many each."""
    owned = (
        select(Case.owner_id, func.count().label("cases"))
        .where(Case.closed_at.is_(None), Case.owner_id.is_not(None))
        .group_by(Case.owner_id)
        .subquery()
    )
    works = User.role.in_((Role.agent, Role.manager)) & User.is_active
    found = (
        select(User, func.coalesce(owned.c.cases, 0))
        .outerjoin(owned, owned.c.owner_id == User.id)
        .where(works | (owned.c.cases > 0))
        .order_by(User.name, User.id)
    )
    return [Member(*row) for row in desk.session.execute(found)]
