"""What may stand under the learned policies in config.yml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from turnwise.policies.policy import idle_settings, max_history_of

WINDOW = 16
"""States looked back on when `max_history` is null. Looking further told nothing more in experiments, and
would make a turn dearer the longer the conversation is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedSettings:
    """Settings of TEDPolicy that mean something here."""

    priority: int = 1
    """Decides between policies that are equally sure; the higher one wins."""
    max_history: int | None = None
    """States looked back on; None: 16."""
    epochs: int | None = None
    """How often to go through the stories at most, if that is less than the policy's own twelve times.
    Few stories are gone through more often, since that takes no time. None: no limit."""
    e2e_confidence_threshold: float = 0.5
    """Confidence that the words of a message must exceed to count in place of its intent."""

    @property
    def window(self) -> int:
        """States looked back on."""
        return self.max_history or WINDOW

    @classmethod
    def read(cls, config: Mapping[str, Any]) -> Self:
        """The settings among the keys of a policy in config.yml."""
        own = {field.name for field in fields(cls)}
        given = {key: value for key, value in config.items() if key in own and value is not None}
        return cls(**given | {"max_history": max_history_of(config)})

    @classmethod
    def idle(cls, config: Mapping[str, Any]) -> list[str]:
        """Keys of a policy in config.yml that have no effect here."""
        return idle_settings(config, {"featurizer", *(field.name for field in fields(cls))})
