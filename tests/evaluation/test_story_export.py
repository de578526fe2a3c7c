"""Conversations as test stories."""

from __future__ import annotations

from turnwise.dialogue.events import (
    ActionExecuted,
    ActiveLoop,
    Event,
    SessionStarted,
    SlotSet,
    UserFeaturization,
    UserUttered,
)
from turnwise.evaluation.story_export import session_stories_yaml


def session(time: float, text: str, *, by_text: bool = False) -> list[Event]:
    rome = {"entity": "city", "value": "Roma", "start": 3, "end": 7, "extractor": "DIETClassifier"}
    entities = [rome] if "Rome" in text else []
    return [
        ActionExecuted(name="action_session_start", timestamp=time),
        SessionStarted(timestamp=time),
        ActionExecuted(name="action_listen", timestamp=time),
        UserUttered(
            text=text, parse_data={"intent": {"name": "go"}, "entities": entities}, timestamp=time + 1
        ),
        UserFeaturization(use_text_for_featurization=by_text, timestamp=time + 1),
        SlotSet(name="city", value=None, timestamp=time + 2),
        ActiveLoop(name="trip_form", timestamp=time + 2),
        ActionExecuted(name="utter_go", timestamp=time + 2),
        ActionExecuted(name="action_listen", timestamp=time + 2),
    ]


def test_the_latest_session_is_a_story() -> None:
    """What the user said, with entities annotated; slots, loops and actions; no listening."""
    events = [*session(1, "/go"), *session(10, "to Rome")]
    assert session_stories_yaml("ada", events) == (
        'version: "3.1"\n'
        "stories:\n"
        "- story: ada\n"
        "  steps:\n"
        "  - intent: go\n"
        "    user: |-\n"
        '      to [Rome]{"entity": "city", "value": "Roma"}\n'
        "  - slot_was_set:\n"
        "    - city: null\n"
        "  - active_loop: trip_form\n"
        "  - action: utter_go\n"
    )


def test_all_sessions_are_numbered() -> None:
    """A story for each."""
    text = session_stories_yaml("ada", [*session(1, "/go"), *session(10, "/go")], all_sessions=True)
    assert [line for line in text.split("\n") if "story:" in line] == [
        "- story: ada, story 1",
        "- story: ada, story 2",
    ]


def test_nothing_after_a_time_counts() -> None:
    """Sessions that begin later are left out, and the one that is left needs no number."""
    events = [*session(1, "/go"), *session(10, "/go")]
    text = session_stories_yaml("ada", events, until=2.0, all_sessions=True)
    assert "story: ada\n" in text
    assert "utter_go" not in text


def test_a_turn_that_was_taken_as_text() -> None:
    """It has no intent."""
    text = session_stories_yaml("ada", session(1, "off we go", by_text=True))
    assert "intent" not in text
    assert "  - user: |-\n      off we go\n" in text
