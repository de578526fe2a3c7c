"""Numbers, money, durations and times without a server, in Duckling's shape."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from turnwise.nlu import Message
from turnwise.nlu.extractors.quantities import QuantityEntityExtractor, QuantitySettings

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
"""A Friday."""


def found(text: str, language: str = "en", **settings: object) -> list[tuple[str, str, object]]:
    """Dimension, text and value of each quantity."""
    extractor = QuantityEntityExtractor(QuantitySettings(**settings), language=language)  # type: ignore[arg-type]
    message = Message(text, notes={"sent_at": NOW.timestamp()})
    extractor.process(message)
    return [(entity.entity, text[entity.start : entity.end], entity.value) for entity in message.entities]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "I want twenty-five tickets", [("number", "twenty-five", 25)]),
        ("en", "order 12345 for 1,234.5", [("number", "12345", 12345), ("number", "1,234.5", 1234.5)]),
        ("de", "fünfundzwanzig Karten", [("number", "fünfundzwanzig", 25)]),
        ("fr", "vingt et un billets", [("number", "vingt et un", 21)]),
        ("es", "veinticinco entradas", [("number", "veinticinco", 25)]),
        ("en", "the 3rd one", [("ordinal", "3rd", 3), ("number", "one", 1)]),
    ],
)
def test_numbers_in_digits_and_words(
    language: str, text: str, expected: list[tuple[str, str, object]]
) -> None:
    """Each language reads its own number words and its own decimal point."""
    assert found(text, language) == expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "charged $89.99 twice", ("amount-of-money", "$89.99", 89.99)),
        ("en", "1,234.50 dollars", ("amount-of-money", "1,234.50 dollars", 1234.5)),
        ("de", "1.234,50 Euro", ("amount-of-money", "1.234,50 Euro", 1234.5)),
        ("fr", "vingt et un euros", ("amount-of-money", "vingt et un euros", 21)),
        ("es", "20 €", ("amount-of-money", "20 €", 20)),
        ("en", "for three days", ("duration", "three days", 3)),
        ("de", "zwei Stunden lang", ("duration", "zwei Stunden", 2)),
    ],
)
def test_money_and_durations(language: str, text: str, expected: tuple[str, str, object]) -> None:
    """A number and its unit are one quantity; the number inside is not reported again."""
    assert found(text, language) == [expected]


@pytest.mark.parametrize(
    ("language", "text", "body", "value"),
    [
        ("en", "come tomorrow at 5 pm", "tomorrow at 5 pm", "2026-11-21T17:00:00.000+00:00"),
        ("en", "next friday at 9", "next friday at 9", "2026-11-27T09:00:00.000+00:00"),
        ("en", "was it last monday?", "last monday", "2026-11-16T00:00:00.000+00:00"),
        ("en", "June 3, 2027", "June 3, 2027", "2027-06-03T00:00:00.000+00:00"),
        ("en", "on 3 June", "on 3 June", "2027-06-03T00:00:00.000+00:00"),
        ("en", "in two weeks", "in two weeks", "2026-12-04T00:00:00.000+00:00"),
        ("en", "three days ago", "three days ago", "2026-11-17T00:00:00.000+00:00"),
        (
            "de",
            "am nächsten Montag um 14:30 Uhr",
            "am nächsten Montag um 14:30 Uhr",
            "2026-11-23T14:30:00.000+00:00",
        ),
        ("de", "vor drei Tagen", "vor drei Tagen", "2026-11-17T00:00:00.000+00:00"),
        ("fr", "demain à 15h30", "demain à 15h30", "2026-11-21T15:30:00.000+00:00"),
        ("fr", "il y a deux jours", "il y a deux jours", "2026-11-18T00:00:00.000+00:00"),
        ("es", "el 3 de junio de 2027", "el 3 de junio de 2027", "2027-06-03T00:00:00.000+00:00"),
        ("es", "mañana a las 17:00", "mañana a las 17:00", "2026-11-21T17:00:00.000+00:00"),
    ],
)
def test_times_count_from_when_the_message_was_sent(language: str, text: str, body: str, value: str) -> None:
    """A day and a time of day that stand together are one moment; without a year the next one is meant."""
    assert found(text, language) == [("time", body, value)]


@pytest.mark.parametrize("text", ["may I go?", "31 June", "nothing here", ""])
def test_what_is_no_quantity_is_not_found(text: str) -> None:
    """Words that are months only beside a day, and days that do not exist, are left alone."""
    assert [dim for dim, _, _ in found(text) if dim == "time"] == []


def test_only_the_wanted_dimensions_are_reported() -> None:
    """`dimensions` chooses, as it does for Duckling."""
    assert found("two tickets tomorrow", dimensions=["number"]) == [("number", "two", 2)]


def test_times_are_told_in_the_configured_zone() -> None:
    """Noon is noon where the assistant lives."""
    assert found("tomorrow at noon", timezone="Europe/Berlin")[0][2] == "2026-11-21T12:00:00.000+01:00"
