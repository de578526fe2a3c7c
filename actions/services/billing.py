"""Charges, disputes, refunds and invoices."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.db import models as m
from actions.services.once import add_once, find_done


def recent_charges(session: Session, customer: m.Customer, most: int = 5) -> list[m.Charge]:
    """The customer's latest charges, newest first."""
    query = (
        select(m.Charge)
        .where(m.Charge.customer_id == customer.id)
        .order_by(m.Charge.charged_on.desc(), m.Charge.id.desc())
    )
    return list(session.scalars(query.limit(most)))


def charges_of(session: Session, customer: m.Customer, amount_cents: int) -> list[m.Charge]:
    """The customer's charges of exactly this amount, oldest first."""
    query = (
        select(m.Charge)
        .where(m.Charge.customer_id == customer.id, m.Charge.amount_cents == amount_cents)
        .order_by(m.Charge.charged_on, m.Charge.id)
    )
    return list(session.scalars(query))


def duplicates(charges: list[m.Charge]) -> list[m.Charge]:
    """The charges that repeat an earlier one: same amount, same words, same order, same day."""
    seen: set[tuple[object, ...]] = set()
    repeated = []
    for charge in charges:
        same = (charge.amount_cents, charge.description, charge.order_id, charge.charged_on)
        if same in seen:
            repeated.append(charge)
        seen.add(same)
    return repeated


def repeated_amounts(session: Session, customer: m.Customer) -> list[int]:
    """Amounts, in cents, that the customer was charged more than once for the same thing."""
    charges = list(
        session.scalars(select(m.Charge).where(m.Charge.customer_id == customer.id).order_by(m.Charge.id))
    )
    return sorted({charge.amount_cents for charge in duplicates(charges)})


def undisputed(session: Session, charges: list[m.Charge]) -> list[m.Charge]:
    """Those of `charges` that nobody has disputed."""
    ids = [charge.id for charge in charges]
    disputed = set(session.scalars(select(m.Dispute.charge_id).where(m.Dispute.charge_id.in_(ids))))
    return [charge for charge in charges if charge.id not in disputed]


def dispute_for(session: Session, charge: m.Charge) -> m.Dispute | None:
    """The dispute about a charge."""
    return session.scalar(select(m.Dispute).where(m.Dispute.charge_id == charge.id))


def find_dispute(session: Session, number: str) -> m.Dispute | None:
    """The dispute with this number."""
    return session.scalar(select(m.Dispute).where(m.Dispute.number == number))


def open_dispute(
    session: Session, charge: m.Charge, reason: str, *, sender: str, key: str, now: datetime
) -> tuple[m.Dispute, bool]:
    """Opens a dispute.

    Returns:
        The dispute, and False when another request had already disputed the charge. A repeated request, with
        the same key, gets its own dispute again and True.
    """
    done = find_done(session, m.Dispute, key)
    if done:
        return done, True
    earlier = dispute_for(session, charge)
    if earlier:
        return earlier, False
    row = m.Dispute(
        key=key,
        number=key,
        charge_id=charge.id,
        sender_id=sender,
        reason=reason,
        status="open",
        opened_at=now,
    )
    dispute, first = add_once(session, row)
    if first:
        dispute.number = f"DSP-{1000 + dispute.id}"
    return dispute, True


def refunds(session: Session, customer: m.Customer, order_id: str | None = None) -> list[m.Refund]:
    """The customer's refunds, newest first; only those of one order when it is given."""
    query = select(m.Refund).where(m.Refund.customer_id == customer.id)
    if order_id:
        query = query.where(m.Refund.order_id == order_id)
    return list(session.scalars(query.order_by(m.Refund.requested_on.desc(), m.Refund.id.desc())))


def first_charge(session: Session, order_id: str) -> m.Charge | None:
    """The charge an order was paid with; its invoice bears the number of that charge."""
    return session.scalar(
        select(m.Charge).where(m.Charge.order_id == order_id).order_by(m.Charge.id).limit(1)
    )
