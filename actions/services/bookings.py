"""Bookings: made, found, moved and cancelled, each at most once per request."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.db import models as m
from actions.services import facts, flights
from actions.services.flights import Trip
from actions.services.once import add_once, find_done

_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that are mistaken for each other


class SoldOut(Exception):
    """The flight has not enough seats any more; nothing was written."""


class NotOpen(Exception):
    """The booking was cancelled or has departed; nothing was written."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationTerms:
    """What cancelling now would give back, in cents."""

    refund_cents: int
    free: bool
    """Whether the booking is still in its time of free cancellation."""


def book(
    session: Session, trip: Trip, flight_number: str, *, sender: str, key: str, now: datetime
) -> m.Booking:
    """Books seats; a second call with the same `key` returns the first booking. Raises SoldOut."""
    done = find_done(session, m.Booking, key)
    if done:
        return done
    flight = _locked_flight(session, flight_number)
    if flights.seats_left(session, flight, trip.day) < trip.travellers:
        raise SoldOut(flight_number)
    booking = m.Booking(
        key=key,
        reference=_reference(key),
        sender_id=sender,
        flight=flight,
        day=trip.day,
        travellers=trip.travellers,
        cabin=trip.cabin,
        total_cents=flights.fare(session, flight, trip.cabin, trip.travellers),
        status="confirmed",
        created_at=now,
    )
    return add_once(session, booking)[0]


def find(session: Session, reference: str) -> m.Booking | None:
    """The booking under a reference."""
    return session.scalar(select(m.Booking).where(m.Booking.reference == reference))


def status(booking: m.Booking, today: date) -> str:
    """What a person calls the state of a booking: confirmed, cancelled or departed."""
    return "departed" if booking.status == "confirmed" and booking.day < today else booking.status


def cancellation_terms(session: Session, booking: m.Booking, now: datetime) -> CancellationTerms:
    """What the fare rules give back if the booking is cancelled at `now`."""
    free_until = booking.created_at + timedelta(hours=facts.setting(session, "free_cancellation_hours"))
    if now <= free_until:
        return CancellationTerms(refund_cents=booking.total_cents, free=True)
    kept = booking.total_cents * facts.setting(session, "late_cancellation_percent") // 100
    return CancellationTerms(refund_cents=booking.total_cents - kept, free=False)


def cancel(session: Session, reference: str, *, key: str, now: datetime) -> m.BookingChange:
    """Cancels a booking and says what goes back; once per key. Raises NotOpen."""
    done = find_done(session, m.BookingChange, key)
    if done:
        return done
    booking = _open_booking(session, reference, now.date())
    refund = cancellation_terms(session, booking, now).refund_cents
    change, first = add_once(
        session,
        m.BookingChange(
            key=key,
            booking_id=booking.id,
            kind="cancelled",
            fee_cents=booking.total_cents - refund,
            difference_cents=0,
            refund_cents=refund,
            changed_at=now,
        ),
    )
    if first:
        booking.status = "cancelled"
    return change


def move(
    session: Session, reference: str, flight_number: str, day: date, *, key: str, now: datetime
) -> m.BookingChange:
    """Moves a booking to another flight or day; repeated with the same key, changes nothing more.

    The traveller pays the fee and the fare difference; a cheaper flight gives nothing back. Raises NotOpen or
    SoldOut.
    """
    done = find_done(session, m.BookingChange, key)
    if done:
        return done
    booking = _open_booking(session, reference, now.date())
    flight = _locked_flight(session, flight_number)
    same = booking.flight_number == flight_number and booking.day == day
    seats = flights.seats_left(session, flight, day) + (booking.travellers if same else 0)
    if seats < booking.travellers:
        raise SoldOut(flight_number)
    fee = facts.setting(session, "change_fee_cents")
    difference = max(
        0, flights.fare(session, flight, booking.cabin, booking.travellers) - booking.total_cents
    )
    change, first = add_once(
        session,
        m.BookingChange(
            key=key,
            booking_id=booking.id,
            kind="moved",
            fee_cents=fee,
            difference_cents=difference,
            refund_cents=0,
            changed_at=now,
        ),
    )
    if first:
        booking.flight, booking.day = flight, day
        booking.total_cents += difference
    return change


def _open_booking(session: Session, reference: str, today: date) -> m.Booking:
    booking = session.scalars(
        select(m.Booking).where(m.Booking.reference == reference).with_for_update(of=m.Booking)
    ).one()
    state = status(booking, today)
    if state != "confirmed":
        raise NotOpen(state)
    return booking


def _locked_flight(session: Session, number: str) -> m.Flight:
    """The flight, locked where the database locks rows, so that two bookings cannot share the last seat."""
    return session.scalars(select(m.Flight).where(m.Flight.number == number).with_for_update()).one()


def _reference(key: str) -> str:
    """A reference such as WF-7K2M9Q that follows from the request: 32^6, about a thousand million of them."""
    digest = hashlib.sha256(key.encode()).digest()
    return "WF-" + "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:6])
