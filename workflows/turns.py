"""New cases in turn: each goes to the agent who is here and has waited longest (where switched on)."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from workflows.actors import SYSTEM
from workflows.desk import Desk
from workflows.history import note
from workflows.records import Case, User
from workflows.states import Role

A_SECOND = timedelta(seconds=1)
"""Two cases of the same second go to two agents."""


def give(desk: Desk, case: Case, at: datetime) -> None:
    """Gives a new case its owner. Where nobody is here it stays without one."""
    if not desk.settings.assignment.round_robin:
        return
    here = select(User).where(User.role == Role.agent, User.is_active, User.is_away.is_(False))
    longest = here.order_by(User.given_at.is_not(None), User.given_at, User.id).limit(1)
    agent = desk.session.scalar(longest)
    if agent is None:
        return
    newest = desk.session.scalar(select(func.max(User.given_at)))
    agent.given_at = max(at, newest + A_SECOND) if newest else at
    case.owner = agent
    note(desk, "assigned", at=at, by=SYSTEM, case=case, to=agent.email)
    desk.session.flush()
