"""What policies learn from, as one short text: equal texts, equal policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from turnwise.dialogue.domain import Domain
from turnwise.dialogue.events import Event
from turnwise.nlu.fingerprint import digest
from turnwise.project.story_steps import StoryGraph, StoryStep

_SAID_ONLY = ("responses", "session_config", "version")
"""Parts of the domain that policies never see; of responses they see the names."""


def dialogue_print(stories: StoryGraph, domain: Domain, augmentation: int) -> str:
    """Fingerprint of stories and rules and of the domain that they are read against."""
    seen: dict[str, Any] = {key: value for key, value in domain.source.items() if key not in _SAID_ONLY}
    seen["actions in order"] = list(domain.action_names)
    return digest([[_step(step) for step in stories.steps], seen, augmentation])


def _step(step: StoryStep) -> list[Any]:
    return [
        step.name,
        step.is_rule,
        [[checkpoint.name, dict(checkpoint.conditions)] for checkpoint in step.start],
        [checkpoint.name for checkpoint in step.end],
        [_event(event) for event in step.events],
    ]


def _event(event: Event) -> list[Any]:
    return [event.kind, _without_ids(event.payload())]


def _without_ids(value: Mapping[str, Any]) -> dict[str, Any]:
    """Message ids are random."""
    return {
        key: _without_ids(item) if isinstance(item, Mapping) else item
        for key, item in value.items()
        if key != "message_id"
    }
