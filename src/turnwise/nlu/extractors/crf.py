"""Entities by conditional random fields over hand-made token features: Rasa's CRF extractor."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

from turnwise.nlu.bilou import (
    OUTSIDE,
    Splitting,
    Tagging,
    entities_of,
    gold_tags,
    label_of,
    repaired,
    tell_misaligned,
)
from turnwise.nlu.component import Component, SettingError, TrainingSet
from turnwise.nlu.featurizers.token_features import TOKEN_FEATURES
from turnwise.nlu.message import Message, Token
from turnwise.nlu.reasons import found_by, nothing_unless, of_entity

ATTRIBUTES = ("entity", "role", "group")
"""What a tagger may be trained for, in the order in which they are asked."""

CRFFeature = Literal[
    "low", "title", "upper", "digit", "bias", "pos", "pos2", "prefix2", "prefix5",
    "suffix1", "suffix2", "suffix3", "suffix5", "pattern", "text_dense_features", "entity",
]  # fmt: skip

_BESIDE: list[CRFFeature] = ["low", "title", "upper"]
_ITSELF: list[CRFFeature] = [
    "low", "bias", "prefix5", "prefix2", "suffix5", "suffix3", "suffix2",
    "upper", "title", "digit", "pattern",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CRFSettings:
    """What may stand under `CRFEntityExtractor`."""

    BILOU_flag: bool = True
    """Whether tags tell the first and last token of an entity from those inside."""
    split_entities_by_comma: bool | dict[str, bool] = True
    """Whether `a, b` are two entities; may be given by entity."""
    features: list[list[CRFFeature]] = field(default_factory=lambda: [_BESIDE, _ITSELF, _BESIDE])
    """What is told of the token before, the token itself and the token after; longer lists look further."""
    max_iterations: int = 50
    """Most iterations of the optimiser."""
    L1_c: float = 0.1
    """Penalty on the sum of absolute weights."""
    L2_c: float = 0.1
    """Penalty on the sum of squared weights."""
    featurizers: list[str] = field(default_factory=list)
    """Which featurizers `text_dense_features` means; empty for all."""

    def __post_init__(self) -> None:
        if len(self.features) % 2 == 0:
            fix = "let the middle one be for the token itself"
            raise SettingError(
                "features", f"an odd number of lists is needed, not {len(self.features)}", fix=fix
            )


class CRFEntityExtractor(Component[CRFSettings]):
    """One CRF for entities, and where the data have them one for roles and one for groups.

    Those for roles and groups see the entity tags that the first one gave. The trained CRFs are
    stored as they are, in CRFsuite's own format, and are not trained again when a model is loaded.
    """

    Settings = CRFSettings
    reads: ClassVar[frozenset[str]] = frozenset({"tokens"})
    uses: ClassVar[frozenset[str]] = frozenset({"patterns", "dense"})
    writes: ClassVar[frozenset[str]] = frozenset({"entities"})
    learns_from: ClassVar[frozenset[str]] = frozenset({"texts", "entities"})

    def __init__(self, settings: CRFSettings, *, language: str = "en") -> None:
        super().__init__(settings, language=language)
        self.models_: dict[str, bytes] = {}
        self._taggers: dict[str, Any] = {}
        self._splitting = Splitting.configured(settings.split_entities_by_comma)

    def train(self, training: TrainingSet) -> None:
        tell_misaligned(self.name, training)
        examples = training.data.examples
        for attribute in ATTRIBUTES:
            if any(getattr(span, attribute) for example in examples for span in example.entities):
                self.models_[attribute] = self._trained(attribute, training)
        self._open()

    def _trained(self, attribute: str, training: TrainingSet) -> bytes:
        import pycrfsuite

        trainer = pycrfsuite.Trainer(verbose=False)
        trainer.select("lbfgs")
        trainer.set_params(
            {
                "c1": self.settings.L1_c,
                "c2": self.settings.L2_c,
                "max_iterations": self.settings.max_iterations,
                "feature.possible_transitions": True,
            }
        )
        for message, example in zip(training.messages, training.data.examples, strict=True):
            tokens = message.tokens or []
            bilou = self.settings.BILOU_flag
            entity_tags = (
                gold_tags(tokens, example.entities, "entity", bilou=bilou) if attribute != "entity" else None
            )
            tags = gold_tags(tokens, example.entities, attribute, bilou=bilou)
            trainer.append(self._features(message, entity_tags), tags)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "model")
            trainer.train(str(path))
            return path.read_bytes()

    def _open(self) -> None:
        import pycrfsuite

        for attribute, model in self.models_.items():
            self._taggers[attribute] = pycrfsuite.Tagger()
            self._taggers[attribute].open_inmemory(model)

    def _features(self, message: Message, entity_tags: Sequence[str] | None) -> list[dict[str, Any]]:
        """One map of features for each token, as CRFsuite takes them."""
        tokens = message.tokens or []
        dense = self._dense(message)
        told = [self._told(token, index, entity_tags, dense) for index, token in enumerate(tokens)]
        return [self._window(told, index) for index in range(len(tokens))]

    def _dense(self, message: Message) -> list[dict[str, float]] | None:
        """The vectors of the tokens, where a featurizer gives some and the settings ask for them."""
        if not any("text_dense_features" in names for names in self.settings.features):
            return None
        chosen = self.settings.featurizers
        parts = [
            vectors
            for featurizer in message.featurizers
            if "dense" in featurizer.writes and (not chosen or featurizer.alias in chosen)
            if (vectors := featurizer.tokens(message)) is not None
        ]
        rows = [
            [float(value) for vector in row for value in vector.values] for row in zip(*parts, strict=True)
        ]
        return [{str(index): value for index, value in enumerate(row)} for row in rows] or None

    def _told(
        self,
        token: Token,
        index: int,
        entity_tags: Sequence[str] | None,
        dense: Sequence[dict[str, float]] | None,
    ) -> dict[str, Any]:
        """Everything that may be told of one token, by the name of the feature."""
        told: dict[str, Any] = {name: tell(token) for name, tell in TOKEN_FEATURES.items()}
        told |= {"low": token.text.lower(), "bias": "bias"}
        told |= {f"pattern:{name}": matched for name, matched in token.patterns.items()}
        if dense is not None:
            told["text_dense_features"] = {"text_dense_features": dense[index]}
        if entity_tags is not None:
            told["entity"] = entity_tags[index]
        return {name: value for name, value in told.items() if value is not None}

    def _window(self, told: Sequence[Mapping[str, Any]], index: int) -> dict[str, Any]:
        half = len(self.settings.features) // 2
        features: dict[str, Any] = {}
        for offset, names in enumerate(self.settings.features, -half):
            if index + offset < 0:
                features["BOS"] = True
            elif index + offset >= len(told):
                features["EOS"] = True
            else:
                wanted = {*names, "entity"}
                features |= {
                    f"{offset}:{name}": value
                    for name, value in told[index + offset].items()
                    if name.partition(":")[0] in wanted
                }
        return features

    def process(self, message: Message) -> None:
        if not self._taggers or not message.tokens:
            return
        taggings: dict[str, Tagging] = {}
        for attribute, tagger in self._taggers.items():
            entity_tags = taggings["entity"].tags if attribute != "entity" else None
            taggings[attribute] = self._tagged(tagger, self._features(message, entity_tags))
        if self.settings.BILOU_flag:
            taggings = {attribute: repaired(tagging) for attribute, tagging in taggings.items()}
        message.entities += entities_of(
            message.text, message.tokens, taggings, splitting=self._splitting, extractor=self.name
        )

    def _tagged(self, tagger: Any, features: list[dict[str, Any]]) -> Tagging:
        """The likeliest tag of each token by itself, and how likely its label is under any prefix."""
        tagger.set(features)
        tags: list[str] = []
        confidences: list[float] = []
        for index in range(len(features)):
            shares = {tag: tagger.marginal(tag, index) for tag in tagger.labels()}
            best = max(shares, key=shares.__getitem__)
            label = label_of(best)
            same = [share for tag, share in shares.items() if label_of(tag) == label]
            tags.append(best)
            confidences.append(sum(same) if self.settings.BILOU_flag else shares[best])
        return Tagging(tags=tags, confidences=confidences)

    def explain(self, message: Message) -> Mapping[str, Any] | None:
        """Which features of its tokens spoke for each entity, against none."""
        if "entity" not in self._taggers:
            return None
        weights = self._taggers["entity"].info().state_features
        features = self._features(message, None)
        tags = self._tagged(self._taggers["entity"], features).tags

        def votes(place: int) -> list[tuple[str, float]]:
            return [
                (_in_words(name), weights.get((name, tags[place]), 0.0) - weights.get((name, OUTSIDE), 0.0))
                for name in _names(features[place])
            ]

        told = [
            of_entity(entity, (vote for place in places for vote in votes(place)))
            for entity, places in found_by(message, self.name)
        ]
        return nothing_unless({"entities": told})

    def dump(self) -> dict[str, bytes]:
        return {f"{attribute}.crfsuite": model for attribute, model in self.models_.items()}

    def restore(self, files: Mapping[str, bytes]) -> None:
        self.models_ = {
            attribute: files[f"{attribute}.crfsuite"]
            for attribute in ATTRIBUTES
            if f"{attribute}.crfsuite" in files
        }
        self._open()


def _names(features: Mapping[str, Any]) -> list[str]:
    """What CRFsuite calls the features of a token; vectors, and what is always the case, are left out."""
    return [
        f"{name}:{value}" if isinstance(value, str) else name
        for name, value in features.items()
        if (isinstance(value, str) or value is True) and value != "bias"
    ]


def _in_words(name: str) -> str:
    """`-1:low:in` as `1 before: word in`."""
    offset, separator, rest = name.partition(":")
    if not separator:
        return name
    place = int(offset)
    where = f"{-place} before: " if place < 0 else f"{place} after: " if place else ""
    kind, _, value = rest.partition(":")
    return f"{where}{'word' if kind == 'low' else kind} {value}".rstrip()
