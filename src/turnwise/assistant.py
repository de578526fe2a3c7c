"""A loaded model: everything that a turn reads and nothing that it changes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from turnwise.dialogue.domain import Domain

if TYPE_CHECKING:
    from turnwise.nlu.pipeline import Pipeline
    from turnwise.policies.ensemble import Ensemble


@dataclass(frozen=True, kw_only=True)
class Assistant:
    """Domain, understanding and policies of one model."""

    domain: Domain
    nlu: Pipeline
    """Without components in a model without NLU; it understands `/intent` messages only."""
    ensemble: Ensemble | None
    """None for a model without dialogue; messages are understood and kept, and not answered."""
    model_id: str
    assistant_id: str | None = None
    model_file: Path | None = None

    @property
    def has_core(self) -> bool:
        return self.ensemble is not None

    @cached_property
    def event_metadata(self) -> Mapping[str, Any]:
        """What every event says of the model it happened under."""
        return {"model_id": self.model_id, "assistant_id": self.assistant_id}

    def understand(self, text: str) -> dict[str, Any]:
        """The parse of a message, in Rasa's form; blanks around it do not count."""
        return with_full_retrieval_intent(self.nlu.parse(text.strip(), **self._known()).to_json())

    def explain(self, text: str) -> dict[str, Any]:
        """The same, and under `explanation` what decided."""
        return with_full_retrieval_intent(self.nlu.explain(text.strip(), **self._known()))

    def _known(self) -> Mapping[str, Collection[str] | None]:
        """The names that messages such as `/greet` must keep to; any will do without dialogue."""
        if not self.has_core:
            return {}
        return {"intents": self.domain.intents, "entities": self.domain.entities}


def with_full_retrieval_intent(parse: dict[str, Any]) -> dict[str, Any]:
    """`parse`, its intent completed by the response key that the intent's own selector chose."""
    selectors = parse.get("response_selector") or {}
    name = (parse.get("intent") or {}).get("name")
    if name in selectors.get("all_retrieval_intents", ()):
        response = (selectors.get(name) or {}).get("response") or {}
        parse["intent"] = {
            **parse["intent"],
            "full_retrieval_intent_name": response.get("intent_response_key"),
        }
    return parse
