"""What a replay finds out: a test story, and how the assistant fared in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from turnwise.errors import TurnwiseError
from turnwise.evaluation.nlu_results import EntityResult
from turnwise.evaluation.story_yaml import WrittenStep, WrittenStory
from turnwise.evaluation.user_turns import Reading


class WrongPrediction(TurnwiseError):
    """The assistant would have done, or understood, something else than a story says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionChoice:
    """What the assistant would have done at one step."""

    expected: str
    predicted: str
    policy: str | None
    confidence: float
    after_unlikely_intent: bool = False
    """Whether the assistant found the user's intent unlikely first."""

    @property
    def is_right(self) -> bool:
        return self.expected == self.predicted

    def to_json(self) -> dict[str, Any]:
        """As the HTTP API shows it."""
        return {
            "action": self.expected,
            "predicted": self.predicted,
            "policy": self.policy,
            "confidence": self.confidence,
        }


@dataclass(slots=True, kw_only=True)
class ReplayedStory:
    """A story and how the assistant fared in it."""

    name: str
    file: str
    """Where it stands; empty if it did not come from a file."""
    actions: list[ActionChoice] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    policy_entities: list[EntityResult] = field(default_factory=list)
    steps: list[WrittenStep] = field(default_factory=list)
    """The story as written, with remarks behind what went wrong."""
    severity: float = 0.0
    """Of the least likely intent that the assistant noticed; 0 if it noticed none."""

    @property
    def is_right(self) -> bool:
        return all(choice.is_right for choice in self.actions) and all(
            reading.is_right for reading in self.readings
        )

    @property
    def has_warnings(self) -> bool:
        """Whether the assistant found some intent of a story without other mistakes unlikely."""
        return any(choice.after_unlikely_intent for choice in self.actions)

    def written(self, *, with_file: bool = True) -> WrittenStory:
        """The story for a file; its name is followed by the file it came from."""
        name = f"{self.name} ({self.file})" if with_file and self.file else self.name
        return WrittenStory(name=name, steps=self.steps)
