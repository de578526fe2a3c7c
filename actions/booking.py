"""Booking desk: flights are offered, booked and shown."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import clock, wording
from actions.db import models as m
from actions.db import reading, writing
from actions.desk import DeskAction, DeskForm, Values, complain_about
from actions.reading.places import read_place
from actions.services import bookings, facts, flights
from actions.trips import (
    AsksForCities,
    AsksForDay,
    AsksForFlight,
    AsksForTravellers,
    details_in,
    offer_flights,
    refuse_day,
    refuse_route,
    trip_of,
)
from actions.turn import Event, Turn, forget

# Intents whose words may describe the trip that is being booked.
_ABOUT_TRIP = frozenset({"book_flight", "inform", "choose_option", "affirm", "deny", "nlu_fallback"})
_TRIP_SLOTS = (
    *("from_city", "to_city", "travel_date", "travellers", "cabin_class"),
    *("flight_choice", "flight_offers"),
)


class BookingForm(AsksForCities, AsksForDay, AsksForTravellers, AsksForFlight, DeskForm):
    """Where from, where to, when, how many, and which flight."""

    correctable = frozenset({"from_city", "to_city", "travel_date", "travellers"})

    def name(self) -> str:
        return "validate_booking_form"

    async def get_extraction_events(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[Event]:
        """Takes what the message names unmistakably ("from Berlin"), whatever the extractor made of it."""
        events: list[Event] = await super().get_extraction_events(dispatcher, tracker, domain)
        turn = Turn(dispatcher, tracker)
        if turn.requested == "flight_choice" or turn.intent not in _ABOUT_TRIP:
            return events
        return [*events, *(SlotSet(slot, value) for slot, value in details_in(turn.text).items())]

    async def get_validation_events(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[Event]:
        """After each detail by itself, all together: do we fly there, and on that day?"""
        events: list[Event] = await super().get_validation_events(dispatcher, tracker, domain)
        heard = {event["name"] for event in events if event["value"] is not None}
        if not heard & {"from_city", "to_city", "travel_date", "travellers"}:
            return events
        turn = Turn(dispatcher, tracker)
        _confirm_new_cities(turn, heard)
        refusal = refuse_route(turn)
        trip = trip_of(turn)
        if trip and not refusal:
            refusal = refuse_day(turn, trip)
        return [*events, *refusal]


class BookingDetailsForm(DeskForm):
    """Which booking to show."""

    def name(self) -> str:
        return "validate_booking_details_form"

    def validate_booking_ref(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Values:
        """The reference of a booking that exists."""
        return read_booking(Turn(dispatcher, tracker), value)


class OfferFlights(DeskAction):
    """Shows the flights that fit."""

    def name(self) -> str:
        return "action_ask_booking_form_flight_choice"

    def act(self, turn: Turn) -> list[Event]:
        trip = trip_of(turn)
        return offer_flights(turn, trip, "utter_flight_offers") if trip else []


class BookFlight(DeskAction):
    """Books the flight that was chosen, once."""

    def name(self) -> str:
        return "action_book_flight"

    def act(self, turn: Turn) -> list[Event]:
        trip, number = trip_of(turn), turn.slot("flight_choice")
        if trip is None or number is None:
            return turn.resume()
        try:
            with writing() as session:
                booking = bookings.book(
                    session, trip, number, sender=turn.sender, key=turn.key("book"), now=clock.now()
                )
            turn.say("utter_booked", booking_facts(booking))
            kept = [SlotSet("booking_ref", booking.reference)]
        except bookings.SoldOut:
            turn.say("utter_flight_gone", flight=number)
            kept = []
        return [*forget(*_TRIP_SLOTS), *kept, *turn.resume()]


class BookingDetails(DeskAction):
    """Shows a booking."""

    def name(self) -> str:
        return "action_booking_details"

    def act(self, turn: Turn) -> list[Event]:
        with reading() as session:
            booking = bookings.find(session, str(turn.slot("booking_ref")))
        if booking:
            turn.say("utter_booking_details", booking_facts(booking))
        return turn.resume()


class ListDestinations(DeskAction):
    """Says where one can fly: from a city, to a city, or at all; the city is kept for a booking."""

    def name(self) -> str:
        return "action_list_destinations"

    def act(self, turn: Turn) -> list[Event]:
        with reading() as session:
            names = facts.city_names(session)
            origin = _city(turn.entity("city", "from"), names)
            destination = _city(turn.entity("city", "to") or turn.entity("city"), names)
            if origin:
                cities = wording.listing(flights.destinations_from(session, origin))
                turn.say("utter_destinations_from", origin=origin, cities=cities)
                return [SlotSet("from_city", origin)]
            if destination:
                cities = wording.listing(flights.origins_to(session, destination), "or")
                turn.say("utter_destination_served", destination=destination, cities=cities)
                return [SlotSet("to_city", destination)]
            turn.say("utter_destinations_all", cities=wording.listing(flights.cities_served(session)))
        return []


def read_booking(turn: Turn, value: Any) -> Values:
    """The slot `booking_ref`: a reference as we write it, of a booking that exists."""
    match = re.search(r"\bWF[- ]?([0-9A-Z]{6})\b", str(value).upper())
    reference = f"WF-{match[1]}" if match else str(value)
    with reading() as session:
        known = bool(match) and bookings.find(session, reference) is not None
    if not known:
        complain_about(turn, value, "utter_booking_unknown", reference=reference)
    return {"booking_ref": reference if known else None}


def _city(words: str | None, names: dict[str, str]) -> str | None:
    return read_place(words, names).place if words else None


def _confirm_new_cities(turn: Turn, heard: set[str]) -> None:
    """Repeats the route when a correction changed it; the offer of flights repeats it anyway."""
    changed = any(
        turn.before_message(slot) not in {None, turn.slot(slot)}
        for slot in ("from_city", "to_city")
        if slot in heard
    )
    if changed and turn.requested != "flight_choice" and turn.slot("from_city") and turn.slot("to_city"):
        turn.say("utter_route_noted", origin=turn.slot("from_city"), destination=turn.slot("to_city"))


def booking_facts(booking: m.Booking) -> dict[str, str]:
    """What responses say of a booking."""
    flight = booking.flight
    return {
        "reference": booking.reference,
        "status": bookings.status(booking, clock.today()),
        "flight": flight.number,
        "origin": flight.origin,
        "destination": flight.destination,
        "date": wording.day(booking.day),
        "time": flight.departs,
        "travellers": wording.people(booking.travellers),
        "cabin": booking.cabin,
        "total": wording.money(booking.total_cents),
    }
