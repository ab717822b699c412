"""What the store sends and receives. Strict: nothing is converted silently, nothing unknown is ignored."""

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

NO_NUL = r"^[^\x00]*$"
Ref = Annotated[str, Field(min_length=1, max_length=100, pattern=NO_NUL)]
Text = Annotated[str, Field(max_length=4000, pattern=NO_NUL)]


def _day(value: Any) -> date:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        raise ValueError('a date is written "2027-03-15"')
    try:
        return date.fromisoformat(value)
    except ValueError as wrong:
        raise ValueError(f'"{value}" is no day of the calendar') from wrong


class Headers(BaseModel):
    key: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[!-~]+$")] | None = Field(
        default=None,
        alias="Idempotency-Key",
        description="A name of your own for this request: sent again, it answers with the same case.",
    )


class NewRequestBody(BaseModel):
    """A cancellation request, as the customer made it and confirmed it."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        json_schema_extra={
            "example": {
                "account": "acme",
                "locations": ["HQ"],
                "switches": ["HQ"],
                "requested_for": "2027-03-15",
                "reason": "We close this office.",
                "category": "Closing the location",
                "by": "pat@acme.example",
                "confirmed": True,
            }
        },
    )

    account: Ref
    locations: Annotated[list[Ref], Field(min_length=1, max_length=500)]
    switches: Annotated[list[Ref], Field(max_length=500)] = Field(
        description="The locations whose switch the customer turned on: each of `locations`, and no other."
    )
    requested_for: Annotated[date, BeforeValidator(_day)] = Field(
        description="The last day of service, in the location's time zone."
    )
    reason: Annotated[Text, Field(min_length=1)] = Field(description="In the customer's words.")
    category: Ref | None = Field(
        default=None, description="One of the reasons that the desk has on its list."
    )
    by: Annotated[str, Field(min_length=3, max_length=254, pattern=NO_NUL)] = Field(
        description="The e-mail address of who asks."
    )
    confirmed: bool = Field(description="The customer confirmed once more.")
    role: Literal["customer", "new_provider"] = Field(
        default="customer",
        description="Who asks: in Canada it may be the new provider, as the customer's agent.",
    )
    authority: Text = Field(
        default="", description="By what a new provider asks for the customer, such as a signed letter."
    )
    wish: Text = Field(default="", description="What else the customer wants us to know.")


class Received(BaseModel):
    reference: str
    received_at: datetime
    contact_by: datetime | None = Field(description="When the promised first contact is due, while it is.")
    status_url: str = Field(description="The customer's own page of the request; shows no prices.")


class Reason(BaseModel):
    code: str
    words: str


class ToDo(BaseModel):
    """What stands between the request and its confirmation, as the platform shows it now."""

    checked: bool = Field(description="False where the platform could not be read: nothing is known then.")
    checked_at: datetime
    unmet: list[Reason]


class NumberOut(BaseModel):
    number: str
    held: bool
    disposition: str
    moved_to: str | None


class Place(BaseModel):
    location: str
    name: str
    state: str
    state_since: datetime
    requested_for: date
    agreed_for: date | None
    review_on: date | None
    runs_at: datetime | None
    waits_for: list[str]
    ended_at: datetime | None
    confirmation_number: str | None
    todo: ToDo | None = Field(description="None once nothing can be confirmed any more.")
    numbers: list[NumberOut]


class ClockOut(BaseModel):
    name: str
    started_at: datetime
    due_at: datetime
    stopped_at: datetime | None
    state: str


class LetterOut(BaseModel):
    name: str
    written_at: datetime
    state: str
    accepted_at: datetime | None
    bounced_at: datetime | None


class CaseOut(BaseModel):
    reference: str
    account: str
    requester: str
    received_at: datetime
    closed_at: datetime | None
    on_hold: bool
    locations: list[Place]
    clocks: list[ClockOut]
    letters: list[LetterOut]


class CasePath(BaseModel):
    reference: str = Field(max_length=40, json_schema_extra={"example": "C-1001"})
