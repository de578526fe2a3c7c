"""Shipping desk: what a customer can count on."""

from __future__ import annotations

import pytest

from actions.db import reading
from actions.services import shipping
from actions.shipping import QuoteForm, ShippingQuote, TrackForm, TrackParcel
from tests.actions.conversation import Conversation, entity


async def test_the_quote_of_the_second_example(talk: Conversation) -> None:
    """3 kg to LA: every service with its price and days, cheapest first."""
    talk.says("How much to ship 3kg to LA?", "shipping_quote")
    await talk.fills(QuoteForm(), parcel_weight="3kg", ship_to="LA")
    await talk.runs(ShippingQuote())
    assert talk.heard == [
        (
            "Shipping 3 kg to Los Angeles:\n"
            "- Economy: $12.45, 5 to 8 working days\n"
            "- Standard: $18.45, 3 to 4 working days\n"
            "- Express: $37.95, 1 to 2 working days"
        )
    ]
    assert talk.slots["parcel_weight"] is None


def test_a_parcel_pays_for_the_lightest_band_that_carries_it() -> None:
    """500 g still is in the first band, 501 g is in the next, and 30 kg is in the last."""
    with reading() as session:
        cheapest = [shipping.quote(session, grams, zone=3)[0].price_cents for grams in (500, 501, 30_000)]
        assert shipping.quote(session, 30_001, zone=3) == []
    assert cheapest == sorted(set(cheapest))


@pytest.mark.parametrize(
    ("place", "zone"),
    [("Los Angeles", 1), ("Canada", 2), ("Berlin", 3), ("Japan", 4), ("Cape Town", 5), ("Mars", None)],
)
def test_a_city_is_in_the_zone_of_its_country(place: str, zone: int | None) -> None:
    """Cities and countries alike; elsewhere there is none."""
    with reading() as session:
        assert shipping.zone_of(session, place) == zone


@pytest.mark.parametrize(
    ("slot", "value", "answer"),
    [
        ("parcel_weight", "quite heavy", "couldn't read that as a weight"),
        ("parcel_weight", "80 kg", "up to 30 kg"),
        ("ship_to", "Mars", 'no shipping rates for "Mars"'),
        ("ship_to", "Amsterburg", "Did you mean one of these?"),
    ],
)
async def test_a_value_that_will_not_do_is_refused_with_a_reason(
    talk: Conversation, slot: str, value: str, answer: str
) -> None:
    """The slot stays empty, so that the form asks again."""
    talk.opens("quote_form")
    talk.knows(requested_slot=slot)
    talk.says(value)
    await talk.fills(QuoteForm(), **{slot: value})
    assert talk.slots[slot] is None
    assert answer in talk.heard[0]


async def test_a_parcel_is_found_by_its_number(talk: Conversation) -> None:
    """Spaces and case do not matter."""
    talk.says("1z999aa1 234567890")
    await talk.fills(TrackForm(), tracking_number="1z999aa1 234567890")
    await talk.runs(TrackParcel())
    assert talk.heard == [
        (
            "Parcel 1Z999AA1234567890 (UPS) for order ORD-12345 is in transit. Last seen: Louisville KY. "
            "Estimated delivery: Monday 23 November 2026."
        )
    ]


async def test_an_order_stands_for_its_parcel(talk: Conversation) -> None:
    """Named in the message, or spoken of before."""
    talk.opens("track_form")
    talk.says("track order ORD-12345", "track_parcel", [entity("order_id", "ORD-12345")])
    await talk.fills(TrackForm())
    assert talk.slots["tracking_number"] == "1Z999AA1234567890"

    later = Conversation()
    later.knows(order_id="ORD-12350")
    later.opens("track_form")
    later.says("track my parcel", "track_parcel")
    await later.fills(TrackForm())
    assert later.slots["tracking_number"] == "1Z999AA1234567894"


async def test_an_order_without_a_parcel_says_so(talk: Conversation) -> None:
    """And does not ask for a number that does not exist."""
    talk.opens("track_form")
    talk.says("track order ORD-12346", "track_parcel", [entity("order_id", "ORD-12346")])
    assert (await talk.fills(TrackForm()))["requested_slot"] is None
    talk.ends()
    await talk.runs(TrackParcel())
    assert talk.heard == ["Order ORD-12346 has no tracking number yet: it is processing."]


async def test_an_unknown_number_is_asked_for_again(talk: Conversation) -> None:
    """With the number as it was understood."""
    talk.opens("track_form")
    talk.says("1Z000")
    await talk.fills(TrackForm(), tracking_number="1Z000")
    assert talk.slots["tracking_number"] is None
    assert talk.heard == ["I can't find a parcel with the number 1Z000. Could you check it?"]
