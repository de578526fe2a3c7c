"""Events from JSON and back: what is read although Rasa would refuse it, and what is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from turnwise.dialogue.domain import Domain
from turnwise.dialogue.event_json import event_from_json
from turnwise.dialogue.events import StoryExported, UserUttered
from turnwise.dialogue.tracker import Tracker


def test_a_user_event_needs_no_parse(domain: Domain) -> None:
    """Nothing was understood then, and the conversation goes on from there."""
    event = event_from_json({"event": "user", "text": "hello"})
    assert isinstance(event, UserUttered)
    tracker = Tracker.start(domain).after(event)

    assert tracker.latest_intent is None
    assert tracker.latest_message is not None
    assert tracker.latest_message.text == "hello"


def test_an_export_keeps_its_path_and_writes_no_file(
    domain: Domain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    event = event_from_json({"event": "export", "path": "story.yml", "timestamp": 1.0})
    assert isinstance(event, StoryExported)
    Tracker.start(domain).after(event)

    assert event.to_json() == {"event": "export", "path": "story.yml", "timestamp": 1.0}
    assert list(tmp_path.iterdir()) == []
