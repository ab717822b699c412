"""What the platform's answers look like: strict models, so that a wrong answer is found at the door."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from workflows import zones
from workflows.adapters.platform import AccountBook, Answer, LocationBook, NumberBook, OrderBook, Person
from workflows.states import OrderState


def _zone(value: str) -> str:
    if value not in zones.known():
        raise ValueError("is no time zone of the IANA list")
    return value


def _whole_second(value: datetime) -> datetime:
    return value.astimezone(UTC).replace(microsecond=0)


Number = Annotated[str, Field(pattern=r"^\+[1-9]\d{6,14}$")]
Instant = Annotated[AwareDatetime, AfterValidator(_whole_second)]
Zone = Annotated[str, AfterValidator(_zone)]
Name = Annotated[str, Field(min_length=1)]


class Wire(BaseModel):
    """Unknown members are passed over: a platform may say more than we ask."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class PersonWire(Wire):
    email: Name
    role: Literal["owner", "authorised"]
    name: str = ""
    phone: str = ""


class LocationWire(Wire):
    ref: Name
    name: str
    time_zone: Zone
    jurisdiction: Name
    numbers: list[Number]
    master_e911: Number | None
    trunks: int = Field(ge=0)
    services: list[Literal["metered", "fax", "sms"]]
    renews_on: date
    monthly_price: Decimal = Field(ge=0)
    renewal_on: bool
    frozen: bool
    trunks_enabled: bool
    e911_present: bool
    access: bool
    billed: list[Instant]

    def book(self) -> LocationBook:
        said = {name: getattr(self, name) for name in type(self).model_fields}
        ordered = {
            "numbers": tuple(sorted(self.numbers)),
            "services": tuple(self.services),
            "billed": tuple(sorted(self.billed)),
        }
        return LocationBook(**said | ordered)


class AccountWire(Wire):
    ref: Name
    name: str
    people: list[PersonWire]
    address_of_record: Name
    locations: list[LocationWire]

    def book(self) -> AccountBook:
        return AccountBook(
            ref=self.ref,
            name=self.name,
            people=tuple(Person(each.email, each.role, each.name, each.phone) for each in self.people),
            address_of_record=self.address_of_record,
            locations=tuple(each.book() for each in self.locations),
        )


class AccountsWire(Wire):
    accounts: list[Name]


class NumberWire(Wire):
    held: bool
    open_order: Name | None

    def book(self) -> NumberBook:
        return NumberBook(self.held, self.open_order)


class OrderWire(Wire):
    ref: Name
    account: Name
    numbers: list[Number]
    state: OrderState
    foc: Instant | None
    changed: int = Field(ge=0)

    def book(self) -> OrderBook:
        numbers = tuple(self.numbers)
        return OrderBook(self.ref, self.account, numbers, self.state, self.foc, self.changed)


class OrdersWire(Wire):
    orders: list[OrderWire]

    def books(self) -> list[OrderBook]:
        return sorted((each.book() for each in self.orders), key=lambda order: order.changed)


class StepWire(Wire):
    """What a call that went through says: applied now (or by an earlier try), or done already."""

    answer: Literal[Answer.applied, Answer.gone]


class ProblemWire(Wire):
    """RFC 9457; `type` tells programs what went wrong."""

    type: str = "about:blank"
    title: str = ""
    detail: str = ""
