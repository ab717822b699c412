"""Who acts: always named. `customer` and `system` are actors too."""

from dataclasses import dataclass

from workflows.records import User
from workflows.states import By


@dataclass(frozen=True)
class Actor:
    kind: By
    name: str
    """A member of staff's e-mail address, or `customer`, or `system`."""
    user: User | None = None
    address: str = ""
    """The customer's e-mail address, where it is known."""


SYSTEM = Actor(By.system, "system")


def staff(user: User) -> Actor:
    return Actor(By.agent, user.email, user)


def customer(address: str = "") -> Actor:
    return Actor(By.customer, "customer", address=address)
