"""What makes a repeated call the same request, and which forms are open."""

from __future__ import annotations

from rasa_sdk.executor import CollectingDispatcher

from actions.turn import Turn
from tests.actions.conversation import Conversation


def turn(talk: Conversation) -> Turn:
    """The conversation as an action would see it now."""
    return Turn(CollectingDispatcher(), talk.tracker())


def test_a_key_names_conversation_message_and_purpose(talk: Conversation) -> None:
    """The same for a repeated call, another for the next message."""
    talk.says("yes", "affirm")
    first = turn(talk).key("book")
    assert first == "anna:m1:book" == turn(talk).key("book")
    talk.says("yes", "affirm")
    assert turn(talk).key("book") == "anna:m2:book"


def test_a_message_without_an_id_is_known_by_its_place_and_time(talk: Conversation) -> None:
    """Channels may leave the id out; events that follow the message do not change the key."""
    talk.says("yes", "affirm")
    talk.message["message_id"] = None
    before = turn(talk).key("book")
    talk.knows(from_city="Berlin")
    assert turn(talk).key("book") == before == "anna:0@1.0:book"


def test_open_forms_are_those_begun_and_not_ended(talk: Conversation) -> None:
    """The latest last; a form that is begun again moves to the end, and a restart closes all."""
    for form in ("booking_form", "order_form", "track_form", "order_form"):
        talk.opens(form)
    assert turn(talk).open_forms() == ["booking_form", "track_form", "order_form"]
    talk.ends()
    assert turn(talk).open_forms() == ["booking_form", "track_form"]
    talk.events.append({"event": "restart"})
    assert turn(talk).open_forms() == []
