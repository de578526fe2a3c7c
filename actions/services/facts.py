"""Business facts that several desks need: settings, names of places, titles of intents."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.db import models as m


def setting(session: Session, name: str) -> int:
    """A number from the settings table; KeyError names one that is missing."""
    row = session.get(m.Setting, name)
    if row is None:
        raise KeyError(f"no setting {name!r} in table settings")
    return row.value


def city_names(session: Session) -> dict[str, str]:
    """Every way to say a city we know, in lower case, to its name."""
    cities = set(session.scalars(select(m.City.name)))
    return {city.lower(): city for city in cities} | _aliases(session, cities)


def place_names(session: Session) -> dict[str, str]:
    """Every way to say a city or a country we ship to, in lower case, to its name."""
    places = set(session.scalars(select(m.Country.name))) | set(session.scalars(select(m.City.name)))
    return {place.lower(): place for place in places} | _aliases(session, places)


def topic_titles(session: Session) -> dict[str, str]:
    """Intent to what a person would call it."""
    return {topic.intent: topic.title for topic in session.scalars(select(m.Topic))}


def _aliases(session: Session, places: set[str]) -> dict[str, str]:
    rows = session.scalars(select(m.PlaceAlias).where(m.PlaceAlias.place.in_(places)))
    return {row.alias: row.place for row in rows}
