"""Shipping desk: prices and parcels."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import clock, wording
from actions.db import models as m
from actions.db import reading
from actions.desk import DeskAction, DeskForm, Values, complain_about
from actions.orders import read_order_id
from actions.reading.numbers import read_weight
from actions.reading.places import read_place
from actions.services import facts, orders, shipping
from actions.turn import Event, Turn, forget


class QuoteForm(DeskForm):
    """How heavy the parcel is and where it goes."""

    def name(self) -> str:
        return "validate_quote_form"

    def validate_parcel_weight(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Values:
        """A weight we ship, kept as grams: "3000 g"."""
        turn = Turn(dispatcher, tracker)
        grams = read_weight(str(value)) or read_weight(turn.text)
        if not grams:
            complain_about(turn, value, "utter_weight_unclear")
            return {"parcel_weight": None}
        with reading() as session:
            most = facts.setting(session, "most_parcel_grams")
        if grams > most:
            turn.say("utter_weight_range", most=wording.weight(most))
            return {"parcel_weight": None}
        return {"parcel_weight": f"{grams} g"}

    def validate_ship_to(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Values:
        """A city or country with a shipping zone; near misses are offered as buttons."""
        turn = Turn(dispatcher, tracker)
        with reading() as session:
            found = read_place(str(value), facts.place_names(session))
        if found.assumed:
            turn.say("utter_place_assumed", place=str(value), meant=str(found.place))
        elif found.place is None and found.suggestions and turn.requested == "ship_to":
            buttons = [{"title": name, "payload": f"to {name}"} for name in found.suggestions]
            turn.say("utter_place_suggest", place=str(value), buttons=buttons)
        elif found.place is None:
            complain_about(turn, value, "utter_place_unknown", place=str(value))
        return {"ship_to": found.place}


class TrackForm(DeskForm):
    """Which parcel to look for."""

    def name(self) -> str:
        return "validate_track_form"

    def needed(self, slots: list[str], turn: Turn) -> list[str]:
        """Nothing is asked for when the order named has no parcel yet; the action says so."""
        order = _order_meant(turn)
        return [] if order and order.parcel is None else slots

    def extract_tracking_number(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Values:
        """An order stands for its parcel."""
        order = _order_meant(Turn(dispatcher, tracker))
        return {"tracking_number": order.parcel.tracking_number} if order and order.parcel else {}

    def validate_tracking_number(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Values:
        """The number of a parcel we know."""
        turn = Turn(dispatcher, tracker)
        number = re.sub(r"[\s-]", "", str(value)).upper()
        with reading() as session:
            known = orders.parcel(session, number) is not None
        if not known:
            complain_about(turn, value, "utter_tracking_unknown", tracking_number=number)
        return {"tracking_number": number if known else None}


class ShippingQuote(DeskAction):
    """Prices and days of each shipping service."""

    def name(self) -> str:
        return "action_shipping_quote"

    def act(self, turn: Turn) -> list[Event]:
        grams, place = read_weight(str(turn.slot("parcel_weight"))), str(turn.slot("ship_to"))
        with reading() as session:
            zone = shipping.zone_of(session, place)
            options = shipping.quote(session, grams, zone) if grams and zone else []
        if options:
            turn.say(
                "utter_shipping_quote",
                weight=wording.weight(grams or 0),
                destination=place,
                options=wording.lines(_option(option) for option in options),
            )
        else:
            turn.say("utter_place_unknown", place=place)
        return [*forget("parcel_weight", "ship_to"), *turn.resume()]


class TrackParcel(DeskAction):
    """Says where a parcel was seen last and when it is due."""

    def name(self) -> str:
        return "action_track_parcel"

    def act(self, turn: Turn) -> list[Event]:
        with reading() as session:
            parcel = orders.parcel(session, str(turn.slot("tracking_number")))
        if parcel:
            turn.say(
                "utter_parcel",
                tracking_number=parcel.tracking_number,
                carrier=parcel.carrier,
                order_id=parcel.order_id,
                status=parcel.order.status.replace("_", " "),
                place=f"Last seen: {parcel.last_seen}.",
                eta=_expected(parcel.order),
            )
        elif order := _order_meant(turn):
            turn.say("utter_order_not_shipped", order_id=order.id, status=order.status.replace("_", " "))
        return [*forget("tracking_number"), *turn.resume()]


def _order_meant(turn: Turn) -> m.Order | None:
    """The order named instead of a tracking number; before the form asks, the one spoken of so far."""
    if turn.entity("tracking_number") or turn.slot("tracking_number"):
        return None
    mentioned = turn.entity("order_id") or (turn.slot("order_id") if turn.requested is None else None)
    order_id = read_order_id(str(mentioned or ""))
    if order_id is None:
        return None
    with reading() as session:
        return orders.find(session, order_id)


def _option(option: shipping.ShippingOption) -> str:
    return (
        f"{option.service}: {wording.money(option.price_cents)}, "
        f"{option.min_days} to {option.max_days} working days"
    )


def _expected(order: m.Order) -> str:
    if order.delivered_on or order.estimated_on is None:
        return ""
    day = "today" if order.estimated_on == clock.today() else wording.day(order.estimated_on)
    return f" Estimated delivery: {day}."
