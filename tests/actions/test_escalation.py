"""Escalation and support: cases, queues, and messages that are hard to place."""

from __future__ import annotations

import pytest
from rasa_sdk.events import FollowupAction
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from actions import orders as orders_desk
from actions.db import models as m
from actions.db import reading
from actions.escalation import Handover, OpenCase
from actions.orders import OrderStatus
from actions.services import cases
from actions.support import (
    AskAffirmation,
    CaseForm,
    CaseStatus,
    FollowDetails,
    ProductInfo,
    StopTask,
    read_case_number,
)
from tests.actions.conversation import Conversation, entity

FURIOUS = "I'm extremely unhappy, your service is unacceptable!"


async def test_the_complaint_of_the_fifth_example(talk: Conversation) -> None:
    """A case with a number, urgent, ahead of the milder ones in the human queue."""
    talk.says(FURIOUS, "complain")
    await talk.runs(OpenCase())
    case_id = talk.slots["case_id"]
    assert case_id.startswith("CASE-")
    assert f"case {case_id} with urgent priority" in talk.heard[0]
    assert "Customer Care team, where it is number 1 in the queue" in talk.heard[0]
    with reading() as session:
        case = cases.find(session, case_id)
    assert case is not None
    assert (case.words, case.status) == (FURIOUS, "waiting")


@pytest.mark.parametrize(
    ("words", "priority"),
    [
        ("Can somebody call me?", 0),
        ("I am disappointed", 1),
        ("I'm really angry and fed up", 2),
        ("I will call my lawyer", 2),
        ("HELLO THIS IS ALL IN CAPITALS!", 1),
    ],
)
def test_priority_follows_from_the_words(words: str, priority: int) -> None:
    """Weighted words from the database, shouting included."""
    with reading() as session:
        assert cases.priority_of(session, words) == priority


async def test_a_repeated_call_opens_one_case(talk: Conversation) -> None:
    """For a complaint and for a handover."""
    for intent, action in (("complain", OpenCase()), ("talk_to_human", Handover())):
        other = Conversation(sender=intent)
        other.says(FURIOUS, intent)
        first = await other.retries(action)
        assert await other.retries(action) == first
        with reading() as session:
            assert session.scalar(select(func.count()).where(m.Case.sender_id == intent)) == 1


async def test_a_second_complaint_is_added_to_the_first(talk: Conversation) -> None:
    """It may become more urgent, and the words are kept, once."""
    talk.says("I want to make a complaint", "complain")
    await talk.runs(OpenCase())
    talk.says("this is outrageous, I will call my lawyer", "complain")
    await talk.retries(OpenCase())
    await talk.runs(OpenCase())
    assert f"added that to your open case {talk.slots['case_id']}, now with urgent priority" in talk.heard[0]
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(m.CaseNote)) == 1
        assert session.scalar(select(func.count()).where(m.Case.sender_id == "anna")) == 1


async def test_a_complaint_closes_the_forms(talk: Conversation) -> None:
    """Nobody upset is asked for the next detail, by the running form or by the one it interrupted."""
    talk.opens("booking_form")
    talk.opens("order_form")
    talk.says(FURIOUS, "complain")
    events = await talk.runs(OpenCase())
    assert [event["name"] for event in events if event["event"] == "active_loop"] == [None, None]
    assert talk.tracker().active_loop == {}


async def test_an_interrupted_form_is_resumed(talk: Conversation) -> None:
    """An order looked up in the middle of a booking leads back to the booking."""
    talk.opens("booking_form")
    talk.opens("order_form")
    talk.knows(order_id="ORD-12345")
    talk.ends()
    assert FollowupAction("booking_form") in await talk.runs(OrderStatus())
    assert talk.heard[-1] == "Now, back to where we were."


async def test_stop_ends_everything_and_forgets_the_trip(talk: Conversation) -> None:
    """But not what identifies an order; without a form there is nothing to stop."""
    talk.knows(from_city="Berlin", order_id="ORD-12345")
    talk.opens("booking_form")
    talk.says("stop", "stop")
    await talk.runs(StopTask())
    assert talk.slots["from_city"] is None
    assert talk.slots["order_id"] == "ORD-12345"
    await talk.runs(StopTask())
    assert talk.heard[0].startswith("There's nothing running that I need to stop.")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("CASE-1001", "CASE-1001"),
        ("case 1001", "CASE-1001"),
        ("1001", "CASE-1001"),
        ("dsp-1002", "DSP-1002"),
        ("x", None),
    ],
)
def test_a_case_number_is_read_however_it_is_written(text: str, number: str | None) -> None:
    """Cases and disputes."""
    assert read_case_number(text) == number


@pytest.mark.parametrize(
    ("case_id", "answer"),
    [
        ("CASE-1001", "CASE-1001 (Question about a booking) is resolved"),
        ("CASE-1002", "is waiting in the Customer Care queue with high priority, at position 1"),
        ("CASE-1003", "CASE-1003 (Damaged item) is in progress"),
        ("CASE-1004", "with normal priority, at position 2"),
    ],
)
async def test_a_case_says_how_it_stands(talk: Conversation, case_id: str, answer: str) -> None:
    """Resolved, in progress, or waiting at a place in the queue."""
    talk.says(case_id)
    await talk.fills(CaseForm(), case_id=case_id)
    await talk.runs(CaseStatus())
    assert answer in talk.heard[0]


@pytest.mark.parametrize(
    ("entities", "answer"),
    [
        ([entity("product", "Nomad 40L backpack")], "Nomad 40L backpack: $89.99."),
        ([entity("product", "suitcases")], "Atlas check-in suitcase, $189.00 (out of stock)"),
        ([entity("product", "submarine")], "I can't find submarine in our range."),
        ([], "Here is what we have:"),
    ],
)
async def test_products_come_from_the_database(
    talk: Conversation, entities: list[dict[str, str]], answer: str
) -> None:
    """One, those of a kind, none, or all."""
    talk.says("show me", "product_info", entities)
    await talk.runs(ProductInfo())
    assert answer in talk.heard[0]


@pytest.mark.parametrize(
    ("kind", "value", "form"),
    [
        ("order_id", "ORD-12345", "order_form"),
        ("tracking_number", "1Z999AA1234567890", "track_form"),
        ("booking_ref", "WF-AAAAAA", "booking_details_form"),
        ("case_id", "CASE-1001", "case_form"),
    ],
)
async def test_a_number_out_of_the_blue_is_looked_up(
    talk: Conversation, kind: str, value: str, form: str
) -> None:
    """What it is decides which form takes it."""
    talk.says(value, "inform", [entity(kind, value)])
    assert await talk.runs(FollowDetails()) == [FollowupAction(form)]


async def test_a_trip_out_of_the_blue_is_booked(talk: Conversation) -> None:
    """ "Berlin to Lisbon tomorrow" needs no verb."""
    cities = [entity("city", "Berlin", "from"), entity("city", "Lisbon", "to")]
    talk.says("Berlin to Lisbon tomorrow", "inform", [*cities, entity("date", "tomorrow")])
    assert await talk.runs(FollowDetails()) == [FollowupAction("booking_form")]


async def test_other_details_out_of_the_blue_are_asked_about(talk: Conversation) -> None:
    """A city alone says nothing of what to do."""
    talk.says("Berlin", "inform", [entity("city", "Berlin")])
    assert await talk.runs(FollowDetails()) == []
    assert talk.heard == ["Thanks. What would you like me to do with that?"]
    talk.says("blorb", "inform")
    await talk.runs(FollowDetails())
    assert talk.heard[0].startswith("Sorry, I'm not sure how to help with that.")


async def test_guesses_are_offered_in_human_words(talk: Conversation) -> None:
    """The three best, never an intent's technical name, and a way to say that none fits."""
    talk.says(
        "hmm",
        "nlu_fallback",
        ranking=["nlu_fallback", "order_status", "greet", "book_flight", "complain", "stop"],
    )
    await talk.runs(AskAffirmation())
    assert [button["title"] for button in talk.buttons] == [
        "Check an order",
        "Book a flight",
        "Make a complaint",
        "Something else",
    ]


async def test_unreachable_records_are_admitted(talk: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    """No silence and no invention when the database is away."""

    def away() -> None:
        raise OperationalError("select", {}, Exception("away"))

    monkeypatch.setattr(orders_desk, "reading", away)
    talk.knows(order_id="ORD-12345")
    assert await talk.runs(OrderStatus()) == []
    assert talk.heard[0].startswith(
        "Sorry, I can't reach our records right now, so nothing has been changed."
    )
