"""What a person, or a test, may do to the sandbox: each act checked, then done to the books."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
)

from workflows.adapters.sandbox import FAULTS, Books, BooksError
from workflows.states import OrderState


def _split(value: Any) -> Any:
    """A text field holds several numbers, parted by spaces, commas or new lines."""
    return [each for each in re.split(r"[\s,;]+", value) if each] if isinstance(value, str) else value


def _nothing(value: Any) -> Any:
    return None if value == "" else value


def _zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError(f'"{value}" is no time zone of the IANA list, such as "America/Chicago"')
    return value


def _e164(value: str) -> str:
    if not re.fullmatch(r"\+[1-9]\d{6,14}", value):
        raise ValueError(f'"{value}" is no number of the form +12565550101')
    return value


def _name(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", value):
        raise ValueError("a name has letters, digits, dots, dashes and underscores, 64 at most")
    return value


Ref = Annotated[str, AfterValidator(_name)]
PhoneNumber = Annotated[str, AfterValidator(_e164)]
PhoneNumbers = Annotated[list[PhoneNumber], BeforeValidator(_split)]
MaybeNumber = Annotated[PhoneNumber | None, BeforeValidator(_nothing)]
MaybeInstant = Annotated[AwareDatetime | None, BeforeValidator(_nothing)]


class Act(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Port(Act):
    """A port order as the carrier has it from now on. Empty `numbers` keep those that stand."""

    order: Ref
    account: Ref
    numbers: PhoneNumbers = []
    state: OrderState
    foc: MaybeInstant = None
    tell: bool = False
    """Whether a webhook tells Lastcall."""

    def do(self, books: Books, at: datetime) -> str:
        if books.account(self.account) is None:
            raise BooksError(f"The platform has no account {self.account}.")
        if not self.numbers and books.order(self.order) is None:
            raise BooksError("A new order needs at least one number.")
        foc = self.foc.astimezone(UTC).replace(microsecond=0) if self.foc else None
        books.port(self.order, self.account, self.numbers, self.state, foc, at=at)
        return f"Order {self.order} is {self.state.value}"


class Move(Act):
    number: PhoneNumber
    to: Ref

    def do(self, books: Books, at: datetime) -> str:
        if books.holder(self.number) is None:
            raise BooksError(f"No location holds {self.number}.")
        books.move(self.number, self.to)
        return f"{self.number} is at {self.to}"


class AddNumber(Act):
    location: Ref
    number: PhoneNumber

    def do(self, books: Books, at: datetime) -> str:
        if holder := books.holder(self.number):
            raise BooksError(f"{self.number} is held at {holder}; move it instead.")
        books.add_number(self.location, self.number)
        return f"{self.number} is at {self.location}"


class SetMaster(Act):
    location: Ref
    number: MaybeNumber = None

    def do(self, books: Books, at: datetime) -> str:
        books.set_master(self.location, self.number)
        return f"The master E911 number of {self.location} is {self.number or 'not set'}"


class Fail(Act):
    """How the next calls of a step, or the next reads, are answered."""

    on: str
    answer: Literal[FAULTS]  # type: ignore[valid-type]
    times: int = Field(default=1, ge=1, le=100)

    def do(self, books: Books, at: datetime) -> str:
        books.fail(self.on, self.answer, self.times)
        return f"The next {self.on} will be answered with {self.answer}"


class OpenAccount(Act):
    ref: Ref
    name: str = ""
    owner: str = Field(pattern=r"^\S+@\S+$")
    authorised: list[str] = []
    address_of_record: str | None = None
    names: dict[str, str] = {}
    phones: dict[str, str] = {}

    def do(self, books: Books, at: datetime) -> str:
        books.add_account(**self.model_dump())
        return f"Account {self.ref} is open"


class OpenLocation(Act):
    account: Ref
    ref: Ref
    name: str = ""
    renews_on: date
    time_zone: Annotated[str, AfterValidator(_zone)] = "America/Chicago"
    jurisdiction: str = Field(default="US", pattern=r"^(US|CA)(-[A-Z]{2})?$")
    numbers: PhoneNumbers = []
    master_e911: MaybeNumber = None
    trunks: int = Field(default=1, ge=0)
    services: list[Literal["metered", "fax", "sms"]] = []
    monthly_price: Decimal = Field(default=Decimal("49.00"), ge=0)

    def do(self, books: Books, at: datetime) -> str:
        books.add_location(**self.model_dump())
        return f"Location {self.ref} is open"


AnyAct = Port | Move | AddNumber | SetMaster | Fail | OpenAccount | OpenLocation
ACTS: dict[str, Callable[[dict[str, Any]], AnyAct]] = {
    "port": Port.model_validate,
    "move": Move.model_validate,
    "number": AddNumber.model_validate,
    "master": SetMaster.model_validate,
    "fail": Fail.model_validate,
    "account": OpenAccount.model_validate,
    "location": OpenLocation.model_validate,
}
