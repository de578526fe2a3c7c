"""Checking what a traveller says of a trip: cities, day, number of people, the flight chosen."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import clock, wording
from actions.db import reading
from actions.desk import Values, complain_about, is_whole_message
from actions.reading.choices import describes, names
from actions.reading.corrections import names_only_other_end, read_corrections
from actions.reading.dates import read_date
from actions.reading.numbers import read_travellers
from actions.reading.places import fold, read_place
from actions.services import facts, flights
from actions.services.flights import Offer, Trip
from actions.turn import Event, Turn

_CHOOSING = "flight_choice"


class AsksForCities:
    """Checks the slots `from_city` and `to_city`."""

    def validate_from_city(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Values:
        """The city of departure."""
        return {"from_city": _read_city(Turn(dispatcher, tracker), "from_city", value)}

    def validate_to_city(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Values:
        """The destination, which is not the city of departure."""
        return {"to_city": _read_city(Turn(dispatcher, tracker), "to_city", value)}


class AsksForDay:
    """Checks the slot `travel_date`, kept as YYYY-MM-DD."""

    def validate_travel_date(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Values:
        """A day from today on, within the time our flights are on sale."""
        turn = Turn(dispatcher, tracker)
        if turn.requested == _CHOOSING:
            return {"travel_date": turn.before_message("travel_date")}
        return {"travel_date": _read_day(turn, value)}


class AsksForTravellers:
    """Checks the slot `travellers`, kept as a number."""

    def validate_travellers(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Values:
        """As many people as one booking takes."""
        turn = Turn(dispatcher, tracker)
        if turn.requested == _CHOOSING:
            return {"travellers": turn.before_message("travellers")}
        return {"travellers": _read_count(turn, value)}


class AsksForFlight:
    """Checks the slot `flight_choice`: the number of one of the flights offered.

    While flights are on offer, "1" is a flight and no number of travellers, and "7.10" is a time and no day,
    whatever the entity extractor made of them. Only what `details_in` reads from the words changes the trip.
    """

    correctable: ClassVar[frozenset[str]]
    """Slots that a remark may change instead of choosing a flight."""

    def validate_flight_choice(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Values:
        """The flight meant; a remark that changes the trip instead is taken as that."""
        turn = Turn(dispatcher, tracker)
        offers = offered(turn)
        named = names(str(value), offers)
        if named is not None:
            return {"flight_choice": offers[named].number}
        details = {slot: said for slot, said in details_in(turn.text).items() if slot in self.correctable}
        changes = {slot: _read_detail(turn, slot, said) for slot, said in details.items()}
        described = None if changes else describes(turn.text, offers)
        if described is not None:
            return {"flight_choice": offers[described].number}
        if not changes and not turn.entity("cabin_class"):
            complain_about(turn, value, "utter_choice_unclear")
        return {"flight_choice": None, **changes}


def details_in(text: str) -> Values:
    """Details of a trip that a message names unmistakably, by slot."""
    with reading() as session:
        return {**read_corrections(text, facts.city_names(session), clock.today())}


def offered(turn: Turn) -> list[Offer]:
    """The flights that were offered last in this conversation."""
    return [Offer(**offer) for offer in turn.slot("flight_offers") or ()]


def trip_of(turn: Turn) -> Trip | None:
    """The trip the slots describe; None while something is missing."""
    origin, destination = turn.slot("from_city"), turn.slot("to_city")
    day, travellers = turn.slot("travel_date"), turn.slot("travellers")
    if not (origin and destination and day and travellers):
        return None
    return Trip(
        origin=origin,
        destination=destination,
        day=date.fromisoformat(day),
        travellers=int(travellers),
        cabin=cabin_of(turn),
    )


def cabin_of(turn: Turn) -> str:
    """The cabin class asked for; economy unless said otherwise."""
    return "business" if "business" in str(turn.slot("cabin_class") or "").lower() else "economy"


def refuse_route(turn: Turn) -> list[Event]:
    """Empties the destination and says where one can go instead, when we do not fly the route."""
    origin, destination = turn.slot("from_city"), turn.slot("to_city")
    if not (origin and destination):
        return []
    with reading() as session:
        served = flights.destinations_from(session, origin)
    if destination in served:
        return []
    alternatives = wording.listing(served, "or")
    turn.say("utter_no_route", origin=origin, destination=destination, alternatives=alternatives)
    return [SlotSet("to_city", None)]


def refuse_day(turn: Turn, trip: Trip) -> list[Event]:
    """Empties the day and says when there are seats, when there are none on it."""
    with reading() as session:
        if flights.find_offers(session, trip):
            return []
        days = flights.nearest_days(session, trip, earliest=clock.today())
    spoken = {
        "origin": trip.origin,
        "destination": trip.destination,
        "date": wording.day(trip.day),
        "travellers": wording.people(trip.travellers),
    }
    if days:
        turn.say(
            "utter_no_flights_that_day", spoken, days=wording.listing([wording.day(day) for day in days])
        )
    else:
        turn.say("utter_no_flights_near", spoken)
    return [SlotSet("travel_date", None)]


def offer_flights(turn: Turn, trip: Trip, response: str, **values: str) -> list[Event]:
    """Shows the flights of a trip as numbered lines and as buttons, and remembers them."""
    with reading() as session:
        offers = flights.find_offers(session, trip)[: facts.setting(session, "offered_flights")]
    buttons = [
        {
            "title": f"{offer.departs}, {wording.money(offer.total_cents)}",
            "payload": f'/choose_option{{"flight_number": "{offer.number}"}}',
        }
        for offer in offers
    ]
    turn.say(
        response,
        values,
        buttons=buttons,
        origin=trip.origin,
        destination=trip.destination,
        date=wording.day(trip.day),
        travellers=wording.people(trip.travellers),
        cabin=trip.cabin,
        options=wording.numbered(_offer_line(offer) for offer in offers),
    )
    return [SlotSet("flight_offers", [offer.as_slot() for offer in offers])]


def _offer_line(offer: Offer) -> str:
    price, length = wording.money(offer.total_cents), wording.duration(offer.minutes)
    return f"{offer.number} at {offer.departs}, {length}, {price} in total"


def _read_detail(turn: Turn, slot: str, value: Any) -> Any:
    """The value of a slot of the trip, or None after saying why not."""
    if slot == "travel_date":
        return _read_day(turn, value)
    if slot == "travellers":
        return _read_count(turn, value)
    return _read_city(turn, slot, value)


def _read_day(turn: Turn, value: Any) -> str | None:
    today = clock.today()
    day = read_date(str(value), today) or read_date(turn.text, today)
    if day is None:
        complain_about(turn, value, "utter_date_unclear")
        return None
    with reading() as session:
        horizon = facts.setting(session, "booking_horizon_days")
    if day < today:
        turn.say("utter_date_past", date=wording.day(day))
        return None
    if day > today + timedelta(days=horizon):
        turn.say("utter_date_too_far", date=wording.day(day), days=str(horizon))
        return None
    return day.isoformat()


def _read_count(turn: Turn, value: Any) -> int | None:
    count = read_travellers(str(value))
    if count is None:
        complain_about(turn, value, "utter_travellers_unclear")
        return None
    with reading() as session:
        most = facts.setting(session, "most_travellers")
    if not 1 <= count <= most:
        turn.say("utter_travellers_range", most=str(most))
        return None
    return count


def _read_city(turn: Turn, slot: str, value: Any) -> str | None:
    asked_other = turn.requested in {"from_city", "to_city"} - {slot}
    if asked_other and fold(str(value)) == fold(turn.text):
        # A bare name answers the question that was asked, whatever role the extractor saw in it.
        before: str | None = turn.before_message(slot)
        return before
    if is_whole_message(turn, value) and names_only_other_end(slot, turn.text):
        return None
    with reading() as session:
        found = read_place(str(value), facts.city_names(session))
    if found.place is None:
        _suggest(turn, slot, value, found.suggestions)
        return None
    if found.assumed:
        turn.say("utter_place_assumed", place=str(value), meant=found.place)
    other = turn.slot("to_city" if slot == "from_city" else "from_city")
    if slot == "to_city" and other and fold(str(other)) == fold(found.place):
        turn.say("utter_same_city", city=found.place)
        return None
    return found.place


def _suggest(turn: Turn, slot: str, value: Any, suggestions: tuple[str, ...]) -> None:
    if not suggestions:
        complain_about(turn, value, "utter_city_unknown", place=str(value))
        return
    role = "from" if slot == "from_city" else "to"
    buttons = [{"title": name, "payload": f"{role} {name}"} for name in suggestions]
    turn.say("utter_city_suggest", place=str(value), buttons=buttons)
