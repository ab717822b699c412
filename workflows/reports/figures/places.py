"""In which countries the locations are."""

from sqlalchemy import func, select

from workflows.desk import Desk
from workflows.records import Location


def countries(desk: Desk) -> list[str]:
    """Codes such as US and CA: found by leaps over an index, one for each country."""
    found: list[str] = []
    after = ""
    while True:
        next_one = select(func.min(Location.jurisdiction)).where(Location.jurisdiction >= after)
        place = desk.session.scalar(next_one)
        if place is None:
            return found
        country = place.split("-")[0]
        found.append(country)
        after = f"{country}."
