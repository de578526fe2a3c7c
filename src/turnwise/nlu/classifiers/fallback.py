"""Says "I am not sure" in place of a classifier that would rather guess."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from turnwise.nlu.component import Component
from turnwise.nlu.message import Intent, Message

FALLBACK_INTENT = "nlu_fallback"


@dataclass(frozen=True, slots=True, kw_only=True)
class FallbackSettings:
    """What may stand under `FallbackClassifier`."""

    threshold: float = 0.3
    """Lowest confidence to trust, in [0, 1]."""
    ambiguity_threshold: float = 0.1
    """Smallest lead of the best intent over the second, in [0, 1]."""


class FallbackClassifier(Component[FallbackSettings]):
    """Puts `nlu_fallback` first when the best intent is in doubt. Learns nothing."""

    Settings = FallbackSettings
    reads: ClassVar[frozenset[str]] = frozenset({"intent"})
    writes: ClassVar[frozenset[str]] = frozenset({"intent"})

    def process(self, message: Message) -> None:
        ranking = message.ranking or []
        ambiguous = len(ranking) > 1 and _lead(ranking) < self.settings.ambiguity_threshold
        if ambiguous or message.intent.confidence < self.settings.threshold:
            # Rasa reports the threshold itself as the confidence, so we do too.
            message.intent = Intent(name=FALLBACK_INTENT, confidence=self.settings.threshold)
            if message.ranking is not None:  # some classifiers, such as the one of keywords, make none
                message.ranking = [message.intent, *ranking]

    def explain(self, message: Message) -> Mapping[str, Any] | None:
        """Which threshold was not reached."""
        if message.intent.name != FALLBACK_INTENT:
            return None
        best, *others = (message.ranking or [message.intent])[1:] or [Intent()]
        if best.name is None:
            return {"because": "no intent was found"}
        if best.confidence < self.settings.threshold:
            return {"because": f"{best.name} has {best.confidence:.2f}, below {self.settings.threshold}"}
        lead = f"{best.name} leads {others[0].name} by {best.confidence - others[0].confidence:.2f}"
        return {"because": f"{lead}, less than {self.settings.ambiguity_threshold}"}


def _lead(ranking: list[Intent]) -> float:
    return ranking[0].confidence - ranking[1].confidence
