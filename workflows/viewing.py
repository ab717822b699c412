"""Who has the page of a case open: each says so again and again, and is forgotten soon after."""

from datetime import datetime, timedelta

from sqlalchemy import delete

from workflows.desk import Desk
from workflows.records import Case, User, Viewing

KEPT = timedelta(hours=1)


def see(desk: Desk, case: Case, user: User, at: datetime) -> None:
    """This user looks at this case now. What is older than an hour goes."""
    desk.session.execute(delete(Viewing).where(Viewing.seen_at < at - KEPT))
    desk.session.merge(Viewing(case_id=case.id, user_id=user.id, seen_at=at))
