"""The desk: what every workflow needs at hand. It opens no transaction and closes none."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from workflows.adapters.platform import Carrier, Platform
from workflows.business_days import BusinessCalendar
from workflows.config import Settings


@dataclass
class Desk:
    session: Session
    settings: Settings
    platform: Platform
    carrier: Carrier
    calendar: BusinessCalendar
    """The calendar in force: the one last applied, not necessarily the one in the file."""
    source: str = ""
    """The network address from which what is done now was asked for; empty where it was not over HTTP."""
