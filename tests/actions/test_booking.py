"""Booking desk: what a traveller can count on."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select

from actions.booking import BookFlight, BookingDetails, BookingForm, ListDestinations, OfferFlights
from actions.db import models as m
from actions.db import reading, writing
from actions.services import bookings, flights
from actions.services.flights import Trip
from tests.actions.conftest import NOON
from tests.actions.conversation import Conversation, entity

SENTENCE = "I want to fly from Berlin to Lisbon on 3 June, two people"
TRIP = Trip(origin="Berlin", destination="Lisbon", day=date(2027, 6, 3), travellers=2)


async def offered(talk: Conversation) -> None:
    """A traveller said everything and was shown flights."""
    talk.opens("booking_form")
    talk.says(SENTENCE, "book_flight")
    await talk.fills(
        BookingForm(), from_city="Berlin", to_city="Lisbon", travel_date="3 June", travellers="two"
    )
    await talk.runs(OfferFlights())


async def booked(talk: Conversation) -> str:
    """A traveller chose the second flight; returns the reference."""
    await offered(talk)
    talk.knows(requested_slot="flight_choice")
    talk.says("the second one", "choose_option")
    await talk.fills(BookingForm(), flight_choice="the second one")
    talk.ends()
    await talk.runs(BookFlight())
    return str(talk.slots["booking_ref"])


async def test_one_sentence_says_everything(talk: Conversation) -> None:
    """Nothing is asked that was said: the slots are read from one sentence and flights are offered."""
    await offered(talk)
    assert talk.slots["travel_date"] == "2027-06-03"
    assert talk.slots["travellers"] == 2
    assert talk.heard[0].startswith("Flights from Berlin to Lisbon on Thursday 3 June 2027 for 2 travellers")
    assert [button["payload"] for button in talk.buttons] == [
        f'/choose_option{{"flight_number": "{number}"}}' for number in ("TP531", "TP532", "TP533")
    ]


async def test_what_the_extractor_missed_is_read_from_the_words(talk: Conversation) -> None:
    """With both cities tagged as the destination, "from Berlin to Lisbon" still leaves no doubt."""
    talk.opens("booking_form")
    talk.says(SENTENCE, "book_flight")
    await talk.fills(BookingForm(), to_city="Berlin")
    assert (talk.slots["from_city"], talk.slots["to_city"]) == ("Berlin", "Lisbon")
    assert (talk.slots["travel_date"], talk.slots["travellers"]) == ("2027-06-03", 2)


async def test_a_chosen_flight_is_booked_with_a_reference(talk: Conversation) -> None:
    """The booking is in the database, and the trip's slots are free for the next one."""
    reference = await booked(talk)
    assert talk.heard[0].startswith(f"Booked! Your reference is {reference}: TP532 from Berlin to Lisbon")
    with reading() as session:
        booking = bookings.find(session, reference)
    assert booking is not None
    assert (booking.flight_number, booking.day, booking.travellers) == ("TP532", date(2027, 6, 3), 2)
    assert booking.total_cents == 28400
    assert talk.slots["from_city"] is None


async def test_a_button_chooses_too(talk: Conversation) -> None:
    """A button sends the flight's number."""
    await offered(talk)
    talk.says('/choose_option{"flight_number": "TP533"}', "choose_option", [entity("flight_number", "TP533")])
    assert (await talk.fills(BookingForm(), flight_choice="TP533"))["flight_choice"] == "TP533"


@pytest.mark.parametrize(
    ("remark", "slot", "value"),
    [
        ("no, to Porto", "to_city", "Porto"),
        ("actually on 4 June", "travel_date", "2027-06-04"),
        ("no, on 2 June", "travel_date", "2027-06-02"),
        ("make it three people", "travellers", 3),
    ],
)
async def test_a_correction_instead_of_a_choice_is_taken(
    talk: Conversation, remark: str, slot: str, value: object
) -> None:
    """The detail changes, no flight is chosen, and nobody is scolded."""
    await offered(talk)
    talk.knows(requested_slot="flight_choice")
    talk.says(remark)
    await talk.fills(BookingForm(), flight_choice=remark)
    assert talk.slots[slot] == value
    assert talk.slots["flight_choice"] is None
    assert talk.heard == []


@pytest.mark.parametrize(
    ("text", "number"), [("1", "TP531"), ("the 6.40 one", "TP531"), ("number 3", "TP533")]
)
async def test_a_number_on_offer_is_a_flight_and_nothing_else(
    talk: Conversation, text: str, number: str
) -> None:
    """Even when the extractor takes it for a number of travellers or for a day."""
    await offered(talk)
    talk.knows(requested_slot="flight_choice")
    talk.says(text)
    await talk.fills(BookingForm(), travellers="1", travel_date=text, flight_choice=text)
    assert talk.slots["flight_choice"] == number
    assert (talk.slots["travellers"], talk.slots["travel_date"]) == (2, "2027-06-03")
    assert talk.heard == []


async def test_an_unclear_choice_is_asked_again(talk: Conversation) -> None:
    """Rather than guessed: it costs money."""
    await offered(talk)
    talk.says("hm, difficult", "nlu_fallback")
    await talk.fills(BookingForm(), flight_choice="hm, difficult")
    assert talk.slots["flight_choice"] is None
    assert "couldn't tell which flight" in talk.heard[0]


@pytest.mark.parametrize(
    ("slot", "value", "answer"),
    [
        ("travel_date", "1 June 2020", "has already passed"),
        ("travel_date", "2029-01-01", "too far ahead"),
        ("travel_date", "some day", "couldn't read that as a date"),
        ("travellers", "0", "1 to 9 travellers"),
        ("travellers", "40", "1 to 9 travellers"),
        ("travellers", "loads", "How many people"),
        ("to_city", "Atlantis", 'a city called "Atlantis"'),
        ("from_city", "Amsterburg", "Did you mean one of these?"),
        ("to_city", "Berlin", "leaving from Berlin already"),
    ],
)
async def test_a_value_that_will_not_do_is_refused_with_a_reason(
    talk: Conversation, slot: str, value: str, answer: str
) -> None:
    """The slot stays empty, so that the form asks again."""
    talk.opens("booking_form")
    talk.knows(from_city="Berlin", requested_slot=slot)
    talk.says(value)
    await talk.fills(BookingForm(), **{slot: value})
    assert talk.slots[slot] is None
    assert answer in talk.heard[0]


async def test_a_city_with_a_typing_error_is_taken_and_said_so(talk: Conversation) -> None:
    """One near name: no question, but no secret either."""
    talk.opens("booking_form")
    talk.knows(requested_slot="from_city")
    talk.says("Berlln", "nlu_fallback")
    await talk.fills(BookingForm(), from_city="Berlln")
    assert talk.slots["from_city"] == "Berlin"
    assert talk.heard == ['I take "Berlln" to mean Berlin.']


async def test_a_bare_city_answers_the_question_asked(talk: Conversation) -> None:
    """Even when the extractor took it for the other end of the trip."""
    talk.knows(to_city="Porto")
    talk.opens("booking_form")
    talk.knows(requested_slot="from_city")
    talk.says("Madrid")
    await talk.fills(BookingForm(), from_city="Madrid", to_city="Madrid")
    assert (talk.slots["from_city"], talk.slots["to_city"]) == ("Madrid", "Porto")


async def test_the_other_end_is_no_answer(talk: Conversation) -> None:
    """Asked where from, "to Porto" fills the destination and leaves the question open."""
    talk.opens("booking_form")
    talk.knows(requested_slot="from_city")
    talk.says("to Porto")
    await talk.fills(BookingForm(), from_city="to Porto", to_city="Porto")
    assert (talk.slots["from_city"], talk.slots["to_city"]) == (None, "Porto")
    assert talk.heard == []


async def test_a_route_we_do_not_fly_is_refused_with_alternatives(talk: Conversation) -> None:
    """The destination is asked again; the rest stays."""
    talk.opens("booking_form")
    talk.says("from Reykjavik to Bangkok", "book_flight")
    await talk.fills(BookingForm(), from_city="Reykjavik", to_city="Bangkok")
    refusal = "We don't fly from Reykjavik to Bangkok."
    assert talk.heard == [
        f"{refusal} From Reykjavik you can fly to Boston, Copenhagen, Edinburgh or New York."
    ]
    assert (talk.slots["from_city"], talk.slots["to_city"]) == ("Reykjavik", None)


async def test_a_day_without_flights_is_refused_with_near_days(talk: Conversation) -> None:
    """Berlin to New York flies on Mondays, Wednesdays and Fridays."""
    talk.opens("booking_form")
    talk.says("a flight for one on 28 November from Berlin to New York", "book_flight")
    await talk.fills(
        BookingForm(), from_city="Berlin", to_city="New York", travel_date="28 November", travellers="one"
    )
    assert talk.slots["travel_date"] is None
    assert "Wednesday 25 November 2026, Friday 27 November 2026 and Monday 30 November 2026" in talk.heard[0]


async def test_business_class_costs_what_the_table_says(talk: Conversation) -> None:
    """The cabin class is an option, not a question."""
    await offered(talk)
    talk.knows(cabin_class="business class")
    await talk.runs(OfferFlights())
    assert "(business)" in talk.heard[0]
    assert "$677.60 in total" in talk.heard[0]


async def test_a_repeated_call_books_once(talk: Conversation) -> None:
    """The answer of an action may get lost; asking again gives the same reference and one row."""
    await offered(talk)
    talk.knows(flight_choice="TP531")
    talk.says("the first one", "choose_option")
    first = await talk.retries(BookFlight())
    heard = talk.heard
    assert await talk.retries(BookFlight()) == first
    assert talk.heard == heard
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(m.Booking)) == 1


async def test_two_messages_book_twice(talk: Conversation) -> None:
    """Only a repeated request is the same request."""
    assert await booked(talk) != await booked(talk)


async def test_the_last_seats_are_sold_once() -> None:
    """A flight that filled up between offer and choice is not booked."""
    with writing() as session:
        flight = session.get_one(m.Flight, "TP531")
        flight.seats = 3
        bookings.book(session, TRIP, "TP531", sender="a", key="a", now=NOON)
        assert flights.seats_left(session, flight, TRIP.day) == 1
        with pytest.raises(bookings.SoldOut):
            bookings.book(session, TRIP, "TP531", sender="b", key="b", now=NOON)


async def test_a_sold_out_flight_is_said_to_be_so(talk: Conversation) -> None:
    """And nothing is kept of the choice."""
    await offered(talk)
    with writing() as session:
        session.get_one(m.Flight, "TP531").seats = 1
    talk.knows(flight_choice="TP531")
    talk.says("first", "choose_option")
    await talk.runs(BookFlight())
    assert "sold out, so nothing was booked" in talk.heard[0]
    assert talk.slots["booking_ref"] is None


async def test_a_booking_can_be_shown(talk: Conversation) -> None:
    """By the reference that the conversation remembers."""
    reference = await booked(talk)
    await talk.runs(BookingDetails())
    assert talk.heard[0].startswith(f"Booking {reference} (confirmed): TP532 from Berlin to Lisbon")


@pytest.mark.parametrize(
    ("entities", "answer"),
    [
        ([], "We fly between these cities: Amsterdam, Athens,"),
        (
            [entity("city", "Berlin", "from")],
            "From Berlin you can fly to Barcelona, Lisbon, London, New York,",
        ),
        ([entity("city", "Tokyo", "to")], "Yes, we fly to Tokyo, from Bangkok, Helsinki, London,"),
    ],
)
async def test_destinations_come_from_the_timetable(
    talk: Conversation, entities: list[dict[str, str]], answer: str
) -> None:
    """All of them, from a city, or to one."""
    talk.says("where do you fly?", "ask_destinations", entities)
    await talk.runs(ListDestinations())
    assert talk.heard[0].startswith(answer)
