"""The timetable: where we fly, and which flights have seats on a day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from actions.db import models as m


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """What a traveller asked for."""

    origin: str
    destination: str
    day: date
    travellers: int
    cabin: str = "economy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A flight with enough seats, and what it costs all travellers together."""

    number: str
    departs: str
    """HH:MM, local time at the origin."""
    minutes: int
    total_cents: int

    def as_slot(self) -> dict[str, Any]:
        """As kept in the conversation between offering and choosing."""
        return asdict(self)


def destinations_from(session: Session, origin: str) -> list[str]:
    """Cities one can fly to from `origin`, by name."""
    query = select(m.Flight.destination).where(m.Flight.origin == origin).distinct()
    return sorted(session.scalars(query))


def origins_to(session: Session, destination: str) -> list[str]:
    """Cities one can fly to `destination` from, by name."""
    query = select(m.Flight.origin).where(m.Flight.destination == destination).distinct()
    return sorted(session.scalars(query))


def cities_served(session: Session) -> list[str]:
    """Every city in the timetable, by name."""
    return sorted(session.scalars(select(m.Flight.origin).distinct()))


def find_offers(session: Session, trip: Trip) -> list[Offer]:
    """Flights of that day with seats for everybody, earliest first."""
    query = (
        select(m.Flight)
        .where(
            m.Flight.origin == trip.origin,
            m.Flight.destination == trip.destination,
            m.Flight.weekdays.contains(str(trip.day.isoweekday())),
        )
        .order_by(m.Flight.departs)
    )
    flights = list(session.scalars(query))
    if not flights:
        return []
    percent = _fare_percent(session, trip.cabin)
    booked = _booked_seats(session, flights, trip.day)
    return [
        Offer(
            number=flight.number,
            departs=flight.departs,
            minutes=flight.minutes,
            total_cents=_total(flight, percent, trip.travellers),
        )
        for flight in flights
        if flight.seats - booked.get(flight.number, 0) >= trip.travellers
    ]


def nearest_days(
    session: Session, trip: Trip, *, earliest: date, within: int = 14, most: int = 3
) -> list[date]:
    """Days close to the wanted one on which there are seats, in calendar order; none before `earliest`."""
    found: list[date] = []
    for day in _outwards(trip.day, within):
        if day >= earliest and find_offers(session, _on(trip, day)):
            found.append(day)
        if len(found) == most:
            break
    return sorted(found)


def seats_left(session: Session, flight: m.Flight, day: date) -> int:
    """Seats of `flight` on `day` that nobody has booked."""
    return flight.seats - _booked_seats(session, [flight], day).get(flight.number, 0)


def _booked_seats(session: Session, flights: Sequence[m.Flight], day: date) -> dict[str, int]:
    """By number of the flight; those without a booking are left out."""
    query = (
        select(m.Booking.flight_number, func.sum(m.Booking.travellers))
        .where(
            m.Booking.flight_number.in_([flight.number for flight in flights]),
            m.Booking.day == day,
            m.Booking.status == "confirmed",
        )
        .group_by(m.Booking.flight_number)
    )
    return {number: int(taken) for number, taken in session.execute(query)}


def fare(session: Session, flight: m.Flight, cabin: str, travellers: int) -> int:
    """Cents for all travellers in one cabin class."""
    return _total(flight, _fare_percent(session, cabin), travellers)


def _fare_percent(session: Session, cabin: str) -> int:
    percent = session.scalar(select(m.Cabin.fare_percent).where(m.Cabin.name == cabin))
    if percent is None:
        raise KeyError(f"no cabin {cabin!r} in table cabins")
    return percent


def _total(flight: m.Flight, percent: int, travellers: int) -> int:
    return flight.fare_cents * percent // 100 * travellers


def _outwards(day: date, within: int) -> Iterator[date]:
    for distance in range(1, within + 1):
        yield day + timedelta(days=distance)
        yield day - timedelta(days=distance)


def _on(trip: Trip, day: date) -> Trip:
    return Trip(
        origin=trip.origin,
        destination=trip.destination,
        day=day,
        travellers=trip.travellers,
        cabin=trip.cabin,
    )
