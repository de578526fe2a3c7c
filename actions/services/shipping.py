"""What it costs to ship a parcel, and how long it takes."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from actions.db import models as m


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingOption:
    """One way to send a parcel."""

    service: str
    price_cents: int
    min_days: int
    """Working days, at best."""
    max_days: int


def zone_of(session: Session, place: str) -> int | None:
    """The shipping zone of a city or a country."""
    country = session.scalar(select(m.City.country).where(m.City.name == place)) or place
    return session.scalar(select(m.Country.zone).where(m.Country.name == country))


def quote(session: Session, grams: int, zone: int) -> list[ShippingOption]:
    """The options for a parcel, cheapest first; none when it is too heavy for every service."""
    # The band a parcel falls in is the lightest that still carries it.
    band = (
        select(m.ShippingRate.service, func.min(m.ShippingRate.up_to_grams).label("up_to"))
        .where(m.ShippingRate.zone == zone, m.ShippingRate.up_to_grams >= grams)
        .group_by(m.ShippingRate.service)
        .subquery()
    )
    query = (
        select(m.ShippingRate.service, m.ShippingRate.price_cents, m.ShippingService)
        .join(band, (band.c.service == m.ShippingRate.service) & (band.c.up_to == m.ShippingRate.up_to_grams))
        .join(m.ShippingService, m.ShippingService.name == m.ShippingRate.service)
        .where(m.ShippingRate.zone == zone, m.ShippingService.zone == zone)
        .order_by(m.ShippingRate.price_cents)
    )
    return [
        ShippingOption(service=name, price_cents=cents, min_days=service.min_days, max_days=service.max_days)
        for name, cents, service in session.execute(query)
    ]
