"""Numbers, money, durations and times without a server, in Duckling's shape."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnwise.nlu import Message
from turnwise.nlu.extractors.quantities import QuantityEntityExtractor, QuantitySettings
from turnwise.nlu.extractors.quantity.languages import WORDS

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
        ("en", "three days ago", "three days ago", "2026-11-17T09:00:00.000+00:00"),
        (
            "de",
            "am nächsten Montag um 14:30 Uhr",
            "am nächsten Montag um 14:30 Uhr",
            "2026-11-23T14:30:00.000+00:00",
        ),
        ("de", "vor drei Tagen", "vor drei Tagen", "2026-11-17T09:00:00.000+00:00"),
        ("fr", "demain à 15h30", "demain à 15h30", "2026-11-21T15:30:00.000+00:00"),
        ("fr", "il y a deux jours", "il y a deux jours", "2026-11-18T09:00:00.000+00:00"),
        ("es", "el 3 de junio de 2027", "el 3 de junio de 2027", "2027-06-03T00:00:00.000+00:00"),
        ("es", "mañana a las 17:00", "mañana a las 17:00", "2026-11-21T17:00:00.000+00:00"),
    ],
)
def test_times_count_from_when_the_message_was_sent(language: str, text: str, body: str, value: str) -> None:
    """A day and a time of day that stand together are one moment; without a year the next one is meant."""
    assert found(text, language) == [("time", body, value)]


@pytest.mark.parametrize(
    ("language", "text", "dim", "value"),
    [
        ("en", "next friday at half past six", "time", "2026-11-27T06:30"),
        ("en", "at 5", "time", "2026-11-20T17:00"),
        ("en", "tomorrow afternoon at 5", "time", "2026-11-21T17:00"),
        ("en", "2027-05-03T10:30", "time", "2027-05-03T10:30"),
        ("en", "in half an hour", "time", "2026-11-20T09:30"),
        ("en", "2/15", "time", "2027-02-15T00:00"),
        ("en", "next week", "time", "2026-11-23T00:00"),
        ("en", "monday of this week", "time", "2026-11-16T00:00"),
        ("de", "nächste Woche Mittwoch um 9 Uhr", "time", "2026-11-25T09:00"),
        ("en", "in 3 days at 5 pm", "time", "2026-11-23T17:00"),
        ("en", "wednesday next week at 3pm", "time", "2026-11-25T15:00"),
        ("fr", "de 9h à 17h", "time", ("2026-11-20T09:00", "2026-11-20T18:00")),
        ("es", "el 1 de enero de 2027 a mediodía", "time", "2027-01-01T12:00"),
        ("de", "2 Std. 30 Minuten", "duration", 150),
        ("en", "in march", "time", "2027-03-01T00:00"),
        ("en", "between 3 and 5 pm", "time", ("2026-11-20T15:00", "2026-11-20T18:00")),
        ("en", "9:30 - 11:00 on thursday", "time", ("2026-11-26T09:30", "2026-11-26T11:01")),
        ("en", "tomorrow from 9am to 11am", "time", ("2026-11-21T09:00", "2026-11-21T12:00")),
        ("en", "from monday to friday", "time", ("2026-11-23T00:00", "2026-11-28T00:00")),
        ("en", "from 13 to 15 July", "time", ("2027-07-13T00:00", "2027-07-16T00:00")),
        ("en", "monday morning", "time", ("2026-11-23T04:00", "2026-11-23T12:00")),
        ("en", "this weekend", "time", ("2026-11-20T18:00", "2026-11-23T00:00")),
        ("en", "last 2 weeks", "time", ("2026-11-02T00:00", "2026-11-16T00:00")),
        ("en", "before 11 am", "time", (None, "2026-11-20T11:00")),
        ("en", "after 2 pm", "time", ("2026-11-20T14:00", None)),
        ("en", "two and a half hours", "duration", 150),
        ("en", "1 year, 2 days, 3 hours and 4 seconds", "duration", 31719604),
        ("en", "2 years and 3 months", "duration", 27),
        ("en", "$12.5k", "amount-of-money", 12500),
        ("en", "3 million dollars", "amount-of-money", 3000000),
        ("en", "EUR 20", "amount-of-money", 20),
        ("en", "$20 and 43 cents", "amount-of-money", 20.43),
        ("en", "10-20 dollars", "amount-of-money", (10, 20)),
        ("en", "less than 7 EUR", "amount-of-money", (None, 7)),
        ("en", "minus five", "number", -5),
        ("de", "zweieinhalb Stunden", "duration", 150),
        ("de", "eine Viertelstunde", "duration", 15),
        ("de", "um halb 4", "time", "2026-11-20T15:30"),
        ("de", "morgen früh um 7 Uhr", "time", "2026-11-21T07:00"),
        ("de", "3 Uhr 15 am Nachmittag", "time", "2026-11-20T15:15"),
        ("de", "am dritten Mai", "time", "2027-05-03T00:00"),
        ("de", "von 9 bis 17 Uhr", "time", ("2026-11-20T09:00", "2026-11-20T18:00")),
        ("de", "vom 1.5.2027 bis 10.5.2027", "time", ("2027-05-01T00:00", "2027-05-11T00:00")),
        ("de", "1,5 Millionen", "number", 1500000),
        ("fr", "dans deux semaines", "time", "2026-12-04T00:00"),
        ("fr", "ce soir à huit heures", "time", "2026-11-20T20:00"),
        ("fr", "la semaine prochaine", "time", "2026-11-23T00:00"),
        ("fr", "du 3 au 5 mai", "time", ("2027-05-03T00:00", "2027-05-06T00:00")),
        ("fr", "une demi-heure", "duration", 30),
        ("fr", "mille euros", "amount-of-money", 1000),
        ("es", "mañana por la mañana", "time", ("2026-11-21T04:00", "2026-11-21T12:00")),
        ("es", "a las 5 de la tarde", "time", "2026-11-20T17:00"),
        ("es", "a las tres y cuarto", "time", "2026-11-20T15:15"),
        ("es", "el viernes que viene", "time", "2026-11-27T00:00"),
        ("es", "dos horas y media", "duration", 150),
        ("es", "mil euros", "amount-of-money", 1000),
    ],
)
def test_the_whole_phrase_is_one_quantity(language: str, text: str, dim: str, value: object) -> None:
    """Spans have two ends, the second of which is the first time after it, as Duckling has it."""
    (only,) = found(text, language)
    told = only[2]
    short = tuple(_short(end) for end in told.values()) if isinstance(told, dict) else _short(told)

    assert (only[0], only[1], short) == (dim, text, value)


def _short(value: object) -> object:
    """A time without seconds and zone."""
    return value[:16] if isinstance(value, str) else value


@pytest.mark.parametrize(("locale", "day"), [("en_US", "2027-05-03"), ("en_GB", "2027-03-05")])
def test_the_country_decides_which_number_is_the_month(locale: str, day: str) -> None:
    """English without a country is that of the United States, as it is for Duckling."""
    assert str(found("5/3", locale=locale)[0][2]).startswith(day)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "192.168.1.1", []),
        ("en", "24/7", ["number", "number"]),
        ("en", "5km and A4", []),
        ("de", "Guten Morgen", []),
        ("es", "buenas tardes", []),
        ("fr", "vingt pour cent", ["number"]),
        ("en", "9" * 5000, []),
        ("en", "in 99999999999 years", ["duration"]),
    ],
)
def test_what_only_looks_like_one_is_none(language: str, text: str, expected: list[str]) -> None:
    """Addresses, greetings, and numbers beyond all calendars."""
    assert [dim for dim, _, _ in found(text, language)] == expected


PIECES = [
    "tomorrow",
    "3",
    "5 pm",
    "between",
    "and",
    "$",
    "€",
    "um halb",
    "à 7h",
    "-",
    "1.250,00",
    "in",
    "\uffff",
]


@given(st.sampled_from(sorted(WORDS)), st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=8))
def test_quantities_lie_in_the_text_and_apart(language: str, pieces: list[str]) -> None:
    """Whatever is written."""
    text, done = " ".join(pieces), 0
    message = Message(text, notes={"sent_at": NOW.timestamp()})
    QuantityEntityExtractor(QuantitySettings(), language=language).process(message)
    for entity in message.entities:
        assert done <= entity.start < entity.end <= len(text)
        done = entity.end


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
