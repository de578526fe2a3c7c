"""Billing desk: charges, disputes, refunds and invoices."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict
from sqlalchemy.orm import Session

from actions import clock, wording
from actions.db import models as m
from actions.db import reading, writing
from actions.desk import DeskAction, DeskForm, Values, complain_about, read_yes_or_no
from actions.orders import AsksForOrder
from actions.reading.numbers import read_money
from actions.services import billing, cases, customers, orders
from actions.turn import Event, Turn, forget

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_TWICE = re.compile(r"\b(?:twice|double|doubled|duplicate|duplicated|two times|again|same)\b", re.IGNORECASE)


class AsksForCustomer:
    """Checks the slot `customer_email`, for every form that has it."""

    def validate_customer_email(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Values:
        """The address of an account that exists."""
        turn = Turn(dispatcher, tracker)
        match = _EMAIL.search(str(value))
        if match is None:
            complain_about(turn, value, "utter_email_invalid")
            return {"customer_email": None}
        with reading() as session:
            customer = customers.by_email(session, match[0])
        if customer is None:
            turn.say("utter_customer_unknown", email=match[0])
        return {"customer_email": customer.email if customer else None}

    def needed(self, slots: list[str], turn: Turn) -> list[str]:
        """The address is asked for only when nothing else says who this is."""
        with reading() as session:
            known = turn.customer(session) is not None
        return [slot for slot in slots if slot != "customer_email" or not known]


class ChargesForm(AsksForCustomer, DeskForm):
    """Whose charges to list."""

    def name(self) -> str:
        return "validate_charges_form"


class RefundForm(AsksForCustomer, DeskForm):
    """Whose refunds to list."""

    def name(self) -> str:
        return "validate_refund_form"


class InvoiceForm(AsksForOrder, DeskForm):
    """Which order's invoice to show."""

    def name(self) -> str:
        return "validate_invoice_form"


class DisputeForm(AsksForCustomer, DeskForm):
    """Which charge is wrong; a single charge is confirmed first, a repeated one speaks for itself."""

    def name(self) -> str:
        return "validate_dispute_form"

    def needed(self, slots: list[str], turn: Turn) -> list[str]:
        """The amount unless only one can be meant; a confirmation unless the charge is there twice."""
        needed = super().needed(slots, turn)
        with reading() as session:
            customer = turn.customer(session)
            if customer is None:
                return needed
            amount = _amount_meant(session, turn, customer)
            if amount is None:
                return needed
            if turn.slot("charge_amount") is None:
                needed.remove("charge_amount")
            charges = billing.charges_of(session, customer, amount)
            undisputed = billing.undisputed(session, charges)
        confirm = len(undisputed) == 1 and len(charges) == 1
        return needed if confirm else [slot for slot in needed if slot != "confirm_dispute"]

    def validate_charge_amount(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Values:
        """An amount the customer was charged, kept as dollars and cents: "89.99"."""
        turn = Turn(dispatcher, tracker)
        cents = read_money(str(value))
        if cents is None:
            complain_about(turn, value, "utter_amount_unclear")
            return {"charge_amount": None}
        with reading() as session:
            customer = turn.customer(session)
            found = customer is None or bool(billing.charges_of(session, customer, cents))
        if not found:
            turn.say("utter_charge_not_found", amount=wording.money(cents))
        return {"charge_amount": f"{cents // 100}.{cents % 100:02d}" if found else None}

    def validate_confirm_dispute(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Values:
        """Yes or no."""
        return read_yes_or_no(Turn(dispatcher, tracker), "confirm_dispute", value)


class AskChargeAmount(DeskAction):
    """Shows the latest charges and asks which one it is."""

    def name(self) -> str:
        return "action_ask_dispute_form_charge_amount"

    def act(self, turn: Turn) -> list[Event]:
        with reading() as session:
            customer = turn.customer(session)
            charges = billing.recent_charges(session, customer) if customer else []
        turn.say("utter_ask_charge_amount", charges=_charge_lines(charges))
        return []


class AskConfirmDispute(DeskAction):
    """Shows the one charge of that amount before it is disputed."""

    def name(self) -> str:
        return "action_ask_dispute_form_confirm_dispute"

    def act(self, turn: Turn) -> list[Event]:
        with reading() as session:
            charges = _charges_meant(session, turn)
        if charges:
            turn.say("utter_ask_confirm_dispute", _charge_facts(charges[0]))
        return []


class DisputeCharge(DeskAction):
    """Opens a dispute for the repeated or the confirmed charge, once."""

    def name(self) -> str:
        return "action_dispute_charge"

    def act(self, turn: Turn) -> list[Event]:
        events = forget("charge_amount", "confirm_dispute")
        if turn.slot("confirm_dispute") is False:
            turn.say("utter_dispute_dropped")
            return [*events, *turn.resume()]
        with writing() as session:
            charges = _charges_meant(session, turn)
            if charges:
                events = [*events, *self._dispute(session, turn, charges)]
            elif amount := turn.slot("charge_amount"):
                turn.say("utter_charge_not_found", amount=wording.money(read_money(amount) or 0))
        return [*events, *turn.resume()]

    def _dispute(self, session: Session, turn: Turn, charges: list[m.Charge]) -> list[Event]:
        repeated = billing.duplicates(charges)
        charge = repeated[0] if repeated else charges[-1]
        dispute, ours = billing.open_dispute(
            session, charge, turn.text, sender=turn.sender, key=turn.key("dispute"), now=clock.now()
        )
        if not ours:
            turn.say("utter_dispute_exists", dispute=dispute.number, status=dispute.status)
        else:
            response = "utter_dispute_opened_duplicate" if repeated else "utter_dispute_opened"
            self._tell_billing(session, turn, dispute)
            lines = _charge_lines(charges)
            turn.say(response, _charge_facts(charge), dispute=dispute.number, charges=lines)
        return [SlotSet("case_id", dispute.number)]

    def _tell_billing(self, session: Session, turn: Turn, dispute: m.Dispute) -> None:
        """A dispute is looked at by a person, so it becomes a case in the billing queue."""
        request = cases.Request(
            desk="billing", subject=f"Dispute {dispute.number}", words=turn.text, sender=turn.sender
        )
        cases.open_case(session, request, key=turn.key("dispute_case"), now=clock.now())


class ListCharges(DeskAction):
    """Lists the customer's latest charges."""

    def name(self) -> str:
        return "action_list_charges"

    def act(self, turn: Turn) -> list[Event]:
        with reading() as session:
            customer = turn.customer(session)
            charges = billing.recent_charges(session, customer) if customer else []
        if charges:
            turn.say("utter_charges", charges=_charge_lines(charges))
        else:
            turn.say("utter_no_charges")
        return turn.resume()


class RefundStatus(DeskAction):
    """Lists the customer's refunds, or those of the order that was named."""

    def name(self) -> str:
        return "action_refund_status"

    def act(self, turn: Turn) -> list[Event]:
        order_id = turn.slot("order_id") if turn.entity("order_id") else None
        with reading() as session:
            customer = turn.customer(session)
            refunds = billing.refunds(session, customer, order_id) if customer else []
        if refunds:
            turn.say("utter_refunds", refunds=wording.lines(_refund_line(refund) for refund in refunds))
        elif order_id:
            turn.say("utter_no_refund_for_order", order_id=order_id)
        else:
            turn.say("utter_no_refunds")
        return turn.resume()


class ShowInvoice(DeskAction):
    """Shows the invoice of an order."""

    def name(self) -> str:
        return "action_show_invoice"

    def act(self, turn: Turn) -> list[Event]:
        order_id = str(turn.slot("order_id"))
        with reading() as session:
            order = orders.find(session, order_id)
            charge = billing.first_charge(session, order_id)
        if order and charge:
            turn.say(
                "utter_invoice",
                invoice=f"INV-{10_000 + charge.id}",
                order_id=order_id,
                date=wording.day(charge.charged_on),
                lines=wording.lines(_order_line(line) for line in order.lines),
                total=wording.money(orders.total(order)),
            )
        else:
            turn.say("utter_no_invoice", order_id=order_id)
        return turn.resume()


def _amount_meant(session: Session, turn: Turn, customer: m.Customer) -> int | None:
    """Cents: the amount given, or the only one charged repeatedly when the message speaks of a repetition."""
    if given := turn.slot("charge_amount"):
        return read_money(given)
    repeated = billing.repeated_amounts(session, customer)
    return repeated[0] if len(repeated) == 1 and _TWICE.search(turn.text) else None


def _charges_meant(session: Session, turn: Turn) -> list[m.Charge]:
    customer = turn.customer(session)
    amount = _amount_meant(session, turn, customer) if customer else None
    return billing.charges_of(session, customer, amount) if customer and amount else []


def _charge_facts(charge: m.Charge) -> dict[str, str]:
    return {
        "amount": wording.money(charge.amount_cents),
        "description": charge.description,
        "date": wording.day(charge.charged_on),
    }


def _charge_lines(charges: list[m.Charge]) -> str:
    return wording.lines(
        f"{wording.money(charge.amount_cents)} on {wording.day(charge.charged_on)}: {charge.description}"
        for charge in charges
    )


def _refund_line(refund: m.Refund) -> str:
    amount = wording.money(refund.amount_cents)
    about = f" for order {refund.order_id}" if refund.order_id else ""
    if refund.status == "paid":
        return f"{amount}{about}: paid on {wording.day(refund.expected_on)}"
    return f"{amount}{about}: {refund.status}, expected by {wording.day(refund.expected_on)}"


def _order_line(line: m.OrderLine) -> str:
    return f"{line.quantity} x {line.product.name} at {wording.money(line.price_cents)}"
