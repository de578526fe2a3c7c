"""Chooses among the responses of retrieval intents: FAQ and small talk."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

from turnwise.nlu.classifiers.ranking import Length, ranking
from turnwise.nlu.component import Component, TrainingSet
from turnwise.nlu.message import Intent, Message, Token
from turnwise.nlu.models.intents import IntentModel
from turnwise.nlu.models.spelling import Spelling
from turnwise.nlu.reasons import MOST_OF_TEXT, between, nothing_unless
from turnwise.nlu.resumption import Resumption
from turnwise.project.nlu_data import Example, NLUData

log = logging.getLogger(__name__)

DEFAULT_KEY = "default"
"""Where a selector of all retrieval intents puts its choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseSelectorSettings:
    """What may stand under `ResponseSelector` and has an effect."""

    retrieval_intent: str | None = None
    """The retrieval intent it serves; None for all of them together."""
    use_text_as_label: bool = False
    """Whether the words of the responses are learned from too, not only their examples."""
    ranking_length: Length = 10
    """How many response keys to report; 0 for all."""
    featurizers: list[str] = field(default_factory=list)
    """Which dense featurizers to use; empty for all."""
    word_vectors: bool = True
    """Whether to know what English words mean, in English texts without dense featurizers."""
    spelling: bool = True
    """Whether to read misspelt words as known ones that differ by a letter or a blank."""
    random_seed: int | None = None
    """Seed of the order in which examples are gone through; None for a fixed one."""


class ResponseSelector(Component[ResponseSelectorSettings]):
    """Ranks the response keys (`faq/ask_name`) of every message, whatever its intent."""

    Settings = ResponseSelectorSettings
    version: ClassVar[int] = 4
    reads: ClassVar[frozenset[str]] = frozenset({"featurizer"})
    uses: ClassVar[frozenset[str]] = frozenset({"tokens", "patterns", "dense"})
    writes: ClassVar[frozenset[str]] = frozenset({"response"})
    learns_from: ClassVar[frozenset[str]] = frozenset({"texts", "intents", "responses"})

    def __init__(self, settings: ResponseSelectorSettings, *, language: str = "en") -> None:
        super().__init__(settings, language=language)
        self.model_: IntentModel | None = None
        self.spelling_ = Spelling.of(())
        self.keys_: Sequence[str] = ()
        """Response keys it can choose; one alone needs no model."""
        self.retrieval_intents_: Sequence[str] = ()
        self.responses_: Mapping[str, Sequence[Mapping[str, Any]]] = {}

    def sources(self) -> frozenset[str]:
        return self.learns_from if self.settings.use_text_as_label else self.learns_from - {"responses"}

    def learns_of(self, example: Example) -> bool:
        return self._key_of(example) is not None

    def adopt(self, training: TrainingSet) -> None:
        self._note(training.data, training.responses)

    def train(self, training: TrainingSet) -> None:
        self.adopt(training)
        wanted = self.settings.retrieval_intent
        if wanted is not None and not self.keys_:
            log.warning("nlu.selector.no_examples retrieval_intent=%s fix='correct the name'", wanted)
        pairs = self._pairs(training)
        if self.settings.use_text_as_label:
            pairs += [(_as_message(text), key) for key in self.keys_ if (text := self._text_of(key))]
        if len(self.keys_) > 1:
            self._learn(pairs, training)

    def _learn(self, pairs: Sequence[tuple[Message, str]], training: TrainingSet) -> None:
        from turnwise.nlu.models.intent_training import trained_model
        from turnwise.nlu.models.text_vectors import spoken

        messages = [message for message, _ in pairs]
        meanings = spoken(self.language, messages) if self.settings.word_vectors else None
        if self.settings.spelling:
            self.spelling_ = Spelling.learned(training.messages, meanings)
        self.model_ = trained_model(
            messages,
            [key for _, key in pairs],
            aliases=self.settings.featurizers,
            meanings=meanings,
            seed=self.settings.random_seed or 1,
            progress=training.progress,
        ).model

    def resume(self, resumption: Resumption) -> bool:
        from turnwise.nlu.models.intent_resuming import resumed_model

        earlier = self.load(self.settings, resumption.files, language=self.language)
        before = earlier.model_
        if before is None or self.settings.use_text_as_label:
            return False
        messages, keys = zip(*self._pairs(resumption.training), strict=True)
        self.model_ = resumed_model(
            before,
            messages,
            keys,
            [key for example in resumption.data.examples if (key := self._key_of(example))],
            aliases=self.settings.featurizers,
            epoch_fraction=resumption.epoch_fraction,
            seed=self.settings.random_seed or 1,
            progress=resumption.training.progress,
        )
        if self.settings.spelling:
            self.spelling_ = earlier.spelling_.grown(resumption.training.messages)
        self._note(resumption.data, resumption.training.responses)
        return self.model_ is not None

    def _note(self, data: NLUData, responses: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        """What it may choose, and what there is to say."""
        self.retrieval_intents_ = sorted({e.intent for e in data.examples if e.response_key and e.intent})
        self.responses_ = {name: list(own) for name, own in responses.items() if "/" in name}
        self.keys_ = sorted({key for example in data.examples if (key := self._key_of(example))})

    def _key_of(self, example: Example) -> str | None:
        """The response key that an example stands for, if this selector is to learn it."""
        return example.response_key if self.settings.retrieval_intent in (None, example.intent) else None

    def _pairs(self, training: TrainingSet) -> list[tuple[Message, str]]:
        examples = zip(training.messages, training.data.examples, strict=True)
        return [(message, key) for message, example in examples if (key := self._key_of(example))]

    def _text_of(self, key: str) -> str | None:
        texts = [str(own["text"]) for own in self.responses_.get(f"utter_{key}", ()) if own.get("text")]
        return texts[-1] if texts else None

    def process(self, message: Message) -> None:
        ranked = self._ranked(message)
        best = ranked[0] if ranked else Intent()
        chosen = {
            "responses": self._responses_of(best.name),
            "confidence": best.confidence,
            "intent_response_key": best.name,
            "utter_action": f"utter_{best.name}",
        }
        rest = [{"confidence": own.confidence, "intent_response_key": own.name} for own in ranked]
        message.selectors = message.selectors or {}
        message.selectors["all_retrieval_intents"] = list(self.retrieval_intents_)
        message.selectors[self.settings.retrieval_intent or DEFAULT_KEY] = {
            "response": chosen,
            "ranking": rest,
        }

    def _ranked(self, message: Message) -> list[Intent]:
        if self.model_ is None:
            return [Intent(name=key, confidence=1.0) for key in self.keys_]
        vector = self.model_.vector(self.spelling_.read(message), self.settings.featurizers)
        return ranking(
            self.model_.names, self.model_.confidences(vector), length=self.settings.ranking_length
        )

    def _responses_of(self, key: str | None) -> list[dict[str, Any]] | None:
        if key is None:
            return None
        found = self.responses_.get(f"utter_{key}")
        if not found:
            log.warning("nlu.response_selector.no_response key=%s", key)
            return [{"text": key}]
        return [dict(variation) for variation in found]

    def explain(self, message: Message) -> Mapping[str, Any] | None:
        """Which features spoke for the response key, against the second best."""
        if self.model_ is None:
            return None
        meant = self.spelling_.read(message)
        votes = partial(self.model_.reasons, meant, self.settings.featurizers, most=MOST_OF_TEXT)
        return nothing_unless({"response": between(self.model_.names, self._ranked(message), votes)})

    def dump(self) -> dict[str, bytes]:
        described = {
            "keys": list(self.keys_),
            "retrieval_intents": list(self.retrieval_intents_),
            "responses": {name: list(own) for name, own in sorted(self.responses_.items())},
        }
        files = self.model_.dump() if self.model_ is not None else {}
        files |= self.spelling_.dump()
        return files | {"responses.json": json.dumps(described, ensure_ascii=False).encode()}

    def restore(self, files: Mapping[str, bytes]) -> None:
        described = json.loads(files["responses.json"])
        self.keys_ = described["keys"]
        self.retrieval_intents_ = described["retrieval_intents"]
        self.responses_ = described["responses"]
        self.spelling_ = Spelling.load(files)
        if "intents.json" in files:
            self.model_ = IntentModel.load(files)


def _as_message(text: str) -> Message:
    """A response as if a user had said it; blanks are as good as any tokenizer here."""
    return Message(text, tokens=[Token(text=text, start=0, end=len(text))])
