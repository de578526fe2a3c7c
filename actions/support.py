"""Support desk: products, cases, and what to do when a message is not understood or comes out of the blue."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import wording
from actions.db import models as m
from actions.db import reading
from actions.desk import DeskAction, DeskForm, Values, complain_about
from actions.services import billing, cases, facts, products
from actions.turn import Event, Turn, forget

_SHOWN = 3  # guesses offered when a message was not understood

# Which form deals with a detail that was given without a task.
_FORM_FOR_ENTITY = {
    "order_id": "order_form",
    "tracking_number": "track_form",
    "booking_ref": "booking_details_form",
    "case_id": "case_form",
}

# What the forms of all desks collect, and nothing that identifies a thing which was spoken of.
_TASK_SLOTS = (
    *("from_city", "to_city", "travel_date", "travellers", "cabin_class", "flight_choice", "flight_offers"),
    *("confirm_cancellation", "charge_amount", "confirm_dispute", "parcel_weight", "ship_to"),
    *("return_reason", "problem_description"),
)


class CaseForm(DeskForm):
    """Which case or dispute to look up."""

    def name(self) -> str:
        return "validate_case_form"

    def validate_case_id(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Values:
        """The number of a case or dispute that exists."""
        turn = Turn(dispatcher, tracker)
        number = read_case_number(str(value))
        with reading() as session:
            known = number and (cases.find(session, number) or billing.find_dispute(session, number))
        if not known:
            complain_about(turn, value, "utter_case_unknown", case_id=number or str(value))
        return {"case_id": number if known else None}


class CaseStatus(DeskAction):
    """Says how a case or dispute stands."""

    def name(self) -> str:
        return "action_case_status"

    def act(self, turn: Turn) -> list[Event]:
        number = str(turn.slot("case_id"))
        with reading() as session:
            dispute = billing.find_dispute(session, number)
            case = cases.find(session, number)
            place = cases.place_in_queue(session, case) if case else None
        if dispute:
            turn.say(
                "utter_dispute_status",
                case_id=number,
                amount=wording.money(dispute.charge.amount_cents),
                status=dispute.status,
                opened=wording.day(dispute.opened_at.date()),
            )
        elif case and place:
            response = "utter_case_waiting" if case.status == "waiting" else "utter_case_status"
            turn.say(response, _case_facts(case), position=str(place.position))
        return turn.resume()


class ProductInfo(DeskAction):
    """Shows a product, the products of a kind, or the whole range."""

    def name(self) -> str:
        return "action_product_info"

    def act(self, turn: Turn) -> list[Event]:
        wanted = turn.entity("product")
        with reading() as session:
            found = products.search(session, wanted or turn.text)
            if not found and wanted is None:
                found = products.everything(session)
            categories = products.categories(session)
        if not found:
            turn.say("utter_product_unknown", product=wanted or "", categories=wording.listing(categories))
        elif len(found) == 1:
            turn.say("utter_product", _product_facts(found[0]))
        else:
            turn.say("utter_products", products=wording.lines(_product_line(item) for item in found))
        return forget("product")


class StopTask(DeskAction):
    """Ends the running form and forgets what it was told."""

    def name(self) -> str:
        return "action_stop_task"

    def act(self, turn: Turn) -> list[Event]:
        if not turn.open_forms():
            turn.say("utter_nothing_to_stop")
            return []
        turn.say("utter_stopped")
        return [*turn.close_forms(), *forget(*_TASK_SLOTS)]


class FollowDetails(DeskAction):
    """Takes up a detail given without a task: numbers are looked up, a trip is booked."""

    def name(self) -> str:
        return "action_follow_details"

    def act(self, turn: Turn) -> list[Event]:
        for entity, form in _FORM_FOR_ENTITY.items():
            if turn.entity(entity):
                return [FollowupAction(form)]
        if turn.entity("city", "from") or (turn.entity("city", "to") and turn.entity("date")):
            return [FollowupAction("booking_form")]
        known = turn.tracker.latest_message.get("entities")
        turn.say("utter_details_without_task" if known else "utter_default")
        return []


class AskAffirmation(DeskAction):
    """Offers what a message may have meant, in words a person uses."""

    def name(self) -> str:
        return "action_default_ask_affirmation"

    def act(self, turn: Turn) -> list[Event]:
        with reading() as session:
            titles = facts.topic_titles(session)
        ranking = turn.tracker.latest_message.get("intent_ranking") or []
        likely = [entry["name"] for entry in ranking if entry.get("name") in titles][:_SHOWN]
        buttons = [{"title": titles[intent], "payload": f"/{intent}"} for intent in likely]
        buttons.append({"title": "Something else", "payload": "/out_of_scope"})
        turn.say("utter_did_you_mean", buttons=buttons)
        return []


def read_case_number(text: str) -> str | None:
    """`CASE-1001` in "case 1001" or "1001", `DSP-1001` in "dsp-1001"; None when there is no number."""
    match = re.search(r"\b(?:(case|dsp)[- ]?)?(\d{4,6})\b", text, re.IGNORECASE)
    return f"{(match[1] or 'case').upper()}-{match[2]}" if match else None


def _case_facts(case: m.Case) -> dict[str, str]:
    return {
        "case_id": case.number,
        "subject": case.subject,
        "status": case.status,
        "priority": cases.PRIORITIES[case.priority],
        "queue": case.queue,
        "opened": wording.day(case.opened_at.date()),
    }


def _product_facts(item: m.Product) -> dict[str, str]:
    stock = f"We have {item.stock} in stock." if item.stock else "It is out of stock at the moment."
    return {
        "name": item.name,
        "price": wording.money(item.price_cents),
        "description": item.description,
        "stock": stock,
    }


def _product_line(item: m.Product) -> str:
    return f"{item.name}, {wording.money(item.price_cents)}{'' if item.stock else ' (out of stock)'}"
