"""Creates Wayfare's tables and fills them from the CSV files in `seed/`, once, however many processes start.

The business facts (timetable, fares, rates, deadlines) and the demo data (customers, orders, charges, cases)
live in those files. Columns that end in `_days` or `_hours` count from today, so that the demo never grows
old: on a later day the dates of the demo rows are moved along.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from actions.db import models as m

FOLDER = Path(__file__).with_name("seed")
_NAME = "wayfare"
_LOCK = 7_274_193  # any number, the same in every process


def ensure(session: Session, today: date) -> None:
    """Tables, seed rows, and demo dates relative to `today`; safe to call at any time, by several processes.

    The caller's transaction must be the only writer: SQLite's BEGIN IMMEDIATE, or PostgreSQL's lock, taken
    here.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    m.Base.metadata.create_all(connection)
    run = session.get(m.SeedRun, _NAME)
    if run is None:
        _fill(session, today)
        session.add(m.SeedRun(name=_NAME, seeded_on=today))
    elif run.seeded_on < today:
        _move_demo_dates(session, today - run.seeded_on)
        run.seeded_on = today


def _fill(session: Session, today: date) -> None:
    for model, file in (
        (m.Setting, "settings"),
        (m.Topic, "topics"),
        (m.Customer, "customers"),
        (m.Country, "countries"),
        (m.City, "cities"),
        (m.PlaceAlias, "place_aliases"),
        (m.Cabin, "cabins"),
        (m.Flight, "flights"),
        (m.Product, "products"),
        (m.ShippingService, "shipping_services"),
        (m.ShippingRate, "shipping_rates"),
        (m.Queue, "queues"),
        (m.PriorityWord, "priority_words"),
    ):
        session.add_all(model(**_typed(model, row)) for row in _rows(file))
        session.flush()
    _fill_orders(session, today)
    _fill_money(session, today)
    _fill_cases(session, today)


def _fill_orders(session: Session, today: date) -> None:
    ids = _customer_ids(session)
    prices = {product.sku: product.price_cents for product in session.scalars(select(m.Product))}
    for row in _rows("orders"):
        order = m.Order(
            id=row["id"],
            customer_id=ids[row["email"]],
            status=row["status"],
            placed_on=_day(today, row["placed_days"]),
            estimated_on=_day(today, row["estimated_days"]) if row["estimated_days"] else None,
            delivered_on=_day(today, row["delivered_days"]) if row["delivered_days"] else None,
            demo=True,
        )
        for line in row["lines"].split():
            sku, quantity = line.split(":")
            order.lines.append(m.OrderLine(sku=sku, quantity=int(quantity), price_cents=prices[sku]))
        if row["tracking_number"]:
            order.parcel = m.Parcel(
                tracking_number=row["tracking_number"], carrier=row["carrier"], last_seen=row["last_seen"]
            )
        session.add(order)
    session.flush()


def _fill_money(session: Session, today: date) -> None:
    ids = _customer_ids(session)
    for row in _rows("charges"):
        session.add(
            m.Charge(
                customer_id=ids[row["email"]],
                order_id=row["order_id"] or None,
                description=row["description"],
                amount_cents=int(row["amount_cents"]),
                charged_on=_day(today, row["charged_days"]),
                demo=True,
            )
        )
    for row in _rows("refunds"):
        session.add(
            m.Refund(
                customer_id=ids[row["email"]],
                order_id=row["order_id"] or None,
                amount_cents=int(row["amount_cents"]),
                status=row["status"],
                requested_on=_day(today, row["requested_days"]),
                expected_on=_day(today, row["expected_days"]),
                demo=True,
            )
        )


def _fill_cases(session: Session, today: date) -> None:
    noon = datetime.combine(today, time(12))
    for index, row in enumerate(_rows("cases")):
        case = m.Case(
            key=f"seed:{index}",
            number=f"seed:{index}",
            sender_id="seed",
            queue=row["queue"],
            subject=row["subject"],
            words=row["words"],
            priority=int(row["priority"]),
            status=row["status"],
            order_id=row["order_id"] or None,
            opened_at=noon + timedelta(hours=int(row["opened_hours"])),
            demo=True,
        )
        session.add(case)
        session.flush()
        case.number = f"CASE-{1000 + case.id}"


def _move_demo_dates(session: Session, by: timedelta) -> None:
    for order in session.scalars(select(m.Order).where(m.Order.demo)):
        order.placed_on += by
        order.estimated_on = order.estimated_on + by if order.estimated_on else None
        order.delivered_on = order.delivered_on + by if order.delivered_on else None
    for charge in session.scalars(select(m.Charge).where(m.Charge.demo)):
        charge.charged_on += by
    for refund in session.scalars(select(m.Refund).where(m.Refund.demo)):
        refund.requested_on += by
        refund.expected_on += by
    for case in session.scalars(select(m.Case).where(m.Case.demo)):
        case.opened_at += by


def _customer_ids(session: Session) -> dict[str, int]:
    return {customer.email: customer.id for customer in session.scalars(select(m.Customer))}


def _rows(file: str) -> Iterator[dict[str, str]]:
    with (FOLDER / f"{file}.csv").open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def _typed(model: type[m.Base], row: dict[str, str]) -> dict[str, Any]:
    columns = model.__table__.columns
    return {name: columns[name].type.python_type(value) for name, value in row.items()}


def _day(today: date, days: str) -> date:
    return today + timedelta(days=int(days))
