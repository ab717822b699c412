"""The single keys of the staff's pages, as a page and for the script. None of them ends a service."""

from flask import Blueprint, render_template

from staff_app import actions, people
from staff_app.people import EVERYBODY

ABOUT_LISTS = (
    ("j, k, ↓, ↑", "Next and previous row"),
    ("Enter", "Open the case"),
    ("x", "Select the row"),
    ("Shift x", "Select up to the row"),
    ("Esc", "Leave a field, close, clear the selection"),
    ("[, ]", "Previous and next case of the list"),
)
ANYWHERE = (
    ("/", "Search"),
    ("n", "New request"),
    ("g q", "My queue"),
    ("g a", "All cases"),
    ("g u", "Upcoming"),
    ("g p", "Port watch"),
    ("g d", "SLA"),
    ("g v", "Saved views"),
    ("g r", "Run log"),
    ("z", "Undo, while the receipt shows"),
    (".", "Copy the case's link"),
    ("t", "Show full times"),
    ("Ctrl Enter", "Send the note or form"),
    ("?", "This list"),
)


def register(blueprint: Blueprint) -> None:
    people.page(blueprint, "/keys", EVERYBODY, _keys)


def _keys() -> str:
    said = [(_said(act.key), act.label) for act in actions.ACTS if act.key]
    groups = (("Anywhere", ANYWHERE), ("Lists", ABOUT_LISTS), ("The case, or the row in a list", said))
    return render_template("pages/staff_keys.html", groups=groups)


def _said(key: str) -> str:
    return ", ".join(f"Shift {each.lower()}" if each.isupper() else each for each in key.split())


def of_acts() -> dict[str, list[str]]:
    """Which acts a key opens, the first that is possible."""
    found: dict[str, list[str]] = {}
    for act in actions.ACTS:
        for key in act.key.split():
            found.setdefault(key, []).append(act.name.replace("_", "-"))
    return found
