"""The accounts and locations with which a rehearsal begins."""

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator

from workflows import zones
from workflows.rehearsal.values import Count, Email, Name, Number, Part


def _price(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError('must be an amount such as "49.00"')
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise ValueError('must be an amount such as "49.00"') from None


def _zone(value: str) -> str:
    if value not in zones.known():
        raise ValueError("must be a time zone such as America/Chicago")
    return value


def _jurisdiction(value: str) -> str:
    if not re.fullmatch(r"[A-Z]{2}(-[A-Z]{2})?", value):
        raise ValueError("must be a country or country-subdivision, such as US or CA-ON")
    return value


class LocationSpec(Part):
    ref: Name
    time_zone: Annotated[str, AfterValidator(_zone)] | None = None
    """None stands for the office's."""
    jurisdiction: Annotated[str, AfterValidator(_jurisdiction)] = "US"
    numbers: list[Number]
    master_e911: Number | None = None
    trunks: Count = 1
    services: list[Literal["metered", "fax", "sms"]] = []
    renews_on: date
    monthly_price: Annotated[Decimal, BeforeValidator(_price), Field(ge=0)] = Decimal("49.00")

    @field_validator("master_e911")
    @classmethod
    def _is_held(cls, number: str | None, info: ValidationInfo) -> str | None:
        if number and number not in info.data.get("numbers", [number]):
            raise ValueError("must be one of the numbers of the location")
        return number


class AccountSpec(Part):
    ref: Name
    owner: Email
    authorised: list[Email] = []
    address_of_record: Email | None = None
    """None stands for the owner's."""
    location: list[LocationSpec] = Field(min_length=1)
