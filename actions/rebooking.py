"""Booking desk: a booking is moved to another flight, or cancelled."""

from __future__ import annotations

from datetime import date
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import clock, wording
from actions.booking import booking_facts, read_booking
from actions.db import models as m
from actions.db import reading, writing
from actions.desk import DeskAction, DeskForm, Values, read_yes_or_no
from actions.services import bookings, facts
from actions.services.flights import Trip
from actions.trips import AsksForDay, AsksForFlight, offer_flights, refuse_day
from actions.turn import Event, Turn, forget


class ChangeBookingForm(AsksForDay, AsksForFlight, DeskForm):
    """Which booking to move, to which day, and to which flight of it."""

    correctable = frozenset({"travel_date"})

    def name(self) -> str:
        return "validate_change_booking_form"

    def needed(self, slots: list[str], turn: Turn) -> list[str]:
        """A booking that is not open needs no new day; the action says so."""
        return slots if _is_open(turn) else ["booking_ref"]

    def validate_booking_ref(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Values:
        """The reference of a booking that exists."""
        return read_booking(Turn(dispatcher, tracker), value)

    async def get_validation_events(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[Event]:
        """After each detail by itself: are there seats on that day?"""
        events: list[Event] = await super().get_validation_events(dispatcher, tracker, domain)
        turn = Turn(dispatcher, tracker)
        trip = _new_trip(turn)
        asked = any(event["name"] in {"booking_ref", "travel_date"} for event in events)
        return [*events, *refuse_day(turn, trip)] if trip and asked else events


class CancelBookingForm(DeskForm):
    """Which booking to cancel, and whether really."""

    def name(self) -> str:
        return "validate_cancel_booking_form"

    def needed(self, slots: list[str], turn: Turn) -> list[str]:
        """A booking that is not open needs no confirmation; the action says so."""
        return slots if _is_open(turn) else ["booking_ref"]

    def validate_booking_ref(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Values:
        """The reference of a booking that exists."""
        return read_booking(Turn(dispatcher, tracker), value)

    def validate_confirm_cancellation(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Values:
        """Yes or no."""
        return read_yes_or_no(Turn(dispatcher, tracker), "confirm_cancellation", value)


class OfferOtherFlights(DeskAction):
    """Shows the flights a booking can be moved to."""

    def name(self) -> str:
        return "action_ask_change_booking_form_flight_choice"

    def act(self, turn: Turn) -> list[Event]:
        trip = _new_trip(turn)
        if trip is None:
            return []
        with reading() as session:
            fee = wording.money(facts.setting(session, "change_fee_cents"))
        return offer_flights(turn, trip, "utter_change_offers", fee=fee)


class ChangeBooking(DeskAction):
    """Moves a booking to the flight that was chosen, once."""

    def name(self) -> str:
        return "action_change_booking"

    def act(self, turn: Turn) -> list[Event]:
        reference, number = turn.slot("booking_ref"), turn.slot("flight_choice")
        day = turn.slot("travel_date")
        try:
            if number and day:
                self._move(turn, reference, number, date.fromisoformat(day))
            else:
                _say_not_open(turn, reference)
        except bookings.SoldOut:
            turn.say("utter_flight_gone", flight=number)
        except bookings.NotOpen:
            _say_not_open(turn, reference)
        return [*forget("travel_date", "flight_choice", "flight_offers"), *turn.resume()]

    def _move(self, turn: Turn, reference: str, number: str, day: date) -> None:
        with writing() as session:
            change = bookings.move(session, reference, number, day, key=turn.key("change"), now=clock.now())
            booking = session.get_one(m.Booking, change.booking_id)
        turn.say(
            "utter_booking_changed",
            booking_facts(booking),
            charge=wording.money(change.fee_cents + change.difference_cents),
            fee=wording.money(change.fee_cents),
            difference=wording.money(change.difference_cents),
        )


class AskConfirmCancelBooking(DeskAction):
    """Shows what a cancellation would give back."""

    def name(self) -> str:
        return "action_ask_cancel_booking_form_confirm_cancellation"

    def act(self, turn: Turn) -> list[Event]:
        with reading() as session:
            booking = bookings.find(session, str(turn.slot("booking_ref")))
            if booking is None:
                return []
            terms = bookings.cancellation_terms(session, booking, clock.now())
            hours = facts.setting(session, "free_cancellation_hours")
            percent = facts.setting(session, "late_cancellation_percent")
        rule = f"it was booked less than {hours} hours ago" if terms.free else f"we keep {percent} %"
        turn.say(
            "utter_ask_confirm_cancel_booking",
            booking_facts(booking),
            refund=wording.money(terms.refund_cents),
            rule=rule,
        )
        return []


class CancelBooking(DeskAction):
    """Cancels a booking, once."""

    def name(self) -> str:
        return "action_cancel_booking"

    def act(self, turn: Turn) -> list[Event]:
        reference = str(turn.slot("booking_ref"))
        if turn.slot("confirm_cancellation") is False:
            turn.say("utter_booking_kept", reference=reference)
        else:
            self._cancel(turn, reference)
        return [*forget("confirm_cancellation", "booking_ref"), *turn.resume()]

    def _cancel(self, turn: Turn, reference: str) -> None:
        try:
            with writing() as session:
                change = bookings.cancel(session, reference, key=turn.key("cancel_booking"), now=clock.now())
            refund = wording.money(change.refund_cents)
            turn.say("utter_booking_cancelled", reference=reference, refund=refund)
        except bookings.NotOpen:
            _say_not_open(turn, reference)


def _is_open(turn: Turn) -> bool:
    """Whether the booking can still be changed; true as long as none is known."""
    reference = turn.slot("booking_ref")
    if reference is None:
        return True
    with reading() as session:
        booking = bookings.find(session, reference)
    return booking is not None and bookings.status(booking, clock.today()) == "confirmed"


def _new_trip(turn: Turn) -> Trip | None:
    """The booked trip on the day it is to be moved to."""
    reference, day = turn.slot("booking_ref"), turn.slot("travel_date")
    if not (reference and day):
        return None
    with reading() as session:
        booking = bookings.find(session, reference)
    if booking is None:
        return None
    return Trip(
        origin=booking.flight.origin,
        destination=booking.flight.destination,
        day=date.fromisoformat(day),
        travellers=booking.travellers,
        cabin=booking.cabin,
    )


def _say_not_open(turn: Turn, reference: str) -> None:
    with reading() as session:
        booking = bookings.find(session, reference)
    status = bookings.status(booking, clock.today()) if booking else "unknown"
    turn.say("utter_booking_not_open", reference=reference, status=status)
