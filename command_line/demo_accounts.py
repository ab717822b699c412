"""The customers of the demo: accounts, people, locations and their numbers (555-01xx: nobody's)."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from workflows.adapters.sandbox import Books

CHICAGO, NEW_YORK, DENVER = "America/Chicago", "America/New_York", "America/Denver"
LOS_ANGELES, TORONTO = "America/Los_Angeles", "America/Toronto"


@dataclass(frozen=True)
class Place:
    ref: str
    name: str
    area: int
    """The area code of its numbers."""
    first: int
    """The last two digits of its first number."""
    count: int
    zone: str = CHICAGO
    jurisdiction: str = "US"
    price: str = "49.00"
    trunks: int = 2
    services: tuple[str, ...] = ()
    renews_in: int = 20
    """Days until it renews, counted from the demo's beginning."""

    @property
    def numbers(self) -> list[str]:
        return [number(self.area, self.first + each) for each in range(self.count)]


@dataclass(frozen=True)
class Customer:
    ref: str
    name: str
    owner: tuple[str, str]
    """Name and e-mail."""
    places: tuple[Place, ...]
    authorised: tuple[tuple[str, str], ...] = ()


def number(area: int, end: int) -> str:
    return f"+1{area}55501{end:02}"


CUSTOMERS = (
    Customer(
        "aspen",
        "Aspen Outdoor Co.",
        ("Robin Vale", "robin@aspen-outdoor.example"),
        (
            Place("aspen-store", "Boulder store", 303, 10, 3, DENVER, price="68.00", services=("fax",)),
            Place("aspen-depot", "Denver warehouse", 303, 20, 2, DENVER),
        ),
        (("Jamie Ortiz", "jamie@aspen-outdoor.example"),),
    ),
    Customer(
        "birchwood",
        "Birchwood Dental",
        ("Pat Morrow", "pat@birchwood-dental.example"),
        (Place("birchwood", "Main Street practice", 256, 10, 4, price="79.00", services=("fax",)),),
    ),
    Customer(
        "harbor",
        "Harbor & Pine Law",
        ("Lena Pine", "lena@harborpine.example"),
        (Place("harbor", "Riverfront office", 615, 10, 5, price="120.00", services=("fax", "metered")),),
    ),
    Customer(
        "cobalt",
        "Cobalt Cycling",
        ("Sam Adeyemi", "sam@cobaltcycling.example"),
        (Place("cobalt", "Workshop", 404, 10, 2, NEW_YORK, price="39.00"),),
    ),
    Customer(
        "meadowlark",
        "Meadowlark Clinics",
        ("Dr. Ines Farrow", "ines@meadowlark.example"),
        (
            Place("meadow-north", "North clinic", 512, 10, 3, price="86.00", services=("fax",)),
            Place("meadow-south", "South clinic", 512, 20, 2, price="64.00"),
        ),
        (("Noel Quist", "noel@meadowlark.example"),),
    ),
    Customer(
        "juniper",
        "Juniper Hotels",
        ("Carla Reyes", "carla@juniperhotels.example"),
        (Place("juniper", "Lakeside hotel", 312, 10, 6, price="210.00", trunks=8, services=("metered",)),),
    ),
    Customer(
        "tallgrass",
        "Tallgrass Freight",
        ("Wade Lund", "wade@tallgrass.example"),
        (Place("tallgrass", "Dispatch center", 402, 10, 3, price="95.00", trunks=4),),
    ),
    Customer(
        "sunlit",
        "Sunlit Yoga",
        ("Maya Brook", "maya@sunlityoga.example"),
        (Place("sunlit", "Studio", 512, 40, 1, price="29.00", trunks=1),),
    ),
    Customer(
        "kestrel",
        "Kestrel Print Shop",
        ("Owen Hart", "owen@kestrelprint.example"),
        (Place("kestrel", "Print shop", 214, 10, 3, price="58.00", services=("fax", "sms")),),
    ),
    Customer(
        "oldmill",
        "Old Mill Bakery",
        ("Greta Moss", "greta@oldmill.example"),
        (Place("oldmill", "Bakery and café", 319, 10, 3, price="44.00"),),
    ),
    Customer(
        "silverfern",
        "Silver Fern Travel",
        ("Tui Marsh", "tui@silverfern.example"),
        (Place("silverfern", "Travel desk", 206, 10, 2, LOS_ANGELES, price="52.00"),),
    ),
    Customer(
        "lakeshore",
        "Lakeshore Realty",
        ("Bea Stone", "bea@lakeshore-realty.example"),
        (Place("lakeshore", "Front office", 414, 10, 2, price="61.00"),),
    ),
    Customer(
        "orbit",
        "Orbit Software",
        ("Kai Feld", "kai@orbitsoftware.example"),
        (Place("orbit", "Office", 919, 10, 4, NEW_YORK, price="140.00"),),
    ),
    Customer(
        "mapleridge",
        "Maple Ridge Veterinary",
        ("Claire Dubois", "claire@mapleridgevet.example"),
        (Place("mapleridge", "Animal hospital", 416, 10, 3, TORONTO, "CA-ON", price="72.00"),),
    ),
    Customer(
        "granite",
        "Granite Insurance",
        ("Victor Hale", "victor@granite-insurance.example"),
        (Place("granite", "Claims office", 603, 10, 4, NEW_YORK, price="180.00", services=("fax",)),),
    ),
    Customer(
        "pinecrest",
        "Pinecrest School District",
        ("Ruth Amato", "ruth@pinecrest-schools.example"),
        (Place("pinecrest", "District office", 217, 10, 32, price="1450.00", trunks=24),),
    ),
    Customer(
        "bluebonnet",
        "Bluebonnet Foods",
        ("Hal Greer", "hal@bluebonnetfoods.example"),
        (Place("bluebonnet", "Packing plant", 713, 10, 2, price="66.00"),),
    ),
    Customer(
        "riverside",
        "Riverside Auto",
        ("Dee Kowal", "dee@riversideauto.example"),
        (Place("riverside", "Showroom", 503, 10, 3, LOS_ANGELES, price="91.00"),),
    ),
    Customer(
        "driftwood",
        "Driftwood Coffee",
        ("Ana Silva", "ana@driftwood.example"),
        (Place("driftwood", "Roastery", 207, 10, 1, NEW_YORK, price="35.00", trunks=1),),
    ),
    Customer(
        "quarry",
        "Quarry Tools",
        ("Burt Lang", "burt@quarrytools.example"),
        (Place("quarry", "Tool hire", 563, 10, 2, price="47.00"),),
    ),
)
SENDER = CUSTOMERS[0]
"""The customer who has no request yet: for whoever tries the demo."""


def fill(books: Books, begins: date) -> None:
    """Opens all accounts in the sandbox's books."""
    for customer in CUSTOMERS:
        people = (customer.owner, *customer.authorised)
        books.add_account(
            customer.ref,
            customer.name,
            owner=customer.owner[1],
            authorised=[email for _name, email in customer.authorised],
            names={email: name for name, email in people},
            phones={customer.owner[1]: customer.places[0].numbers[0]},
        )
        for place in customer.places:
            _open(books, customer, place, begins)


def _open(books: Books, customer: Customer, place: Place, begins: date) -> None:
    books.add_location(
        customer.ref,
        place.ref,
        place.name,
        renews_on=begins + timedelta(days=place.renews_in),
        time_zone=place.zone,
        jurisdiction=place.jurisdiction,
        numbers=place.numbers,
        master_e911=place.numbers[0],
        trunks=place.trunks,
        services=place.services,
        monthly_price=Decimal(place.price),
    )
