"""The address of a list: everything that a list shows stands in it, so that a link is a saved view."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import request, url_for
from werkzeug.datastructures import MultiDict

from staff_app.receipts import local
from workflows.records import User
from workflows.reports import sorting
from workflows.reports.lists import DUES, Wish
from workflows.reports.sorting import DEADLINE, NEWEST, Sort
from workflows.stages import Stage

LISTS = {"/queue": "queue", "/cases": "cases"}
FILTERS = ("owner", "stage", "due", "status", "reason", "port", "near", "asked_from", "asked_to", "q")
LONGEST = 2000


@dataclass(frozen=True)
class Address:
    """One list as an address asks for it."""

    name: str
    """`queue` or `cases`."""
    args: "MultiDict[str, str]"
    me: User

    def values(self, name: str) -> list[str]:
        """Several values of a filter: repeated, or with commas between them."""
        if name in ("q", "reason"):
            return [text.strip() for text in self.args.getlist(name) if text.strip()]
        return [part for value in self.args.getlist(name) for part in value.split(",") if part]

    def has(self, name: str, value: str) -> bool:
        return value in self.values(name)

    @property
    def text(self) -> str:
        return next(iter(self.values("q")), "")

    @property
    def is_filtered(self) -> bool:
        return any(self.values(each) for each in FILTERS) and not self.is_unassigned

    @property
    def is_unassigned(self) -> bool:
        asked = {each: self.values(each) for each in FILTERS if self.values(each)}
        return self.name == "cases" and asked == {"owner": ["none"], "status": ["open"]}

    @property
    def wish(self) -> Wish:
        status, dues = self.values("status"), self._dues()
        is_queue = self.name == "queue"
        wish = Wish(
            mine=self.me.id if is_queue else None,
            owners=self._owners(),
            stages=tuple(Stage(value) for value in self.values("stage") if value in set(Stage)),
            dues=dues,
            reasons=tuple(self.values("reason")),
            asked_from=self._day("asked_from"),
            asked_to=self._day("asked_to"),
            has_port=self.has("port", "yes"),
            is_near=self.has("near", "yes"),
            text="" if is_queue else self.text,
            open_only=is_queue or status == ["open"] or bool(dues) or self.has("near", "yes"),
            closed_only=not is_queue and status == ["closed"] and not dues,
            sort=sorting.named(self.args.get("sort", "")),
        )
        after = wish.order.read(self.args.get("after", ""))
        return wish if after is None else Wish(**{**vars(wish), "after": after})

    def _owners(self) -> tuple[int | None, ...]:
        """`owner=none`, `owner=me` or a user's number; several may be given."""
        known = {"none": None, "me": self.me.id}
        found = [
            known[value] if value in known else int(value)
            for value in self.values("owner")
            if value in known or (value.isdigit() and len(value) < 18)
        ]
        return tuple(dict.fromkeys(found))

    def _dues(self) -> tuple[str, ...]:
        return tuple(value for value in self.values("due") if value in DUES)

    def _day(self, name: str) -> date | None:
        try:
            return date.fromisoformat(self.args.get(name, ""))
        except ValueError:
            return None

    # Other addresses of the same list

    def url(self, **changed: Any) -> str:
        """The first page of this list with some of its arguments changed."""
        args: dict[str, Any] = {each: self.values(each) for each in FILTERS if self.values(each)}
        args |= {"sort": self.args.get("sort")} | changed
        return url_for(f"staff.{self.name}", **{key: value for key, value in args.items() if value})

    def turned(self, name: str, value: str) -> str:
        """With one value of a filter on, where it was off, or the other way round."""
        values = self.values(name)
        without = [each for each in values if each != value]
        return self.url(**{name: without if value in values else [*values, value]})

    def sorted_by(self, name: str) -> str:
        """Sorted by a column; by the same one again: the other way round. The usual order needs no word."""
        now = self.wish.order
        wanted = now.turned if now.name == name else sorting.SORTS[name]
        usual = DEADLINE if self.wish.open_only else NEWEST
        return self.url(sort=None if wanted == usual else wanted.address)

    def here(self) -> str:
        """This very page of the list."""
        after = self.args.get("after")
        return self.url(**({"after": after} if after else {}))

    @property
    def order(self) -> Sort:
        return self.wish.order


def asked(me: User) -> Address:
    """The list that this request asks for."""
    return Address(LISTS.get(request.path, "cases"), request.args, me)


def read(text: str | None, me: User) -> Address | None:
    """The list that an address of ours names; None for anything else."""
    path = local(text)
    if path is None or len(path) > LONGEST or urlsplit(path).path not in LISTS:
        return None
    parts = urlsplit(path)
    return Address(LISTS[parts.path], MultiDict(parse_qsl(parts.query)), me)


def from_list(address: Address) -> str:
    """What is put behind the addresses of cases on this list."""
    return urlencode({"from": address.here()})


def with_from(url: str, address: str) -> str:
    """A case's address that knows the list it was opened from."""
    return f"{url}?{urlencode({'from': address})}"
