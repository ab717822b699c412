"""The tables, one file per noun: columns, constraints, tiny properties. Behaviour lives elsewhere."""

from workflows.records.account import Account, Location, Number, Person
from workflows.records.base import Base
from workflows.records.case import Cancellation, Case, Hold, LegalHold, Override, Request
from workflows.records.desk_state import Beat, CalendarVersion, DayNotice, Finding, Link, Stop
from workflows.records.desk_work import SavedView, Viewing
from workflows.records.event import Anchor, Event
from workflows.records.file import File
from workflows.records.letter import Letter
from workflows.records.port_order import Feed, PortOrder, PortOrderNumber
from workflows.records.promise import Clock, Contact
from workflows.records.run import Call, Run, Step
from workflows.records.user import User
from workflows.records.word import Word

__all__ = [
    "Account",
    "Anchor",
    "Base",
    "Beat",
    "CalendarVersion",
    "Call",
    "Cancellation",
    "Case",
    "Clock",
    "Contact",
    "DayNotice",
    "Event",
    "Feed",
    "File",
    "Finding",
    "Hold",
    "LegalHold",
    "Letter",
    "Link",
    "Location",
    "Number",
    "Override",
    "Person",
    "PortOrder",
    "PortOrderNumber",
    "Request",
    "Run",
    "SavedView",
    "Step",
    "Stop",
    "User",
    "Viewing",
    "Word",
]
