"""Who is looking at which case just now."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from workflows.desk import Desk
from workflows.records import User, Viewing
from workflows.states import Role

LASTS = timedelta(seconds=75)
"""A page says every 30 seconds that it is open: who was silent for longer has left."""


def at_cases(
    desk: Desk, cases: Sequence[int], at: datetime, *, but: User
) -> tuple[dict[int, list[User]], list[User]]:
    """Who else looks at each of some cases, and all who work on cases by name. One query."""
    here = (Viewing.user_id == User.id) & Viewing.case_id.in_(cases) & (Viewing.seen_at > at - LASTS)
    working = User.role.in_((Role.agent, Role.manager)) & User.is_active
    found = select(User, Viewing.case_id).outerjoin(Viewing, here).where(working).order_by(User.name, User.id)
    lookers: dict[int, list[User]] = defaultdict(list)
    staff: dict[int, User] = {}
    for user, case_id in desk.session.execute(found):
        staff[user.id] = user
        if case_id is not None and user.id != but.id:
            lookers[case_id].append(user)
    return lookers, list(staff.values())
