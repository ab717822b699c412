"""What happened at the demo's desk before it opens: every stage, clock result, letter and run."""

from datetime import date
from typing import Any

from command_line.demo_stage import Moment

Story = list[tuple[Moment, str, dict[str, Any]]]
PROVIDER = "Moving to another provider"
SYSTEM = "Moving to another system"
CLOSING = "Closing the location"
PRICE = "Too expensive"
UNUSED = "Not used any more"


def story(ends_on: date) -> Story:
    """`ends_on` is the day on which the print shop ends, minutes after the demo's start."""
    return [
        *_new(),
        *_in_conversation(),
        *_waiting_for_ports(),
        *_scheduled(ends_on),
        *_ran(),
        *_ended_otherwise(),
        *_held_back(),
        *_found(),
    ]


def _new() -> Story:
    birchwood = {"days": 30, "category": CLOSING, "owner": None}
    driftwood = {"days": 21, "category": UNUSED, "owner": "agent2"}
    harbor = {"days": 4, "category": PROVIDER, "owner": "agent"}
    return [
        (
            70,
            "submit",
            {"case": "birchwood", "reason": "We merge with the practice next door.", **birchwood},
        ),
        (
            (-4, "10:20"),
            "submit",
            {"case": "harbor", "reason": "Our new building has its own system.", **harbor},
        ),
        (
            (-3, "14:05"),
            "submit",
            {"case": "driftwood", "reason": "Everybody writes to us on the web.", **driftwood},
        ),
        ((-2, "09:40"), "message", _driftwood()),
    ]


def _driftwood() -> dict[str, Any]:
    text = "Hello Ana, may we call you tomorrow morning about your request? Ravi"
    return {"case": "driftwood", "text": text, "who": "agent2", "answer": "bounce"}


def _in_conversation() -> Story:
    cobalt = {"days": 25, "reason": "The workshop closes for good.", "category": CLOSING}
    meadow = {"days": 18, "reason": "We moved to the hospital's system.", "category": SYSTEM}
    reached = "Both clinics move; south keeps one number until the signs are changed."
    return [
        ((-3, "11:15"), "submit", {"case": "cobalt", **cobalt}),
        ((-2, "15:30"), "contact", {"case": "cobalt", "outcome": "no_answer", "note": "Rang out twice."}),
        ((-5, "13:10"), "submit", {"case": "meadowlark", **meadow}),
        (
            (-4, "09:30"),
            "contact",
            {"case": "meadowlark", "outcome": "reached", "how": "pin", "note": reached},
        ),
        ((-4, "09:45"), "dispose", {"case": "meadowlark", "to": "not_needed", "location": "meadow-north"}),
        ((-4, "09:50"), "confirm", {"case": "meadowlark", "location": "meadow-north", "days": 18}),
    ]


def _waiting_for_ports() -> Story:
    juniper = {"days": 10, "reason": "The chain brings its own provider.", "category": PROVIDER}
    tallgrass = {"days": 6, "reason": "Our carrier bundles it.", "category": PROVIDER}
    bluebonnet = {"days": 14, "reason": "Cheaper elsewhere.", "category": PRICE}
    return [
        ((-6, "10:00"), "submit", {"case": "juniper", **juniper}),
        ((-6, "15:20"), "contact", {"case": "juniper", "outcome": "reached", "how": "callback"}),
        ((-5, "09:10"), "port", {"account": "juniper", "order": "PO-4410", "state": "requested"}),
        ((-5, "09:20"), "defer", {"case": "juniper"}),
        (
            (-3, "16:00"),
            "port",
            {"account": "juniper", "order": "PO-4410", "state": "committed", "foc_in": 1},
        ),
        ((-9, "11:40"), "submit", {"case": "tallgrass", **tallgrass}),
        ((-8, "10:30"), "contact", {"case": "tallgrass", "outcome": "reached", "how": "pin"}),
        (
            (-8, "10:50"),
            "port",
            {"account": "tallgrass", "order": "PO-4388", "state": "committed", "foc_in": -1},
        ),
        ((-8, "11:00"), "defer", {"case": "tallgrass"}),
        ((-1, "16:45"), "port", {"account": "tallgrass", "order": "PO-4388", "state": "completed"}),
        ((-10, "09:25"), "submit", {"case": "bluebonnet", "owner": "agent2", **bluebonnet}),
        (
            (-9, "10:10"),
            "contact",
            {"case": "bluebonnet", "outcome": "reached", "how": "pin", "who": "agent2"},
        ),
        (
            (-9, "10:20"),
            "port",
            {"account": "bluebonnet", "order": "PO-4391", "state": "requested", "numbers": 2},
        ),
        ((-9, "10:25"), "defer", {"case": "bluebonnet", "who": "agent2"}),
        ((-2, "12:15"), "port", {"account": "bluebonnet", "order": "PO-4391", "state": "rejected"}),
    ]


def _scheduled(ends_on: date) -> Story:
    sunlit = {"days": 8, "reason": "The studio goes online.", "category": CLOSING}
    maple = {"days": 15, "reason": "We join a group of clinics.", "category": SYSTEM}
    riverside = {"days": 20, "reason": "New phone system.", "category": SYSTEM}
    kestrel = {"days": 0, "reason": "I retire. Thank you for eleven good years.", "category": CLOSING}
    return [
        *_agreed("sunlit", -4, sunlit),
        *_agreed("mapleridge", -6, maple),
        *_agreed("riverside", -7, riverside),
        (
            (-1, "10:35"),
            "port",
            {
                "account": "riverside",
                "order": "PO-4417",
                "state": "committed",
                "numbers": 2,
                "foc_in": 9,
            },
        ),
        ((-1, "11:05"), "submit", {"case": "kestrel", **kestrel}),
        (50, "contact", {"case": "kestrel", "outcome": "reached", "how": "callback"}),
        (45, "dispose", {"case": "kestrel", "to": "not_needed"}),
        (40, "confirm_on", {"case": "kestrel", "day": ends_on}),
    ]


def _ran() -> Story:
    silver = {"days": -11, "reason": "Travel desk closed.", "category": CLOSING}
    mill = {"days": -1, "reason": "One shop is enough.", "category": PRICE}
    return [
        *_agreed("silverfern", -14, silver),
        *_agreed("oldmill", -5, mill),
        ((-4, "09:05"), "fail", {"on": "release:+13195550111", "answer": "denied"}),
    ]


def _agreed(case: str, day: int, asked: dict[str, Any]) -> Story:
    """Asked, reached the day after, nothing to keep, confirmed."""
    return [
        ((day, "10:10"), "submit", {"case": case, **asked}),
        ((day + 1, "11:20"), "contact", {"case": case, "outcome": "reached", "how": "pin"}),
        ((day + 1, "11:25"), "dispose", {"case": case, "to": "not_needed"}),
        ((day + 1, "11:30"), "confirm", {"case": case}),
    ]


def _ended_otherwise() -> Story:
    lake = {"days": 12, "reason": "Too expensive for us.", "category": PRICE}
    orbit = {"days": 9, "reason": "Please cancel.", "category": "Other"}
    why = "We could not find that you may end this service. The owner may ask for it."
    return [
        ((-8, "09:50"), "submit", {"case": "lakeshore", "owner": "agent2", **lake}),
        (
            (-7, "14:00"),
            "contact",
            {"case": "lakeshore", "outcome": "voicemail", "who": "agent2"},
        ),
        ((-6, "16:20"), "withdraw", {"case": "lakeshore", "reason": "We keep it after all."}),
        (
            (-6, "13:00"),
            "submit",
            {"case": "orbit", "owner": "agent2", "by": "intern@orbitsoftware.example", **orbit},
        ),
        ((-5, "10:00"), "contact", {"case": "orbit", "outcome": "wrong_person", "who": "agent2"}),
        ((-5, "10:30"), "decline", {"case": "orbit", "reason": why}),
    ]


def _held_back() -> Story:
    granite = {"days": 16, "reason": "The claims office moves.", "category": CLOSING}
    pine = {"days": 5, "reason": "The district buys a new system.", "category": SYSTEM}
    return [
        ((-6, "11:45"), "submit", {"case": "granite", **granite}),
        ((-5, "14:30"), "contact", {"case": "granite", "outcome": "reached", "how": "callback"}),
        ((-5, "14:40"), "hold", {"case": "granite", "reason": "A lawsuit needs the call records."}),
        *_agreed("pinecrest", -4, pine),
    ]


def _found() -> Story:
    """Every number ported away without a word: still billed, and found by the reconciler."""
    return [
        ((-7, "09:15"), "port", {"account": "quarry", "order": "PO-4402", "state": "committed"}),
        ((-5, "15:00"), "port", {"account": "quarry", "order": "PO-4402", "state": "completed"}),
    ]
