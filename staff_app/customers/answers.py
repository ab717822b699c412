"""What a customer answers in the three steps, with every mistake named at its input."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from staff_app.customers import dates
from staff_app.customers.dates import Form, Typed
from staff_app.customers.draft import Draft
from workflows import intake
from workflows.desk import Desk
from workflows.errors import Line
from workflows.records import Location

LONGEST = 500
"""Characters of each text."""


@dataclass
class Choice:
    """Step 1 as typed."""

    locations: list[str] = field(default_factory=list)
    on: Typed = field(default_factory=Typed)
    category: str = ""
    reason: str = ""
    wish: str = ""

    @classmethod
    def of_form(cls, form: Form) -> "Choice":
        texts = {
            name: form.get(name, "").replace("\r\n", "\n").strip() for name in ("category", "reason", "wish")
        }
        return cls(
            list(dict.fromkeys(form.getlist("locations"))), dates.typed(form, "requested_for"), **texts
        )

    @classmethod
    def of_draft(cls, draft: Draft | None) -> "Choice":
        if draft is None or not draft.day:
            return cls()
        on = Typed.of(draft.requested_for)
        return cls(list(draft.locations), on, draft.category, draft.reason, draft.wish)

    def onto(self, draft: Draft) -> Draft:
        """The draft with these answers. A location that is no longer chosen is not switched on either."""
        on, _ = dates.read(self.on, "requested_for")
        assert on is not None
        return replace(
            draft,
            locations=tuple(self.locations),
            day=on.isoformat(),
            category=self.category,
            reason=self.reason,
            wish=self.wish,
            switches=tuple(ref for ref in draft.switches if ref in self.locations),
        )


def mistakes(desk: Desk, choice: Choice, open_places: Sequence[Location], at: datetime) -> list[Line]:
    known = {place.ref: place for place in open_places}
    chosen = [known[ref] for ref in choice.locations if ref in known]
    lines = []
    if not chosen or len(chosen) != len(choice.locations):
        lines.append(Line("invalid", "Choose at least one location.", "locations"))
    lines += _date_mistakes(desk, choice, chosen, at)
    if choice.category not in desk.settings.request.reasons:
        lines.append(Line("invalid", "Choose a reason.", "category"))
    if not choice.reason:
        lines.append(Line("invalid", "Say in your own words why you are leaving.", "reason"))
    return [*lines, *_too_long(choice)]


def _date_mistakes(desk: Desk, choice: Choice, chosen: list[Location], at: datetime) -> list[Line]:
    if choice.on.is_empty:
        return [Line("invalid", "Say on which day service should end.", "requested_for")]
    on, lines = dates.read(choice.on, "requested_for")
    if on is None:
        return lines
    found = [intake.date_problems(desk, place, on, at, "requested_for") for place in chosen]
    return [line for lines in found for line in lines][:1]


def _too_long(choice: Choice) -> list[Line]:
    texts = (("reason", choice.reason), ("wish", choice.wish))
    return [
        Line("invalid", f"Say it in {LONGEST} characters or fewer. These are {len(text)}.", name)
        for name, text in texts
        if len(text) > LONGEST
    ]


def phrase(locations: int) -> str:
    """What is typed to send a request."""
    return f"CANCEL {locations} {'LOCATION' if locations == 1 else 'LOCATIONS'}"


def confirmation_mistakes(form: Form, wanted: str) -> list[Line]:
    lines = []
    if form.get("understood") != "yes":
        lines.append(Line("invalid", "Say that you understand that this cannot be undone.", "understood"))
    said = " ".join(form.get("typed", "").split())
    if said.casefold() != wanted.casefold():
        words = f"Type {wanted} exactly. You typed “{said}”." if said else f"Type {wanted}."
        lines.append(Line("invalid", words, "typed"))
    return lines
