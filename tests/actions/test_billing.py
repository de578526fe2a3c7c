"""Billing desk: what a customer can count on."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from actions.billing import (
    AskChargeAmount,
    AskConfirmDispute,
    ChargesForm,
    DisputeCharge,
    DisputeForm,
    ListCharges,
    RefundStatus,
    ShowInvoice,
)
from actions.db import models as m
from actions.db import reading
from tests.actions.conversation import Conversation, entity

TWICE = "I was charged $89.99 twice"


async def test_the_dispute_of_the_fourth_example(talk: Conversation) -> None:
    """Both charges are found, and a dispute is opened for the second without further questions."""
    talk.opens("dispute_form")
    talk.says(TWICE, "dispute_charge")
    assert (await talk.fills(DisputeForm(), charge_amount="$89.99"))["requested_slot"] is None
    talk.ends()
    await talk.runs(DisputeCharge())
    assert talk.heard[0].count("$89.99 on Monday 16 November 2026: Nomad 40L backpack") == 2
    assert "dispute DSP-1001 for the second one, $89.99" in talk.heard[0]
    with reading() as session:
        dispute = session.scalars(select(m.Dispute)).one()
        case = session.scalars(select(m.Case).where(m.Case.subject == "Dispute DSP-1001")).one()
    assert (dispute.charge.amount_cents, dispute.reason) == (8999, TWICE)
    assert case.queue == "Billing"


async def test_a_repeated_call_disputes_once(talk: Conversation) -> None:
    """Same number, one dispute, one case."""
    talk.knows(charge_amount="89.99")
    talk.says(TWICE, "dispute_charge")
    first = await talk.retries(DisputeCharge())
    heard = talk.heard
    assert await talk.retries(DisputeCharge()) == first
    assert talk.heard == heard
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(m.Dispute)) == 1
        assert session.scalar(select(func.count()).where(m.Case.subject.startswith("Dispute"))) == 1


async def test_a_charge_is_disputed_once_even_by_two_messages(talk: Conversation) -> None:
    """The second time the customer hears of the first."""
    for _ in range(2):
        talk.knows(charge_amount="89.99")
        talk.says(TWICE, "dispute_charge")
        await talk.runs(DisputeCharge())
    assert talk.heard == [
        "There is already a dispute for that charge, DSP-1001, which is open. I haven't opened a second one."
    ]


async def test_the_only_repeated_charge_needs_no_amount(talk: Conversation) -> None:
    """ "You charged me twice" is enough when there is one such charge."""
    talk.opens("dispute_form")
    talk.says("you charged me twice", "dispute_charge")
    talk.knows(customer_email="alex.morgan@example.com")
    assert (await talk.fills(DisputeForm()))["requested_slot"] is None
    await talk.runs(DisputeCharge())
    assert "DSP-1001" in talk.heard[0]


async def test_a_single_charge_is_confirmed_first(talk: Conversation) -> None:
    """It is shown; a no opens nothing, a yes does."""
    talk.opens("dispute_form")
    talk.says("what is this $68.50?", "dispute_charge")
    assert (await talk.fills(DisputeForm(), charge_amount="$68.50"))["requested_slot"] == "confirm_dispute"
    await talk.runs(AskConfirmDispute())
    talk.ends()
    assert "one charge of $68.50: Beacon headlamp and Voyager power adapter" in talk.heard[0]
    talk.says("no", "deny")
    talk.knows(confirm_dispute=False)
    await talk.retries(DisputeCharge())
    assert talk.heard == ["All right, I haven't opened a dispute."]
    talk.says("yes", "affirm")
    talk.knows(confirm_dispute=True)
    await talk.runs(DisputeCharge())
    assert "I've opened dispute DSP-1001 for $68.50" in talk.heard[0]


async def test_a_charge_that_is_not_there_is_asked_for_again(talk: Conversation) -> None:
    """With the latest charges, so that the right one can be found."""
    talk.opens("dispute_form")
    talk.says("you took $1.23", "dispute_charge")
    await talk.fills(DisputeForm(), charge_amount="$1.23")
    assert talk.slots["charge_amount"] is None
    assert talk.heard == ["I can't find a charge of $1.23 on your account. Please check the amount."]
    await talk.runs(AskChargeAmount())
    assert "$83.80 on Thursday 19 November 2026" in talk.heard[0]


async def test_a_stranger_is_asked_who_they_are(talk: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a demo customer the form needs the address of an account."""
    monkeypatch.setenv("WAYFARE_DEMO_CUSTOMER", "")
    talk.opens("charges_form")
    talk.says("nobody@example.org", "inform")
    await talk.fills(ChargesForm(), customer_email="nobody@example.org")
    assert talk.slots["customer_email"] is None
    assert "can't find an account under nobody@example.org" in talk.heard[0]
    talk.says("It's Priya.Nair@example.com", "inform")
    filled = await talk.fills(ChargesForm(), customer_email="It's Priya.Nair@example.com")
    assert filled == {"customer_email": "priya.nair@example.com", "requested_slot": None}
    await talk.runs(ListCharges())
    assert "Atlas hard-shell suitcase" in talk.heard[0]


async def test_a_channel_that_knows_its_user_decides(talk: Conversation) -> None:
    """The session's metadata win over an address typed in the chat."""
    talk.slots["session_started_metadata"] = {"customer_email": "sofia.costa@example.com"}
    talk.knows(customer_email="alex.morgan@example.com")
    await talk.runs(RefundStatus())
    assert "$189.00 for order ORD-12354: approved" in talk.heard[0]
    assert "$158.50 for order ORD-12355: paid on" in talk.heard[0]


async def test_refunds_of_one_order(talk: Conversation) -> None:
    """When it is named, and also when there are none."""
    talk.knows(order_id="ORD-12347")
    talk.says("refund for ORD-12347", "refund_status", [entity("order_id", "ORD-12347")])
    await talk.runs(RefundStatus())
    assert talk.heard[0].startswith("I can't see a refund for order ORD-12347.")


async def test_an_invoice_lists_what_was_bought(talk: Conversation) -> None:
    """And an order that was never charged has none."""
    talk.knows(order_id="ORD-12346")
    await talk.runs(ShowInvoice())
    assert "- 2 x Compass travel pillow at $24.90\n- 1 x Tidy packing cubes at $34.00" in talk.heard[0]
    assert talk.heard[0].endswith("Total: $83.80.")
    talk.knows(order_id="ORD-12351")
    await talk.runs(ShowInvoice())
    assert talk.heard == ["There is no invoice for order ORD-12351: it has not been charged."]
