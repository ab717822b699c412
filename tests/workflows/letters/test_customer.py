"""What single letters to the customer say, beside what holds for all of them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from workflows.actors import customer as by_customer
from workflows.letters import customer
from workflows.records import Account, Cancellation, Letter

RUN_AT = datetime(2026, 12, 5, 0, 0, tzinfo=UTC)


def scheduled(scene: Any, part: Cancellation) -> Letter | None:
    scene.settle(part)
    return customer.scheduled(scene.desk, part, scene.at)


def rescheduled(scene: Any, part: Cancellation) -> Letter | None:
    scene.settle(part)
    return customer.rescheduled(scene.desk, part, scene.at, RUN_AT)


def port_completed(scene: Any, part: Cancellation) -> Letter | None:
    return customer.port_completed(scene.desk, part, scene.at)


def renewal_ahead(scene: Any, part: Cancellation) -> Letter | None:
    return customer.renewal_ahead(scene.desk, part, scene.at, date(2026, 12, 1))


def terminated(scene: Any, part: Cancellation) -> Letter | None:
    return customer.terminated(scene.desk, part, scene.at)


def there(letter: Letter | None) -> Letter:
    assert letter is not None
    return letter


# Whom it goes to


def test_requester_and_address_of_record_are_one(scene: Any) -> None:
    scene.case.requester = "PAT@acme.example"
    letter = there(customer.received(scene.desk, scene.case, scene.at))
    assert letter.recipients == ["PAT@acme.example"]


def test_links_of_one_second_stay_apart(scene: Any) -> None:
    first = there(customer.sign_link(scene.desk, scene.case, "pat@acme.example", scene.at))
    second = there(customer.sign_link(scene.desk, scene.case, "kim@acme.example", scene.at))
    assert (first.recipients, second.recipients) == (["pat@acme.example"], ["kim@acme.example"])


# The law of the location


@pytest.mark.parametrize("write", [port_completed, renewal_ahead])
def test_canada_refunds_by_days(scene: Any, write: Any) -> None:
    letter = there(write(scene, scene.toronto))
    assert "are refunded, day by day: $6.90 a day." in letter.text
    assert "no refund" not in letter.text


@pytest.mark.parametrize("write", [scheduled, rescheduled, terminated])
def test_canada_names_the_sum_once_the_last_day_is_set(scene: Any, write: Any) -> None:
    scene.settle(scene.toronto)
    letter = there(write(scene, scene.toronto))
    said = "Billing ends with Friday 4 December. The 27 paid days after it are refunded: $186.39."
    assert said in letter.text
    assert said in letter.html
    assert "no refund" not in letter.text


def test_where_no_paid_day_is_left_it_says_so(scene: Any) -> None:
    scene.toronto.agreed_for = date(2026, 12, 31)
    letter = there(scheduled(scene, scene.toronto))
    assert "Billing ends with Thursday 31 December. No paid day is left after it" in letter.text


@pytest.mark.parametrize("write", [scheduled, rescheduled, port_completed, renewal_ahead, terminated])
def test_elsewhere_nothing_is_refunded(scene: Any, write: Any) -> None:
    assert "There is no refund" in there(write(scene, scene.hq)).text


def test_each_location_by_its_own_law(scene: Any) -> None:
    scheduled(scene, scene.hq)
    letter = there(scheduled(scene, scene.toronto))
    assert "HQ is billed $214.00 a month until then. There is no refund" in letter.text
    assert "Toronto is billed $214.00 a month. Billing ends with Friday 4 December." in letter.text


# received, message, unreachable


def test_received_names_the_moment_and_what_was_asked(scene: Any) -> None:
    scene.clock("first_contact", datetime(2026, 11, 28, 0, 0, tzinfo=UTC))
    letter = there(customer.received(scene.desk, scene.case, scene.at))
    assert "by Friday 27 November, 18:00 Central Time (within 2 business days)" in letter.text
    assert "Reason: Moving <all> & everything away from …0101" in letter.text
    assert "Moving &lt;all&gt; &amp; everything" in letter.html


def test_received_after_a_contact(scene: Any) -> None:
    letter = there(customer.received(scene.desk, scene.case, scene.at))
    assert "You have spoken with Customer Success about this." in letter.text


def test_message_keeps_its_own_subject(scene: Any) -> None:
    subject = "Your call\nBcc: x [C-1001]"
    letter = there(customer.message(scene.desk, scene.case, scene.at, scene.agent, "Hello", subject))
    assert letter.subject == "Your call Bcc: x [C-1001]"


def test_message_leaves_numbers_that_are_not_the_customer_s(scene: Any) -> None:
    text = "Call me on +1 256-555-0142 about 2565550101."
    letter = there(customer.message(scene.desk, scene.case, scene.at, scene.agent, text))
    assert "Call me on +1 256-555-0142 about …0101." in letter.text


def test_message_tells_where_each_location_stands(scene: Any) -> None:
    scene.settle(scene.hq)
    scene.defer(scene.lab)
    scene.toronto.state = "terminated"
    text = there(customer.message(scene.desk, scene.case, scene.at, scene.agent, "Hello")).text
    assert "- HQ: ends on Friday 4 December, 18:00 Central Time\n" in text
    assert "- Lab: stays on until the number transfer is complete\n" in text
    assert "- Toronto: has ended\n" in text


@pytest.mark.parametrize("state", ["terminating", "blocked", "withdrawn", "declined"])
def test_message_in_the_other_states(scene: Any, state: str) -> None:
    scene.hq.state = state
    words = "stays on" if state in ("withdrawn", "declined") else "is ending now"
    letter = there(customer.message(scene.desk, scene.case, scene.at, scene.agent, "Hello"))
    assert f"- HQ: {words}\n" in letter.text


def test_unreachable_without_a_known_number(scene: Any) -> None:
    contact = scene.contact(outcome="no_answer", authenticated="none")
    contact.person = "stranger@elsewhere.example"
    letter = there(customer.unreachable(scene.desk, scene.case, scene.at, contact))
    assert "We called you on Tuesday 24 November, 09:30 Central Time, and could not reach you." in letter.text


def test_unreachable_speaks_of_each_location_as_it_stands(scene: Any) -> None:
    scene.settle(scene.hq)
    scene.toronto.state = "terminated"
    contact = scene.contact(outcome="no_answer", authenticated="none")
    letter = there(customer.unreachable(scene.desk, scene.case, scene.at, contact))
    assert letter.subject == "We tried to call you about HQ and Lab [C-1001]"
    assert "Service and billing go on for Lab." in letter.text
    assert "- HQ: ends on Friday 4 December, 18:00 Central Time\n" in letter.text
    scene.lab.state = "withdrawn"
    letter = there(customer.unreachable(scene.desk, scene.case, scene.at + timedelta(1), contact))
    assert "Nothing changes" not in letter.text


def test_links_name_only_what_is_open(scene: Any) -> None:
    scene.hq.state = "terminated"
    letter = there(customer.sign_link(scene.desk, scene.case, "pat@acme.example", scene.at))
    assert letter.subject == "Your link to sign: Lab and Toronto [C-1001]"
    scene.lab.state = scene.toronto.state = "withdrawn"
    letter = there(customer.new_link(scene.desk, scene.case, "pat@acme.example", scene.at))
    assert letter.subject == "A new link to your request: HQ, Lab and Toronto [C-1001]"


# scheduled, tomorrow, renewal_ahead


def test_scheduled_by_a_signature_of_this_location(scene: Any) -> None:
    scene.contact(channel="portal", outcome="signed", authenticated="portal", cancellation=scene.hq)
    scene.contact(outcome="reached", authenticated="pin", cancellation=scene.lab)
    scene.schedule(scene.hq, RUN_AT)
    letter = there(customer.scheduled(scene.desk, scene.hq, scene.at))
    assert "Pat Doe signed for this on the page of the request on Tuesday 24 November" in letter.text


@pytest.mark.parametrize(("channel", "words"), [("email", "by e-mail on"), ("portal", "agreed to this on")])
def test_scheduled_by_other_channels(scene: Any, channel: str, words: str) -> None:
    scene.contact(channel=channel, person="kim@acme.example")
    scene.schedule(scene.hq, RUN_AT)
    letter = there(customer.scheduled(scene.desk, scene.hq, scene.at))
    assert "kim@acme.example agreed to this" in letter.text
    assert words in letter.text


def test_scheduled_on_a_manager_s_word(scene: Any) -> None:
    scene.contact(authenticated="none")
    scene.contact().struck_at = scene.at
    scene.schedule(scene.hq, RUN_AT)
    letter = there(customer.scheduled(scene.desk, scene.hq, scene.at))
    assert "Customer Success confirmed this on Tuesday 24 November, 09:30 Central Time." in letter.text


def test_scheduled_for_different_moments(scene: Any) -> None:
    for part, days in ((scene.hq, 0), (scene.lab, 1)):
        scene.schedule(part, RUN_AT + timedelta(days=days))
        letter = customer.scheduled(scene.desk, part, scene.at)
    assert there(letter).subject == "Set: the last days of HQ and Lab [C-1001]"


def test_scheduled_in_another_currency(scene: Any) -> None:
    provider = scene.desk.settings.provider.model_copy(update={"currency": "CHF"})
    scene.desk.settings = scene.desk.settings.model_copy(update={"provider": provider})
    scene.session.scalars(select(Account)).one().locations[0].monthly_price *= 10
    assert "2,140.00 CHF a month" in there(scheduled(scene, scene.hq)).text


def test_tomorrow_on_the_day_itself(scene: Any) -> None:
    scene.schedule(scene.hq, scene.at + timedelta(hours=2))
    letter = there(customer.tomorrow(scene.desk, scene.hq, scene.at))
    assert letter.subject == "Today: HQ ends at 11:30 [C-1001]"
    scene.schedule(scene.lab, scene.at + timedelta(hours=1))
    letter = there(customer.tomorrow(scene.desk, scene.lab, scene.at))
    assert letter.subject == "Today: HQ and Lab end at 11:30 [C-1001]"


def test_tomorrow_at_different_hours(scene: Any) -> None:
    for part, hours in ((scene.hq, 2), (scene.lab, 20)):
        scene.schedule(part, scene.at + timedelta(hours=hours))
        letter = customer.tomorrow(scene.desk, part, scene.at)
    assert there(letter).subject == "Ending soon: HQ and Lab [C-1001]"


def test_renewal_after_an_absence(scene: Any) -> None:
    letter = there(customer.renewal_ahead(scene.desk, scene.hq, scene.at, date(2026, 11, 24)))
    assert letter.subject == "HQ renewed on Tuesday 24 November [C-1001]"
    assert "and was billed $214.00" in letter.text
    letter = there(customer.renewal_ahead(scene.desk, scene.lab, scene.at, date(2026, 11, 24)))
    assert letter.subject == "HQ and Lab renewed on Tuesday 24 November [C-1001]"


def test_renewals_of_different_days(scene: Any) -> None:
    for part, day in ((scene.hq, 24), (scene.lab, 26)):
        letter = customer.renewal_ahead(scene.desk, part, scene.at, date(2026, 11, day))
    assert there(letter).subject == "Renewals of HQ and Lab [C-1001]"
    assert "HQ renewed on Tuesday 24 November" in there(letter).text
    assert "Lab renews on Thursday 26 November" in there(letter).text


# Ports and ends


def test_port_completed_of_a_single_number(scene: Any) -> None:
    scene.lab.location.numbers[0].disposition = "ported"
    letter = there(port_completed(scene, scene.lab))
    assert letter.subject == "Your number has moved. When should Lab end? [C-1001]"
    assert "The transfer from Lab is complete." in letter.text


def test_port_failed_names_what_came_back(scene: Any) -> None:
    old, new = scene.order("P-1", scene.hq, "cancelled"), scene.order("P-2", scene.hq, "rejected")
    old.numbers, new.numbers = old.numbers[:1], new.numbers[1:]
    scene.hq.location.numbers[0].disposition = "ported"
    letter = there(customer.port_failed(scene.desk, scene.hq, scene.at))
    assert "was rejected: number ending 0102." in letter.text
    assert "cancelled" not in letter.text


def test_port_failed_without_a_known_order(scene: Any) -> None:
    letter = there(customer.port_failed(scene.desk, scene.hq, scene.at))
    assert "The transfer from HQ did not go through." in letter.text


def test_terminated_tells_of_the_newest_run_only(scene: Any) -> None:
    undone = scene.run(scene.hq, ("freeze", "done"), ("stop_renewal", "done"))
    for step in undone.steps:
        step.reverted_at = scene.at
    scene.run(scene.hq, ("freeze", "done"), ("remove_services", "left_out"))
    scene.hq.ended_at = datetime(2026, 11, 25, 0, 3, tzinfo=UTC)
    letter = there(terminated(scene, scene.hq))
    assert [row["step"] for row in letter.facts["causes"][0]["receipt"]] == ["freeze"]
    assert "HQ ended on Tuesday 24 November, 18:03 Central Time." in letter.text
    assert "no further charges for HQ from Tuesday 24 November on" in letter.text
    assert customer.confirmation_number(scene.hq) == "C-1001-1"


def test_withdrawn_without_a_known_address(scene: Any) -> None:
    scene.hq.location.renewal_on = False
    letter = there(customer.withdrawn(scene.desk, scene.hq, scene.at, by_customer()))
    assert "The cancellation of HQ was stopped on the page of the request on" in letter.text
    assert "renews" not in letter.text
