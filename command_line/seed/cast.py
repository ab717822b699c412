"""Who and what seeded cases are about: customers, places, reasons, and how often each comes up."""

from random import Random

from workflows.records.base import Row

FIRST = (
    *("Harbor", "Cedar", "Juniper", "Ridgeway", "Bluewater", "Orchard", "Kite", "Fennel", "Union", "Maple"),
    *("Prairie", "Summit", "Lakeside", "Copper", "Willow", "Granite", "Beacon", "Clover", "Falcon", "Heron"),
    *("Indigo", "Linden", "Meadow", "Northgate", "Opal", "Pioneer", "Quarry", "Redwood", "Sterling", "Tidal"),
)
SECOND = (
    *("Dental", "Auto", "Spa", "Legal", "Hardware", "Bakery", "Clinic", "Books", "Foods", "Logistics"),
    *("Motors", "Design", "Realty", "Pharmacy", "Fitness", "Travel", "Optics", "Vets", "Printing", "Roofing"),
)
PLACES = ("Main office", "Front desk", "Warehouse", "Branch", "Shop", "Studio", "Annex", "Dock", "Clinic")
PEOPLE = (
    *("Ada Brook", "Ben Cole", "Cleo Dunn", "Dev Eaton", "Ella Frost", "Finn Gray", "Gwen Hale", "Hugo Ives"),
    *(
        "Iris Jones",
        "Jude King",
        "Kara Lowe",
        "Liam Moss",
        "Mona Nash",
        "Noel Ortiz",
        "Oona Park",
        "Pia Quinn",
    ),
)
STAFF = (
    *("Ravi Osei", "Mina Aho", "Tomas Reyes", "Dana Whitfield", "Ines Roth", "Kofi Mensah"),
    *("Lena Brandt", "Omar Haddad", "Sofia Lind", "Theo Marsh"),
)
MANAGERS = ("Grace Tan", "Paul Novak")
ZONES = {
    "America/New_York": ("US-NY", 30),
    "America/Chicago": ("US-IL", 34),
    "America/Denver": ("US-CO", 10),
    "America/Los_Angeles": ("US-CA", 16),
    "America/Toronto": ("CA-ON", 7),
    "America/Vancouver": ("CA-BC", 3),
}
"""The jurisdiction of the locations in a zone, and how many in a hundred are there."""
WEIGHTS = (33, 24, 17, 12, 8, 6)
"""How often each reason of the configured list is given, from the first on."""
SAID = (
    *("We are moving to another provider.", "The office closes.", "It costs too much for us."),
    *("We merge two locations.", "Nobody uses these phones any more.", "We had too many dropped calls."),
)
STEPS = ("freeze", "stop_renewal", "disable_trunks", "remove_services", "remove_e911")
AFTER = ("remove_trunks", "revoke_access")


def customer(draw: Random, each: int) -> str:
    return f"{draw.choice(FIRST)} {draw.choice(SECOND)} {each}"


def place(draw: Random) -> Row:
    zones, weights = list(ZONES), [weight for _place, weight in ZONES.values()]
    zone = draw.choices(zones, weights)[0]
    price = int(round(draw.lognormvariate(4.4, 0.7), 0)) * 100
    return {
        "name": draw.choice(PLACES),
        "time_zone": zone,
        "jurisdiction": ZONES[zone][0],
        "monthly_price": max(price, 1900),
        "trunks": draw.choice((1, 1, 2, 4)),
        "services": draw.choice(([], ["fax"], ["sms"], ["fax", "sms"])),
    }


def category(draw: Random, reasons: tuple[str, ...]) -> str | None:
    """One of the configured reasons; some requests name none."""
    if not reasons or draw.random() < 0.04:
        return None
    known = reasons[: len(WEIGHTS)]
    return draw.choices(known, WEIGHTS[: len(known)])[0]
