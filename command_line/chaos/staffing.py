"""The people at the desk, in a process of their own: they work as people do, through the pages.

What they know they read there: the list of what needs somebody, the to-do list of a case, the numbers of
its form. Several look at the same list, so that now and then two act on one case."""

import json
import re
import signal
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from random import Random

import structlog

from command_line.chaos import story
from command_line.chaos.pages import PageLost, Person
from command_line.chaos.trial import Size
from workflows import clock, logs
from workflows.house import open_house

AGENTS = ("agent", "agent2", "manager")
ROUND = 0.3
PAUSE = 1.5
"""Seconds until the same person looks at the same case again."""
AFTER_A_FAILURE = 6.0
MOST = 15
"""Cases that somebody works on before looking at the list again."""
SOON = timedelta(hours=8)
NEEDS_SOMEBODY = "/cases?status=open&" + "&".join(
    f"stage={each}"
    for each in (
        "new",
        "attempted",
        "contacted",
        "port_completed",
        "port_failed",
        "review_due",
        "look_again",
        "run_failed",
    )
)
PLANNED = "/cases?status=open&stage=scheduled"
ROW = re.compile(r'<tr class="row"[^>]*>(.*?)</tr>', re.DOTALL)
REFERENCE = re.compile(r'href="/cases/(C-\d+)[?"]')
PLACE = re.compile(r"· (L\d+)")
MOMENT = re.compile(r'<time datetime="([^"]+)"')
NEXT = re.compile(r'href="([^"]+)" rel="next"')
TO_DO = re.compile(r'<ol class="gates" aria-labelledby="todo.*?</ol>', re.DOTALL)
PART = re.compile(r'href="/cases/C-\d+/(\w+)/(\d+)"')
UNDECIDED = re.compile(r'name="numbers" value="(\+\d+)"[^>]*><span>[^<]*<span class="hint">No decision')
log = structlog.get_logger()


class Worker:
    """One person at work."""

    def __init__(self, person: Person, size: Size) -> None:
        self.person, self.size = person, size
        self.tried: dict[str, float] = {}
        self.not_before: dict[str, float] = {}
        self.acts: Counter[str] = Counter()
        self.lost: list[str] = []
        """Where the play itself lost its way through the pages."""
        self.leavers = {fate.ref for fate in story.fates(size) if fate.kind == "withdraws"}

    def round(self) -> None:
        """One look at what is open, and work on some of it. Raises PageLost."""
        for reference in self._to_do()[:MOST]:
            self.tried[reference] = time.monotonic()
            self._look_after(reference)
        for reference in self._changing_their_mind():
            self._act(reference, "withdraw", reason="They stay after all")

    def _to_do(self) -> list[str]:
        now, found = time.monotonic(), self._listed(NEEDS_SOMEBODY)
        cases = [REFERENCE.findall(row)[0] for row in found]
        ready = [each for each in cases if self.tried.get(each, 0) + PAUSE < now]
        return [each for each in ready if self.not_before.get(each, 0) < now]

    def _listed(self, path: str) -> list[str]:
        """The rows of a list and of the pages after it."""
        rows: list[str] = []
        while path:
            page = self.person.read(path)
            rows += ROW.findall(page)
            onward = NEXT.findall(page)
            path = unescape(onward[0]) if onward else ""
        return rows

    def _changing_their_mind(self) -> list[str]:
        """Whoever stays after all says so in the last hours: that is a race with the begin."""
        soon = clock.now() + SOON
        return [
            REFERENCE.findall(row)[0]
            for row in self._listed(PLANNED)
            if set(PLACE.findall(row)) & self.leavers
            and any(datetime.fromisoformat(each).astimezone(UTC) < soon for each in MOMENT.findall(row))
        ]

    def _look_after(self, reference: str) -> None:
        """What the page says comes next, one act after the other, until something has to be waited for."""
        for _ in range(5):
            page = self.person.read(f"/cases/{reference}")
            offered = dict(PART.findall(page))
            if "retry" in offered:
                self.not_before[reference] = time.monotonic() + AFTER_A_FAILURE
                self._act(reference, "retry")
                return
            if not page or not self._next_act(reference, page, offered):
                return

    def _next_act(self, reference: str, page: str, offered: dict[str, str]) -> bool:
        """Whether something was done that may be followed by more at once."""
        to_do = " ".join(TO_DO.findall(page))
        if "Nobody has spoken to the customer" in to_do or "never authenticated" in to_do:
            return self._call(reference)
        if "A port is in progress" in to_do or "is to move to another provider" in to_do:
            self._act(reference, "defer")
        elif "without a decision that holds" in to_do:
            return self._decide(reference)
        elif "confirm" in offered:
            self._confirm(reference, is_late="has passed" in to_do)
        return False

    def _call(self, reference: str) -> bool:
        """Sometimes nobody answers at first."""
        dice = self.size.dice("call", reference, self.acts[f"call {reference}"])
        self.acts[f"call {reference}"] += 1
        answers = self.acts[f"call {reference}"] > 1 or dice.random() > 0.25
        said = {"outcome": "reached", "authenticated": "pin"} if answers else {"outcome": "no_answer"}
        return self._act(reference, "contact", **said) == 303 and answers

    def _decide(self, reference: str) -> bool:
        open_ones = UNDECIDED.findall(self.person.read(f"/cases/{reference}/numbers"))
        words = {"numbers": open_ones or ["all"], "to": "not_needed", "evidence": "By phone"}
        return self._act(reference, "numbers", **words) == 303

    def _confirm(self, reference: str, *, is_late: bool) -> None:
        name = re.findall(r'data-typed="([^"]+)"', self.person.read(f"/cases/{reference}/confirm"))
        day = clock.now().astimezone(story.OFFICE).date() + timedelta(days=1)
        words = {"typed": unescape(name[0]) if name else "", "for": day.isoformat() if is_late else ""}
        self._act(reference, "confirm", **words)

    def _act(self, reference: str, act: str, **typed: object) -> int:
        status = self.person.send(f"/cases/{reference}/{act}", **typed)
        self.acts[f"{act} {status}"] += 1
        return status


def work(worker: Worker, leaving: threading.Event, dice: Random) -> None:
    while not leaving.is_set():
        try:
            worker.round()
        except PageLost as lost:
            log.warning("page_lost", page=str(lost))
        except Exception as bug:
            log.exception("lost_its_way")
            worker.lost.append(f"{worker.person.email} lost its way: {type(bug).__name__}: {bug}")
            return
        leaving.wait(ROUND + dice.random() * ROUND)


def report(workers: list[Worker]) -> dict[str, object]:
    pages, acts = Counter[str](), Counter[str]()
    for each in workers:
        pages.update(each.person.seen)
        acts.update({name: n for name, n in each.acts.items() if " C-" not in name})
    return {
        "pages": dict(sorted(pages.items())),
        "acts": dict(sorted(acts.items())),
        "lost": [words for worker in workers for words in worker.lost],
        "broken": [list(each) for worker in workers for each in worker.person.broken],
    }


def main(config: str, words: str, address: str, told: str) -> None:
    """`told` is the file for what they saw, written when they leave."""
    logs.set_up()
    leaving = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: leaving.set())
    password = open_house(Path(config)).secrets.api_token
    terminations, seed = words.split(":")
    size = Size(int(terminations), 0, 0, int(seed))
    workers = [Worker(Person(address, f"{name}@desk.example", password), size) for name in AGENTS]
    threads = [
        threading.Thread(target=work, args=(each, leaving, size.dice("people", n)))
        for n, each in enumerate(workers)
    ]
    for thread in threads:
        thread.start()
    while not leaving.wait(1):
        pass
    for thread in threads:
        thread.join()
    Path(told).write_text(json.dumps(report(workers)), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
