"""The sandbox's books: what each step, order, renewal and ordered answer does to them."""

from datetime import UTC, date, datetime

import pytest

from workflows.adapters.platform import Answer, Carrier, Platform, Purpose, StepCall, is_applied
from workflows.adapters.sandbox import Books, BooksError, SandboxCarrier, SandboxPlatform, WorkerKilled
from workflows.errors import Unreachable
from workflows.states import OrderState

AT = datetime(2027, 3, 3, 18, tzinfo=UTC)
ONE, TWO = "+12565550101", "+12565550102"
PLAN = [
    "freeze",
    "stop_renewal",
    "disable_trunks",
    "remove_services",
    "remove_e911",
    f"release:{ONE}",
    f"release:{TWO}",
    "remove_trunks",
    "revoke_access",
]


@pytest.fixture
def books() -> Books:
    books = Books()
    books.add_account("acme", "Acme", owner="pat@acme.example", authorised=["kim@acme.example"])
    books.add_location(
        "acme", "HQ", numbers=[TWO, ONE], master_e911=ONE, services=["fax"], renews_on=date(2027, 1, 31)
    )
    books.add_location("acme", "Lab", time_zone="America/New_York", renews_on=date(2027, 2, 5))
    return books


def call(books: Books, step: str, request: str = "", fencing: int = 1, location: str = "HQ") -> Answer:
    return books.apply(StepCall(location, step, request or f"r-{location}-{step}", fencing), AT)


def port(books: Books, state: str, order: str = "P-1", numbers: tuple[str, ...] = (ONE,)) -> None:
    books.port(order, "acme", numbers, OrderState(state), at=AT)


def held(books: Books, location: str = "HQ") -> tuple[str, ...]:
    account = books.account("acme")
    place = account.location(location) if account else None
    assert place
    return place.numbers


def test_account_shows_people_and_locations(books: Books) -> None:
    account = books.account("acme")
    assert account
    assert account.address_of_record == "pat@acme.example"
    assert [(person.email, person.role) for person in account.people] == [
        ("pat@acme.example", "owner"),
        ("kim@acme.example", "authorised"),
    ]
    assert [place.ref for place in account.locations] == ["HQ", "Lab"]
    assert held(books) == (ONE, TWO)
    assert books.account("nobody") is None


def test_names_are_given_once(books: Books) -> None:
    with pytest.raises(BooksError, match="account acme already"):
        books.add_account("acme", owner="x@x.example")
    with pytest.raises(BooksError, match="location HQ already"):
        books.add_location("acme", "HQ", renews_on=date(2027, 1, 1))
    with pytest.raises(BooksError, match="no account zed"):
        books.add_location("zed", "Z", renews_on=date(2027, 1, 1))
    with pytest.raises(BooksError, match="is held at HQ"):
        books.add_location("acme", "Z", numbers=[ONE], renews_on=date(2027, 1, 1))


def test_whole_plan_in_order(books: Books) -> None:
    for step in PLAN:
        before = books.account("acme")
        assert before
        assert not is_applied(step, before.location("HQ"))
        assert call(books, step) is Answer.applied
        after = books.account("acme")
        assert after
        assert is_applied(step, after.location("HQ"))
    assert books.steps == {"HQ": PLAN, "Lab": []}
    assert books.released == [ONE, TWO]
    assert books.violations == []


def test_repeated_request_applies_once(books: Books) -> None:
    assert call(books, "freeze", "r1") is Answer.applied
    assert call(books, "freeze", "r1") is Answer.applied
    assert books.steps["HQ"] == ["freeze"]


def test_what_is_done_already_is_gone(books: Books) -> None:
    call(books, "freeze", "r1")
    assert call(books, "freeze", "r2") is Answer.gone
    assert call(books, "release:+12565550199") is Answer.gone
    assert call(books, "remove_services", location="Lab") is Answer.gone
    assert call(books, "undo:stop_renewal") is Answer.gone
    assert call(books, "freeze", location="nowhere") is Answer.gone
    assert books.steps == {"HQ": ["freeze"], "Lab": []}


def test_unknown_and_irreversible_steps_are_denied(books: Books) -> None:
    call(books, "disable_trunks")
    assert call(books, "undo:disable_trunks") is Answer.denied
    assert call(books, "explode") is Answer.denied


def test_request_id_of_another_step_is_denied_and_noted(books: Books) -> None:
    call(books, "freeze", "r1")
    assert call(books, "stop_renewal", "r1") is Answer.denied
    assert books.violations == ["HQ: request id of HQ freeze used again for stop_renewal"]


def test_lower_token_is_stale_per_location(books: Books) -> None:
    call(books, "freeze", fencing=2)
    assert call(books, "stop_renewal", fencing=1) is Answer.stale
    assert call(books, "freeze", fencing=1) is Answer.stale
    assert call(books, "freeze", location="Lab", fencing=1) is Answer.applied
    assert call(books, "stop_renewal", fencing=2) is Answer.applied


def test_number_with_open_order_is_not_released(books: Books) -> None:
    port(books, "requested")
    assert call(books, f"release:{ONE}") is Answer.port_open
    assert books.read_number("HQ", ONE).open_order == "P-1"
    port(books, "rejected")
    assert call(books, f"release:{ONE}") is Answer.applied
    assert books.released == [ONE]


def test_steps_out_of_order_are_noted(books: Books) -> None:
    call(books, "remove_e911")
    call(books, "freeze")
    assert books.violations == ["HQ: trunks live without E911", "HQ: freeze came after remove_e911"]


def test_reverts_go_backwards(books: Books) -> None:
    for step in ("freeze", "stop_renewal", "undo:stop_renewal", "undo:freeze"):
        assert call(books, step) is Answer.applied
    assert books.violations == []
    call(books, "freeze", "again")
    call(books, "stop_renewal", "again too")
    call(books, "undo:freeze", "wrong way round")
    assert books.violations == ["HQ: undo:freeze came after stop_renewal"]


def test_completed_order_takes_numbers_and_gives_them_back(books: Books) -> None:
    port(books, "completed", numbers=(ONE, "+12565550999"))
    assert held(books) == (TWO,)
    assert books.read_number("HQ", ONE).held is False
    port(books, "committed", numbers=())
    assert held(books) == (ONE, TWO)
    order = books.order("P-1")
    assert order
    assert order.numbers == (ONE, "+12565550999")


def test_number_that_got_a_new_holder_is_not_given_back(books: Books) -> None:
    port(books, "completed")
    books.add_number("Lab", ONE)
    port(books, "rejected")
    assert held(books, "HQ") == (TWO,)
    assert held(books, "Lab") == (ONE,)


def test_order_keeps_numbers_and_foc_unless_given(books: Books) -> None:
    books.port("P-1", "acme", [ONE], OrderState.committed, foc=AT, at=AT)
    port(books, "requested", numbers=())
    order = books.order("P-1")
    assert order
    assert (order.numbers, order.foc, order.state) == ((ONE,), AT, OrderState.requested)


def test_changes_of_orders_are_numbered(books: Books) -> None:
    port(books, "requested")
    port(books, "requested", "P-2", (TWO,))
    seen = books.last_order_change
    assert [order.ref for order in books.orders_since(0)] == ["P-1", "P-2"]
    assert books.orders_since(seen) == []
    port(books, "committed")
    assert [order.ref for order in books.orders_since(seen)] == ["P-1"]
    assert [order.ref for order in books.orders("acme")] == ["P-2", "P-1"]


def test_changes_rise_only_when_something_changed(books: Books) -> None:
    port(books, "requested")
    before = books.changes
    port(books, "requested")
    books.account("acme")
    books.bill(datetime(2027, 1, 1, tzinfo=UTC))
    call(books, "undo:freeze")
    assert books.changes == before
    call(books, "freeze")
    assert books.changes > before


def test_number_is_held_at_one_place(books: Books) -> None:
    books.move(ONE, "Lab")
    assert (held(books, "HQ"), held(books, "Lab")) == ((TWO,), (ONE,))
    with pytest.raises(BooksError, match="no location X"):
        books.move(ONE, "X")


def test_master_number_can_be_changed(books: Books) -> None:
    books.set_master("HQ", TWO)
    account = books.account("acme")
    assert account
    assert account.locations[0].master_e911 == TWO


def test_renewals_follow_the_original_day(books: Books) -> None:
    assert books.next_renewal() == datetime(2027, 1, 31, 6, tzinfo=UTC)
    assert books.bill(datetime(2027, 1, 31, 5, 59, 59, tzinfo=UTC)) == 0
    assert books.bill(datetime(2027, 4, 1, tzinfo=UTC)) == 5
    assert books.billed("HQ") == [
        datetime(2027, 1, 31, 6, tzinfo=UTC),
        datetime(2027, 2, 28, 6, tzinfo=UTC),
        datetime(2027, 3, 31, 5, tzinfo=UTC),
    ]
    assert books.billed("Lab")[0] == datetime(2027, 2, 5, 5, tzinfo=UTC)


def test_december_is_followed_by_january(books: Books) -> None:
    books.bill(datetime(2028, 1, 31, 6, tzinfo=UTC))
    assert len(books.billed("HQ")) == 13


def test_midnight_that_a_clock_change_skips(books: Books) -> None:
    books.add_location("acme", "Cuba", time_zone="America/Havana", renews_on=date(2027, 3, 14))
    books.bill(datetime(2027, 3, 20, tzinfo=UTC))
    assert books.billed("Cuba") == [datetime(2027, 3, 14, 5, tzinfo=UTC)]


def test_days_without_renewal_pass_unbilled(books: Books) -> None:
    books.bill(datetime(2027, 2, 1, tzinfo=UTC))
    call(books, "stop_renewal")
    books.bill(datetime(2027, 4, 1, tzinfo=UTC))
    assert len(books.billed("HQ")) == 1
    books.apply(StepCall("HQ", "undo:stop_renewal", "u", 1), datetime(2027, 4, 1, tzinfo=UTC))
    books.bill(datetime(2027, 5, 1, tzinfo=UTC))
    assert books.billed("HQ")[1:] == [datetime(2027, 4, 30, 5, tzinfo=UTC)]


def test_nothing_renews_where_renewal_is_off_everywhere(books: Books) -> None:
    call(books, "stop_renewal")
    call(books, "stop_renewal", location="Lab")
    assert books.next_renewal() is None
    assert books.bill(datetime(2030, 1, 1, tzinfo=UTC)) == 0


def test_books_may_begin_later(books: Books) -> None:
    books.begin(datetime(2027, 2, 5, 5, tzinfo=UTC))
    assert books.next_renewal() == datetime(2027, 2, 5, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fault", "answer", "done"),
    [
        ("applied", Answer.applied, True),
        ("error", Answer.error, False),
        ("denied", Answer.denied, False),
        ("timeout_applied", Answer.timeout, True),
        ("timeout_not_applied", Answer.timeout, False),
        ("gone", Answer.gone, False),
        ("unreachable", Answer.unreachable, False),
    ],
)
def test_ordered_answers(books: Books, fault: str, answer: Answer, done: bool) -> None:
    books.fail(f"release:{ONE}", fault)
    assert call(books, f"release:{TWO}") is Answer.applied
    assert call(books, f"release:{ONE}") is answer
    assert (ONE in books.released) is done
    assert books.faults == {}


def test_ordered_answers_are_given_in_order(books: Books) -> None:
    books.fail("freeze", "error", times=2)
    books.fail("freeze", "denied")
    assert [call(books, "freeze", str(n)).value for n in range(4)] == ["error", "error", "denied", "applied"]


def test_release_alone_stands_for_every_release(books: Books) -> None:
    books.fail("release", "error", times=2)
    assert call(books, f"release:{ONE}") is Answer.error
    assert call(books, f"release:{TWO}") is Answer.error


@pytest.mark.parametrize(("on", "answer"), [("explode", "error"), ("read", "denied"), ("freeze", "maybe")])
def test_impossible_orders_of_answers(books: Books, on: str, answer: str) -> None:
    with pytest.raises(BooksError):
        books.fail(on, answer)


def test_repeat_after_a_timeout_that_was_applied(books: Books) -> None:
    books.fail("freeze", "timeout_applied")
    assert call(books, "freeze", "r1") is Answer.timeout
    assert call(books, "freeze", "r1") is Answer.applied
    assert books.steps["HQ"] == ["freeze"]
    assert [line.answer for line in books.calls] == ["timeout", "applied"]


def test_reads_that_matter_use_up_an_ordered_answer(books: Books) -> None:
    platform = SandboxPlatform(books, now=lambda: AT)
    books.fail("read", "error")
    books.fail("read", "unreachable", times=2)
    platform.account("acme", Purpose.books)
    assert platform.accounts() == ["acme"]
    for purpose, words in ((Purpose.gate, "with an error"), (Purpose.after_timeout, "could not be reached")):
        with pytest.raises(Unreachable, match=words):
            platform.account("acme", purpose)
    with pytest.raises(Unreachable):
        platform.number("HQ", ONE)
    assert platform.number("HQ", ONE).held


def test_worker_is_killed_once_after_the_step(books: Books) -> None:
    books.crash("freeze")
    books.fail("freeze", "error")
    assert call(books, "freeze", "r1") is Answer.error
    with pytest.raises(WorkerKilled):
        call(books, "freeze", "r1")
    assert call(books, "freeze", "r1") is Answer.applied
    assert books.steps["HQ"] == ["freeze"]


def test_adapters_keep_the_protocols(books: Books) -> None:
    platform: Platform = SandboxPlatform(books, now=lambda: AT, timeout=3.0)
    carrier: Carrier = SandboxCarrier(books)
    assert platform.timeout == 3.0
    assert platform.apply(StepCall("HQ", "freeze", "r", 1)) is Answer.applied
    port(books, "requested")
    assert carrier.order("P-1") == carrier.orders("acme")[0] == carrier.changes(0)[0]
    assert carrier.order("P-9") is None


def test_books_are_kept_as_json(books: Books) -> None:
    port(books, "completed")
    call(books, "freeze")
    books.bill(datetime(2027, 3, 1, tzinfo=UTC))
    books.fail("read", "error", times=2)
    again = Books.from_json(books.to_json())
    assert again.shelf == books.shelf
    assert again.account("acme") == books.account("acme")
    port(again, "rejected")
    assert held(again) == (ONE, TWO)
