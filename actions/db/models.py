"""Wayfare's tables.

Money is in integer cents of US dollars; weights are in grams; moments are UTC. A table that an action writes
to has a UNIQUE `key`: the message that asked for the row. A retried action finds the first row by it and
changes nothing (see `actions.services.once`). Rows with `demo` true are demo data, whose dates move with the
calendar.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """All tables of Wayfare."""


class OncePerRequest:
    """A row that one request writes at most once."""

    key: Mapped[str] = mapped_column(unique=True)


class SeedRun(Base):
    """One row per set of seed data: the day its dates are relative to."""

    __tablename__ = "seed_runs"
    name: Mapped[str] = mapped_column(primary_key=True)
    seeded_on: Mapped[date]


class Setting(Base):
    """A number the business may change without touching code."""

    __tablename__ = "settings"
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]
    meaning: Mapped[str]


class Topic(Base):
    """How to name an intent to a person when asking "did you mean ...?"."""

    __tablename__ = "topics"
    intent: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]


class Customer(Base):
    """A person with an account."""

    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]


class Country(Base):
    """A country we ship to, and its shipping zone."""

    __tablename__ = "countries"
    name: Mapped[str] = mapped_column(primary_key=True)
    zone: Mapped[int]


class City(Base):
    """A city we fly and ship to."""

    __tablename__ = "cities"
    name: Mapped[str] = mapped_column(primary_key=True)
    country: Mapped[str] = mapped_column(ForeignKey("countries.name"))


class PlaceAlias(Base):
    """Another way to say a city or country, in lower case."""

    __tablename__ = "place_aliases"
    alias: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[str]


class Cabin(Base):
    """A cabin class, priced as a percentage of the economy fare."""

    __tablename__ = "cabins"
    name: Mapped[str] = mapped_column(primary_key=True)
    fare_percent: Mapped[int]


class Flight(Base):
    """A flight in the timetable; it leaves on each of its weekdays."""

    __tablename__ = "flights"
    number: Mapped[str] = mapped_column(primary_key=True)
    origin: Mapped[str] = mapped_column(ForeignKey("cities.name"), index=True)
    destination: Mapped[str] = mapped_column(ForeignKey("cities.name"), index=True)
    departs: Mapped[str]  # HH:MM, local time at the origin
    minutes: Mapped[int]  # from take-off to landing
    weekdays: Mapped[str]  # ISO numbers, Monday is 1: "12345"
    fare_cents: Mapped[int]  # economy, one traveller
    seats: Mapped[int]


class Booking(OncePerRequest, Base):
    """Seats on one flight on one day."""

    __tablename__ = "bookings"
    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    sender_id: Mapped[str]
    flight_number: Mapped[str] = mapped_column(ForeignKey("flights.number"), index=True)
    day: Mapped[date]
    travellers: Mapped[int]
    cabin: Mapped[str] = mapped_column(ForeignKey("cabins.name"))
    total_cents: Mapped[int]
    status: Mapped[str]  # confirmed, cancelled
    created_at: Mapped[datetime]
    flight: Mapped[Flight] = relationship(lazy="joined", innerjoin=True)


class BookingChange(OncePerRequest, Base):
    """A booking was moved to another flight, or cancelled."""

    __tablename__ = "booking_changes"
    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"))
    kind: Mapped[str]  # moved, cancelled
    fee_cents: Mapped[int]
    difference_cents: Mapped[int]
    refund_cents: Mapped[int]
    changed_at: Mapped[datetime]


class Product(Base):
    """A piece of travel gear."""

    __tablename__ = "products"
    sku: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    category: Mapped[str]
    price_cents: Mapped[int]
    stock: Mapped[int]
    description: Mapped[str]


class Order(Base):
    """Gear a customer bought."""

    __tablename__ = "orders"
    id: Mapped[str] = mapped_column(primary_key=True)  # ORD-12345
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    status: Mapped[str]  # one of the states in `actions.services.orders.STATES`
    placed_on: Mapped[date]
    estimated_on: Mapped[date | None]
    delivered_on: Mapped[date | None]
    demo: Mapped[bool] = mapped_column(default=False)
    lines: Mapped[list[OrderLine]] = relationship(lazy="selectin", order_by="OrderLine.id")
    parcel: Mapped[Parcel | None] = relationship(back_populates="order", lazy="joined")


class OrderLine(Base):
    """One product in an order, at the price it was sold for."""

    __tablename__ = "order_lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), index=True)
    sku: Mapped[str] = mapped_column(ForeignKey("products.sku"))
    quantity: Mapped[int]
    price_cents: Mapped[int]  # each
    product: Mapped[Product] = relationship(lazy="joined", innerjoin=True)


class Parcel(Base):
    """What the carrier has of an order."""

    __tablename__ = "parcels"
    tracking_number: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), unique=True)
    carrier: Mapped[str]
    last_seen: Mapped[str]  # where it was scanned last
    order: Mapped[Order] = relationship(back_populates="parcel", lazy="joined", innerjoin=True)


class OrderCancellation(OncePerRequest, Base):
    """An order was cancelled before it left."""

    __tablename__ = "order_cancellations"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"))
    refund_cents: Mapped[int]
    cancelled_at: Mapped[datetime]


class OrderReturn(OncePerRequest, Base):
    """A customer announced that an order comes back."""

    __tablename__ = "order_returns"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), unique=True)
    number: Mapped[str] = mapped_column(unique=True)  # RET-1001
    reason: Mapped[str]
    deadline: Mapped[date]


class Charge(Base):
    """Money taken from a customer."""

    __tablename__ = "charges"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    order_id: Mapped[str | None] = mapped_column(ForeignKey("orders.id"))
    description: Mapped[str]
    amount_cents: Mapped[int]
    charged_on: Mapped[date]
    demo: Mapped[bool] = mapped_column(default=False)


class Dispute(OncePerRequest, Base):
    """A customer says that a charge is wrong; at most one for each charge."""

    __tablename__ = "disputes"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)  # DSP-1001
    charge_id: Mapped[int] = mapped_column(ForeignKey("charges.id"), unique=True)
    sender_id: Mapped[str]
    reason: Mapped[str]
    status: Mapped[str]  # open, accepted, rejected
    opened_at: Mapped[datetime]
    charge: Mapped[Charge] = relationship(lazy="joined", innerjoin=True)


class Refund(Base):
    """Money on its way back to a customer."""

    __tablename__ = "refunds"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    order_id: Mapped[str | None] = mapped_column(ForeignKey("orders.id"))
    amount_cents: Mapped[int]
    status: Mapped[str]  # requested, approved, paid
    requested_on: Mapped[date]
    expected_on: Mapped[date]
    demo: Mapped[bool] = mapped_column(default=False)


class ShippingService(Base):
    """How long a shipping service takes to a zone, in working days."""

    __tablename__ = "shipping_services"
    name: Mapped[str] = mapped_column(primary_key=True)
    zone: Mapped[int] = mapped_column(primary_key=True)
    min_days: Mapped[int]
    max_days: Mapped[int]


class ShippingRate(Base):
    """The price of a service to a zone, for parcels up to a weight."""

    __tablename__ = "shipping_rates"
    __table_args__ = (UniqueConstraint("service", "zone", "up_to_grams"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    service: Mapped[str]
    zone: Mapped[int]
    up_to_grams: Mapped[int]
    price_cents: Mapped[int]


class Queue(Base):
    """Where cases wait for people."""

    __tablename__ = "queues"
    name: Mapped[str] = mapped_column(primary_key=True)
    desk: Mapped[str] = mapped_column(unique=True)
    minutes_per_case: Mapped[int]


class PriorityWord(Base):
    """A word or phrase, in lower case, that makes a case more urgent."""

    __tablename__ = "priority_words"
    phrase: Mapped[str] = mapped_column(primary_key=True)
    weight: Mapped[int]


class Case(OncePerRequest, Base):
    """Something a person has to look at."""

    __tablename__ = "cases"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)  # CASE-1001
    sender_id: Mapped[str] = mapped_column(index=True)
    queue: Mapped[str] = mapped_column(ForeignKey("queues.name"), index=True)
    subject: Mapped[str]
    words: Mapped[str]  # what the customer wrote
    priority: Mapped[int]  # 0 normal, 1 high, 2 urgent
    status: Mapped[str]  # waiting, in progress, resolved
    order_id: Mapped[str | None] = mapped_column(ForeignKey("orders.id"))
    opened_at: Mapped[datetime]
    demo: Mapped[bool] = mapped_column(default=False)


class CaseNote(OncePerRequest, Base):
    """What a customer added to a case later."""

    __tablename__ = "case_notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    words: Mapped[str]
    written_at: Mapped[datetime]
