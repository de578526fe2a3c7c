"""Orders of travel gear: found, cancelled, returned."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.db import models as m
from actions.services import facts
from actions.services.once import add_once, find_done

STATES = (
    *("processing", "on_hold", "in_transit", "delayed", "out_for_delivery", "delivered"),
    *("cancelled", "returned"),
)
CANCELLABLE = frozenset({"processing", "on_hold"})
CLOSED = frozenset({"cancelled", "returned"})


class NotAllowed(Exception):
    """The order's state does not allow the change; nothing was written."""


def find(session: Session, order_id: str) -> m.Order | None:
    """The order with this number, with its lines and parcel."""
    return session.get(m.Order, order_id)


def recent(session: Session, customer: m.Customer, most: int = 3) -> list[m.Order]:
    """The customer's latest orders, newest first."""
    query = select(m.Order).where(m.Order.customer_id == customer.id)
    return list(session.scalars(query.order_by(m.Order.placed_on.desc(), m.Order.id).limit(most)))


def parcel(session: Session, tracking_number: str) -> m.Parcel | None:
    """The parcel with this tracking number, with its order."""
    return session.get(m.Parcel, tracking_number)


def total(order: m.Order) -> int:
    """Cents for the whole order."""
    return sum(line.quantity * line.price_cents for line in order.lines)


def summary(order: m.Order) -> str:
    """What was ordered: "2 x Compass travel pillow, Tidy packing cubes"."""
    return ", ".join(
        line.product.name if line.quantity == 1 else f"{line.quantity} x {line.product.name}"
        for line in order.lines
    )


def cancel(session: Session, order_id: str, *, key: str, now: datetime) -> m.OrderCancellation:
    """Cancels an order that has not left and notes the refund; once per key. Raises NotAllowed."""
    done = find_done(session, m.OrderCancellation, key)
    if done:
        return done
    order = _locked(session, order_id)
    if order.status not in CANCELLABLE:
        raise NotAllowed(order.status)
    charged = _charged(session, order)
    cancellation, first = add_once(
        session, m.OrderCancellation(key=key, order_id=order.id, refund_cents=charged, cancelled_at=now)
    )
    if first:
        order.status = "cancelled"
        if charged:
            _note_refund(session, order, charged, now.date())
    return cancellation


def return_deadline(session: Session, order: m.Order) -> date | None:
    """The last day on which a delivered order can be returned; None when it was not delivered."""
    if order.delivered_on is None:
        return None
    return order.delivered_on + timedelta(days=facts.setting(session, "return_days"))


def existing_return(session: Session, order_id: str) -> m.OrderReturn | None:
    """The return registered for an order."""
    return session.scalar(select(m.OrderReturn).where(m.OrderReturn.order_id == order_id))


def register_return(session: Session, order_id: str, reason: str, *, key: str, today: date) -> m.OrderReturn:
    """Registers a return; once per key and per order. Raises NotAllowed when it is too early or too late."""
    done = find_done(session, m.OrderReturn, key)
    if done:
        return done
    order = _locked(session, order_id)
    deadline = return_deadline(session, order)
    if order.status != "delivered" or deadline is None or deadline < today:
        raise NotAllowed(order.status)
    arrival = today + timedelta(days=facts.setting(session, "return_parcel_days"))
    row = m.OrderReturn(key=key, order_id=order.id, number=key, reason=reason, deadline=arrival)
    returned, first = add_once(session, row)
    if first:
        returned.number = f"RET-{1000 + returned.id}"
    return returned


def _locked(session: Session, order_id: str) -> m.Order:
    query = select(m.Order).where(m.Order.id == order_id).with_for_update(of=m.Order)
    return session.scalars(query).unique().one()


def _charged(session: Session, order: m.Order) -> int:
    amounts = session.scalars(select(m.Charge.amount_cents).where(m.Charge.order_id == order.id))
    return sum(amounts)


def _note_refund(session: Session, order: m.Order, cents: int, today: date) -> None:
    session.add(
        m.Refund(
            customer_id=order.customer_id,
            order_id=order.id,
            amount_cents=cents,
            status="requested",
            requested_on=today,
            expected_on=today + timedelta(days=facts.setting(session, "refund_days")),
        )
    )
