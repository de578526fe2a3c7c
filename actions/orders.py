"""Orders desk: where an order is; cancelling, returning and reporting problems."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import clock, wording
from actions.db import models as m
from actions.db import reading, writing
from actions.desk import DeskAction, DeskForm, Values, complain_about, is_whole_message, read_yes_or_no
from actions.services import cases, facts, orders
from actions.turn import Event, Turn, forget

_ANOTHER = re.compile(r"\b(?:an)?other\b|\bdifferent\b", re.IGNORECASE)


class AsksForOrder:
    """Checks the slot `order_id`, for every form that has it."""

    def validate_order_id(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Values:
        """The number as we write it, of an order that exists; "my other order" asks anew."""
        turn = Turn(dispatcher, tracker)
        named_now = turn.entity("order_id") or is_whole_message(turn, value)
        if not named_now and not self.fits_unnamed(turn, str(value)):
            return {"order_id": None}
        order_id = read_order_id(str(value))
        if order_id is None:
            complain_about(turn, value, "utter_order_number_unclear")
            return {"order_id": None}
        with reading() as session:
            if orders.find(session, order_id) is None:
                complain_about(turn, value, "utter_order_unknown", order_id=order_id)
                return {"order_id": None}
        return {"order_id": order_id}

    def fits_unnamed(self, turn: Turn, order_id: str) -> bool:
        """Whether an order spoken of before may be meant again, by a message that names none."""
        return not _ANOTHER.search(turn.text)


class OrderForm(AsksForOrder, DeskForm):
    """Which order to look up."""

    def name(self) -> str:
        return "validate_order_form"


class CancelOrderForm(AsksForOrder, DeskForm):
    """Which order to cancel, and whether really."""

    def name(self) -> str:
        return "validate_cancel_order_form"

    def needed(self, slots: list[str], turn: Turn) -> list[str]:
        """An order that cannot be cancelled needs no confirmation; the action says why."""
        order_id = turn.slot("order_id")
        if order_id is None:
            return slots
        with reading() as session:
            order = orders.find(session, order_id)
        return slots if order and order.status in orders.CANCELLABLE else ["order_id"]

    def validate_confirm_cancellation(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Values:
        """Yes or no."""
        return read_yes_or_no(Turn(dispatcher, tracker), "confirm_cancellation", value)


class ReturnForm(AsksForOrder, DeskForm):
    """Which order comes back, and why."""

    def name(self) -> str:
        return "validate_return_form"

    def needed(self, slots: list[str], turn: Turn) -> list[str]:
        """No reason is asked for when a return is impossible or registered already; the action says so."""
        order_id = turn.slot("order_id")
        if order_id is None:
            return slots
        with reading() as session:
            order = orders.find(session, order_id)
            possible = order is not None and _returnable(orders.return_deadline(session, order), order)
            open_return = orders.existing_return(session, order_id)
        return slots if possible and open_return is None else ["order_id"]

    def validate_return_reason(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Values:
        """Any words will do."""
        return {"return_reason": str(value).strip() or None}


class ProblemForm(AsksForOrder, DeskForm):
    """Which order is not right, and what is wrong with it."""

    def name(self) -> str:
        return "validate_problem_form"

    def fits_unnamed(self, turn: Turn, order_id: str) -> bool:
        """Only what was delivered can have arrived broken."""
        with reading() as session:
            order = orders.find(session, order_id)
        return super().fits_unnamed(turn, order_id) and order is not None and order.status == "delivered"

    def validate_problem_description(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Values:
        """Any words will do."""
        return {"problem_description": str(value).strip() or None}


class AskOrderId(DeskAction):
    """Asks for the order number, with the customer's latest orders as buttons."""

    def name(self) -> str:
        return "action_ask_order_id"

    def act(self, turn: Turn) -> list[Event]:
        with reading() as session:
            customer = turn.customer(session)
            recent = orders.recent(session, customer) if customer else []
        if not recent:
            turn.say("utter_ask_order_id")
            return []
        buttons = [
            {
                "title": f"{order.id}: {orders.summary(order)}",
                "payload": f'/inform{{"order_id": "{order.id}"}}',
            }
            for order in recent
        ]
        turn.say("utter_ask_order_id_recent", buttons=buttons)
        return []


class OrderStatus(DeskAction):
    """Says where an order is."""

    def name(self) -> str:
        return "action_order_status"

    def act(self, turn: Turn) -> list[Event]:
        with reading() as session:
            order = orders.find(session, str(turn.slot("order_id")))
        if order is None:
            return turn.resume()
        turn.say(f"utter_order_{order.status}", _facts(order))
        return turn.resume()


class AskConfirmCancelOrder(DeskAction):
    """Shows the order before it is cancelled."""

    def name(self) -> str:
        return "action_ask_cancel_order_form_confirm_cancellation"

    def act(self, turn: Turn) -> list[Event]:
        with reading() as session:
            order = orders.find(session, str(turn.slot("order_id")))
        if order:
            turn.say("utter_ask_confirm_cancel_order", _facts(order))
        return []


class CancelOrder(DeskAction):
    """Cancels an order that has not left, once."""

    def name(self) -> str:
        return "action_cancel_order"

    def act(self, turn: Turn) -> list[Event]:
        order_id = str(turn.slot("order_id"))
        if turn.slot("confirm_cancellation") is False:
            turn.say("utter_order_kept", order_id=order_id)
        else:
            self._cancel(turn, order_id)
        return [*forget("confirm_cancellation"), *turn.resume()]

    def _cancel(self, turn: Turn, order_id: str) -> None:
        try:
            with writing() as session:
                done = orders.cancel(session, order_id, key=turn.key("cancel_order"), now=clock.now())
            turn.say("utter_order_cancel_done", order_id=order_id, total=wording.money(done.refund_cents))
        except orders.NotAllowed as refusal:
            state = str(refusal)
            with reading() as session:
                days = facts.setting(session, "return_days")
            response = "utter_order_closed" if state in orders.CLOSED else "utter_order_too_late"
            turn.say(response, order_id=order_id, status=_spoken(state), days=str(days))


class ReturnItem(DeskAction):
    """Registers a return, once."""

    def name(self) -> str:
        return "action_return_item"

    def act(self, turn: Turn) -> list[Event]:
        order_id, reason = str(turn.slot("order_id")), turn.slot("return_reason")
        with writing() as session:
            order = orders.find(session, order_id)
            registered = orders.existing_return(session, order_id)
            key = turn.key("return")
            if order is None:
                return turn.resume()
            if registered and registered.key != key:
                turn.say("utter_return_exists", order_id=order_id, return_id=registered.number)
            elif reason is None:
                self._refuse(turn, order, facts.setting(session, "return_days"))
            else:
                row = orders.register_return(session, order_id, reason, key=key, today=clock.today())
                turn.say(
                    "utter_return_opened",
                    return_id=row.number,
                    order_id=order_id,
                    items=orders.summary(order),
                    deadline=wording.day(row.deadline),
                )
        return [*forget("return_reason"), *turn.resume()]

    def _refuse(self, turn: Turn, order: m.Order, days: int) -> None:
        if order.delivered_on is None or order.status != "delivered":
            turn.say("utter_return_not_delivered", order_id=order.id, status=_spoken(order.status))
        else:
            delivered = wording.day(order.delivered_on)
            turn.say("utter_return_too_late", order_id=order.id, delivered=delivered, days=str(days))


class ReportProblem(DeskAction):
    """Opens a case about an order, once."""

    def name(self) -> str:
        return "action_report_problem"

    def act(self, turn: Turn) -> list[Event]:
        request = cases.Request(
            desk="orders",
            subject="Problem with an order",
            words=str(turn.slot("problem_description")),
            sender=turn.sender,
            order_id=turn.slot("order_id"),
        )
        with writing() as session:
            case = cases.open_case(session, request, key=turn.key("problem"), now=clock.now())
        turn.say(
            "utter_problem_reported",
            case_id=case.number,
            order_id=str(case.order_id),
            priority=cases.PRIORITIES[case.priority],
            queue=case.queue,
        )
        return [SlotSet("case_id", case.number), *forget("problem_description"), *turn.resume()]


def read_order_id(text: str) -> str | None:
    """`ORD-12345` in "ord 12345", "#12345", "12345"; None when there is no such number."""
    match = re.search(r"(?:\bord[- ]?|#|\b)(\d{5})\b", text, re.IGNORECASE)
    return f"ORD-{match[1]}" if match else None


def _returnable(deadline: date | None, order: m.Order) -> bool:
    return order.status == "delivered" and deadline is not None and deadline >= clock.today()


def _facts(order: m.Order) -> dict[str, str]:
    parcel = order.parcel
    return {
        "order_id": order.id,
        "items": orders.summary(order),
        "total": wording.money(orders.total(order)),
        "carrier": parcel.carrier if parcel else "the carrier",
        "tracking_number": parcel.tracking_number if parcel else "not yet known",
        "eta": _eta(order.estimated_on),
        "delivered": wording.day(order.delivered_on) if order.delivered_on else "",
    }


def _eta(expected: date | None) -> str:
    if expected is None:
        return "not yet known"
    return "today" if expected == clock.today() else wording.day(expected)


def _spoken(state: str) -> str:
    return state.replace("_", " ")
