"""Orders desk: what a customer can count on."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from actions.billing import RefundStatus
from actions.db import models as m
from actions.db import reading
from actions.orders import (
    AskConfirmCancelOrder,
    AskOrderId,
    CancelOrder,
    CancelOrderForm,
    OrderForm,
    OrderStatus,
    ProblemForm,
    ReportProblem,
    ReturnForm,
    ReturnItem,
    read_order_id,
)
from tests.actions.conversation import Conversation, entity


@pytest.mark.parametrize("text", ["ORD-12345", "ord 12345", "#12345", "12345", "it's ord-12345, I think"])
def test_an_order_number_is_read_however_it_is_written(text: str) -> None:
    """Case, hyphen and prefix do not matter."""
    assert read_order_id(text) == "ORD-12345"


async def test_the_order_of_the_first_example(talk: Conversation) -> None:
    """In transit, with tracking number, carrier and estimated delivery from the database."""
    talk.says("When will my order ORD-12345 be delivered?", "order_status", [entity("order_id", "ORD-12345")])
    await talk.fills(OrderForm(), order_id="ORD-12345")
    await talk.runs(OrderStatus())
    assert talk.heard == [
        (
            "Order ORD-12345 (Nomad 40L backpack) is in transit with UPS, tracking number 1Z999AA1234567890. "
            "Estimated delivery: Monday 23 November 2026."
        )
    ]


@pytest.mark.parametrize(
    ("order_id", "answer"),
    [
        ("ORD-12346", "is being prepared"),
        ("ORD-12347", "was delivered on Sunday 15 November 2026"),
        ("ORD-12348", "is out for delivery with UPS, tracking number 1Z999AA1234567892. Expect it today."),
        ("ORD-12350", "is delayed"),
        ("ORD-12351", "is on hold"),
        ("ORD-12354", "has been cancelled"),
        ("ORD-12355", "has been returned"),
    ],
)
async def test_every_state_has_its_words(talk: Conversation, order_id: str, answer: str) -> None:
    """From being prepared to being returned."""
    talk.knows(order_id=order_id)
    await talk.runs(OrderStatus())
    assert answer in talk.heard[0]


@pytest.mark.parametrize(
    ("text", "answer"),
    [("ORD-99999", "can't find order ORD-99999"), ("no clue", "couldn't read an order number")],
)
async def test_an_order_that_is_not_there_is_asked_for_again(
    talk: Conversation, text: str, answer: str
) -> None:
    """The slot stays empty, and the person learns why."""
    talk.opens("order_form")
    talk.says(text)
    await talk.fills(OrderForm(), order_id=text)
    assert talk.slots["order_id"] is None
    assert answer in talk.heard[0]


async def test_another_order_is_not_the_one_spoken_of(talk: Conversation) -> None:
    """ "My other order" asks for its number."""
    talk.says("and my other order?", "order_status")
    await talk.fills(OrderForm(), order_id="ORD-12345")
    assert talk.slots["order_id"] is None


async def test_latest_orders_are_offered_as_buttons(
    talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the customer we know; a stranger is just asked."""
    await talk.runs(AskOrderId())
    assert [button["payload"] for button in talk.buttons] == [
        f'/inform{{"order_id": "{order}"}}' for order in ("ORD-12346", "ORD-12345", "ORD-12347")
    ]
    monkeypatch.setenv("WAYFARE_DEMO_CUSTOMER", "")
    await talk.runs(AskOrderId())
    assert talk.buttons == []


async def test_an_order_that_has_not_left_is_cancelled_once(talk: Conversation) -> None:
    """After a yes; the refund shows up with the others, and a repeated call changes nothing."""
    talk.opens("cancel_order_form")
    talk.says("cancel ORD-12346", "cancel_order", [entity("order_id", "ORD-12346")])
    await talk.fills(CancelOrderForm(), order_id="ORD-12346")
    await talk.runs(AskConfirmCancelOrder())
    assert talk.heard == [
        "Order ORD-12346: 2 x Compass travel pillow, Tidy packing cubes, $83.80. Shall I cancel it?"
    ]
    talk.says("yes", "affirm")
    await talk.fills(CancelOrderForm(), confirm_cancellation=True)
    talk.ends()
    first = await talk.retries(CancelOrder())
    assert await talk.retries(CancelOrder()) == first
    assert talk.heard == ["Order ORD-12346 is cancelled. The refund of $83.80 is noted on your account."]
    with reading() as session:
        assert session.get_one(m.Order, "ORD-12346").status == "cancelled"
        assert session.scalar(select(func.count()).where(m.Refund.order_id == "ORD-12346")) == 1
    talk.says("where is my refund for ORD-12346", "refund_status", [entity("order_id", "ORD-12346")])
    await talk.runs(RefundStatus())
    assert "$83.80 for order ORD-12346: requested, expected by Wednesday 25 November 2026" in talk.heard[0]


@pytest.mark.parametrize(
    ("order_id", "answer"), [("ORD-12345", "it is in transit"), ("ORD-12354", "is already cancelled")]
)
async def test_an_order_that_cannot_be_cancelled_needs_no_yes(
    talk: Conversation, order_id: str, answer: str
) -> None:
    """The form ends at once, and the action says why not."""
    talk.opens("cancel_order_form")
    talk.says("cancel it", "cancel_order", [entity("order_id", order_id)])
    assert (await talk.fills(CancelOrderForm(), order_id=order_id))["requested_slot"] is None
    await talk.runs(CancelOrder())
    assert answer in talk.heard[0]


async def test_maybe_is_neither_yes_nor_no(talk: Conversation) -> None:
    """Other words are asked about again."""
    talk.opens("cancel_order_form")
    talk.knows(order_id="ORD-12346")
    talk.says("perhaps", "nlu_fallback")
    await talk.fills(CancelOrderForm(), confirm_cancellation="perhaps")
    assert talk.slots["confirm_cancellation"] is None
    assert talk.heard == ["Please answer yes or no."]


async def test_a_return_gets_a_number_once(talk: Conversation) -> None:
    """Within the days for it; repeated it is the same, asked for again it is there already."""
    talk.knows(order_id="ORD-12349", return_reason="It doesn't fit")
    talk.says("It doesn't fit")
    await talk.retries(ReturnItem())
    await talk.runs(ReturnItem())
    assert talk.heard[0].startswith("Your return is registered under RET-1001 for order ORD-12349")
    assert "by Friday 4 December 2026" in talk.heard[0]
    talk.says("I want to return it", "return_item")
    await talk.runs(ReturnItem())
    assert talk.heard == ["A return for order ORD-12349 is already registered under RET-1001."]


@pytest.mark.parametrize(
    ("order_id", "answer"),
    [("ORD-12345", "can be registered once it has been delivered"), ("ORD-12353", "more than 30 days ago")],
)
async def test_a_return_too_early_or_too_late_is_refused(
    talk: Conversation, order_id: str, answer: str
) -> None:
    """Before any reason is asked for."""
    talk.opens("return_form")
    talk.says("return it", "return_item", [entity("order_id", order_id)])
    assert (await talk.fills(ReturnForm(), order_id=order_id))["requested_slot"] is None
    await talk.runs(ReturnItem())
    assert answer in talk.heard[0]


async def test_a_problem_becomes_a_case_for_the_orders_queue(talk: Conversation) -> None:
    """With the customer's words; repeated, it is one case."""
    talk.knows(order_id="ORD-12349", problem_description="It arrived broken")
    talk.says("It arrived broken")
    await talk.retries(ReportProblem())
    await talk.runs(ReportProblem())
    case_id = talk.slots["case_id"]
    with reading() as session:
        opened = session.scalars(select(m.Case).where(m.Case.order_id == "ORD-12349", ~m.Case.demo)).all()
    assert [(case.number, case.queue, case.words) for case in opened] == [
        (case_id, "Orders", "It arrived broken")
    ]


async def test_what_has_not_arrived_cannot_have_arrived_broken(talk: Conversation) -> None:
    """An order spoken of before is only meant if it was delivered; one that is named always is."""
    talk.opens("problem_form")
    talk.says("my order arrived damaged", "report_problem")
    await talk.fills(ProblemForm(), order_id="ORD-12345", problem_description="my order arrived damaged")
    assert talk.slots["order_id"] is None
    talk.says("ORD-12345 is damaged", "report_problem", [entity("order_id", "ORD-12345")])
    await talk.fills(ProblemForm(), order_id="ORD-12345")
    assert talk.slots["order_id"] == "ORD-12345"
