"""How words become dates, numbers, places and choices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from actions.reading.choices import describes, names
from actions.reading.corrections import names_only_other_end, read_corrections
from actions.reading.dates import read_date
from actions.reading.numbers import read_money, read_travellers, read_weight
from actions.reading.places import read_place

FRIDAY = date(2026, 11, 20)
CITIES = {name.lower(): name for name in ("Porto", "Lisbon", "Berlin", "Zürich", "New York", "York")}
CITIES["la"] = "Los Angeles"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("today", "2026-11-20"),
        ("Tomorrow please", "2026-11-21"),
        ("the day after tomorrow", "2026-11-22"),
        ("yesterday", "2026-11-19"),
        ("in two weeks", "2026-12-04"),
        ("in 3 days", "2026-11-23"),
        ("on monday", "2026-11-23"),
        ("Thurs", "2026-11-26"),
        ("this weekend", "2026-11-21"),
        ("3 June", "2027-06-03"),
        ("June 3rd", "2027-06-03"),
        ("the 3rd of June 2028", "2028-06-03"),
        ("Sept. 4", "2027-09-04"),
        ("2027-04-02", "2027-04-02"),
        ("12/05", "2027-05-12"),
        ("06/25", "2027-06-25"),
        ("24.12.2026", "2026-12-24"),
        ("the 5th", "2026-12-05"),
        ("1 June 2020", "2020-06-01"),
        ("29 February", "2028-02-29"),
    ],
)
def test_a_day_is_read_relative_to_today(text: str, expected: str) -> None:
    """Relative days, names, and dates in the common orders; without a year, the next such day."""
    assert read_date(text, FRIDAY) == date.fromisoformat(expected)


def test_friday_is_the_next_to_come_and_next_friday_that_of_the_next_week() -> None:
    """On a Wednesday the two differ; on a Friday both are a week away, for today has its own word."""
    wednesday = date(2026, 11, 18)
    assert read_date("friday", wednesday) == date(2026, 11, 20)
    assert read_date("next friday", wednesday) == date(2026, 11, 27)
    assert read_date("friday", FRIDAY) == date(2026, 11, 27)


def test_a_day_without_a_year_may_be_today_but_not_earlier() -> None:
    """The third of June asked for on that day is that day; asked for a day later, it is next year's."""
    assert read_date("3 June", date(2027, 6, 3)) == date(2027, 6, 3)
    assert read_date("3 June", date(2027, 6, 4)) == date(2028, 6, 3)


@pytest.mark.parametrize(
    "text", ["", "sunny", "Saturn", "31 February", "2027-13-01", "soon", "two people", "Porto"]
)
def test_what_is_not_a_day_is_not_guessed(text: str) -> None:
    """Words that only look like a day give nothing."""
    assert read_date(text, FRIDAY) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2", 2),
        ("two people", 2),
        ("just me", 1),
        ("me and my wife", 2),
        ("my wife and I", 2),
        ("2 adults and a child", 3),
        ("we are four", 4),
        ("there are three of us", 3),
        ("I need two tickets", 2),
        ("forty", 40),
        ("0", 0),
        ("-1", 0),
        ("a couple", 2),
        ("nobody knows", None),
    ],
)
def test_travellers_are_counted(text: str, expected: int | None) -> None:
    """Numbers, number words and people named one by one."""
    assert read_travellers(text) == expected


@pytest.mark.parametrize(
    ("text", "grams"),
    [
        ("3kg", 3000),
        ("3 kilos", 3000),
        ("three kilos", 3000),
        ("2,5 kg", 2500),
        ("half a kilo", 500),
        ("one and a half kilos", 1500),
        ("500 g", 500),
        ("6.6 lbs", 2994),
        ("15 pounds", 6804),
        ("8 oz", 227),
        ("about 4", 4000),
        ("heavy", None),
    ],
)
def test_weights_are_read_as_grams(text: str, grams: int | None) -> None:
    """Metric and imperial; a bare number is kilograms."""
    assert read_weight(text) == grams


@pytest.mark.parametrize(
    ("text", "cents"),
    [("$89.99", 8999), ("89,99 €", 8999), ("1,200.50", 120050), ("45 dollars", 4500), ("nothing", None)],
)
def test_money_is_read_as_cents(text: str, cents: int | None) -> None:
    """Point or comma before the cents, comma between thousands."""
    assert read_money(text) == cents


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Porto", "Porto"),
        ("no, to PORTO please", "Porto"),
        ("New York", "New York"),
        ("Zurich", "Zürich"),
        ("from LA", "Los Angeles"),
        ("lisbonn", "Lisbon"),
    ],
)
def test_a_place_is_found_in_a_short_answer(text: str, place: str) -> None:
    """Case, accents, little words and one wrong letter do not matter; the longest name wins."""
    assert read_place(text, CITIES).place == place


def test_a_name_that_is_only_near_is_suggested_not_taken() -> None:
    """The nearest names come first, and nothing is assumed."""
    found = read_place("Lissabonne", CITIES)
    assert found.place is None
    assert found.suggestions[0] == "Lisbon"
    assert read_place("Atlantis", CITIES).suggestions == ()


@dataclass(frozen=True, slots=True)
class Choice:
    """A flight to choose from."""

    number: str
    departs: str
    minutes: int
    total_cents: int


OFFERS = (
    Choice("TP531", "06:40", 230, 24200),
    Choice("TP532", "11:55", 225, 28400),
    Choice("TP533", "18:20", 240, 20000),
)


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("2", 1),
        ("the second one", 1),
        ("option one", 0),
        ("the last", 2),
        ("the cheapest one please", 2),
        ("fastest", 1),
        ("the earliest flight", 0),
        ("latest", 2),
        ("11:55", 1),
        ("the one at 6.40 am", 0),
        ("6:20 pm", 2),
        ("TP 533", 2),
        ("tp531 please", 0),
        ("the evening one", 2),
        ("the morning flight", None),
        ("7", None),
        ("two please", 1),
        ("flight 3", 2),
        ("I'll take number two", 1),
        ("the first or the second", None),
        ("is there a later one?", None),
        ("which one is direct", None),
        ("a cheaper one", None),
        ("make it two people", None),
        ("no idea", None),
    ],
)
def test_a_flight_is_chosen_in_words(text: str, index: int | None) -> None:
    """By place in the list, number, time, price, length or part of the day; nothing when it is not clear."""
    named = names(text, OFFERS)
    assert (named if named is not None else describes(text, OFFERS)) == index


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("no, to Porto", {"to_city": "Porto"}),
        ("sorry, from Berlin to New York", {"from_city": "Berlin", "to_city": "New York"}),
        ("make it three people", {"travellers": 3}),
        ("my wife and I", {"travellers": 2}),
        ("we're three and leave on the 10th of July", {"travellers": 3, "travel_date": "2027-07-10"}),
        ("we are leaving from Berlin", {"from_city": "Berlin"}),
        ("I want to fly", {}),
        ("actually on 4 June", {"travel_date": "2027-06-04"}),
        ("the first one", {}),
        ("Porto", {}),
    ],
)
def test_a_remark_corrects_the_trip(text: str, changes: dict[str, object]) -> None:
    """Only what is named unmistakably changes."""
    assert read_corrections(text, CITIES, FRIDAY) == changes


def test_a_city_behind_to_is_no_answer_to_where_from() -> None:
    """Which end of the trip a message speaks of follows from its little words."""
    assert names_only_other_end("from_city", "to Porto")
    assert not names_only_other_end("from_city", "from Porto to Rome")
    assert not names_only_other_end("to_city", "Porto")
