"""Booking desk: moving and cancelling what was booked."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from actions import clock
from actions.db import models as m
from actions.db import reading, writing
from actions.rebooking import (
    AskConfirmCancelBooking,
    CancelBooking,
    CancelBookingForm,
    ChangeBooking,
    ChangeBookingForm,
    OfferOtherFlights,
)
from actions.services import bookings
from tests.actions.conftest import NOON
from tests.actions.conversation import Conversation
from tests.actions.test_booking import booked


async def test_a_booking_is_moved_for_the_fee_and_the_difference(talk: Conversation) -> None:
    """From the second flight, $284.00, to the third, $312.00: $45.00 and $28.00; repeated, once."""
    reference = await booked(talk)
    talk.opens("change_booking_form")
    talk.says("move my flight to 5 June", "change_booking")
    await talk.fills(ChangeBookingForm(), booking_ref=reference, travel_date="5 June")
    await talk.runs(OfferOtherFlights())
    assert "The change costs $45.00" in talk.heard[0]
    talk.says("the last", "choose_option")
    await talk.fills(ChangeBookingForm(), flight_choice="the last")
    talk.ends()
    await talk.retries(ChangeBooking())
    await talk.runs(ChangeBooking())
    assert "comes to $73.00: $45.00 fee and $28.00 difference" in talk.heard[0]
    with reading() as session:
        booking = bookings.find(session, reference)
        assert session.scalar(select(func.count()).select_from(m.BookingChange)) == 1
    assert booking is not None
    assert (booking.flight_number, booking.day, booking.total_cents) == ("TP533", date(2027, 6, 5), 31200)


async def test_a_booking_is_cancelled_free_of_charge_within_a_day(talk: Conversation) -> None:
    """The terms are said before the question, and a repeated call cancels once."""
    reference = await booked(talk)
    await talk.runs(AskConfirmCancelBooking())
    assert "$284.00 of $284.00 goes back to you (it was booked less than 24 hours ago)" in talk.heard[0]
    talk.says("yes", "affirm")
    talk.knows(confirm_cancellation=True)
    await talk.retries(CancelBooking())
    await talk.runs(CancelBooking())
    assert talk.heard == [f"Booking {reference} is cancelled. $284.00 goes back to you."]
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(m.BookingChange)) == 1


async def test_a_later_cancellation_keeps_a_share(
    talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """30 % of $284.00 is kept."""
    reference = await booked(talk)
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(days=2))
    await talk.runs(AskConfirmCancelBooking())
    assert "$198.80 of $284.00 goes back to you (we keep 30 %)" in talk.heard[0]
    talk.says("no", "deny")
    talk.knows(confirm_cancellation=False)
    await talk.runs(CancelBooking())
    assert talk.heard == [f"Fine, booking {reference} stays as it is."]


async def test_a_cancelled_booking_is_not_cancelled_again(talk: Conversation) -> None:
    """No confirmation is asked for; the action says how it stands."""
    reference = await booked(talk)
    with writing() as session:
        bookings.cancel(session, reference, key="earlier", now=NOON)
    talk.opens("cancel_booking_form")
    talk.says("cancel my booking", "cancel_booking")
    filled = await talk.fills(CancelBookingForm(), booking_ref=reference)
    assert filled["requested_slot"] is None
    talk.ends()
    await talk.runs(CancelBooking())
    assert talk.heard == [f"Booking {reference} can no longer be changed: it is cancelled."]


async def test_an_unknown_reference_is_refused(talk: Conversation) -> None:
    """With what a reference looks like."""
    talk.opens("cancel_booking_form")
    talk.says("WF-AAAAAA")
    await talk.fills(CancelBookingForm(), booking_ref="wf-aaaaaa")
    assert talk.slots["booking_ref"] is None
    assert 'can\'t find a booking "WF-AAAAAA"' in talk.heard[0]
