"""The components of `config.yml` in a row: trained one after the other, then asked one after the other."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal, Self

import numpy as np

from turnwise.errors import ModelError, Place, ProjectErrors
from turnwise.nlu.arrays import packed
from turnwise.nlu.check import check_pipeline
from turnwise.nlu.component import Component, TrainingSet
from turnwise.nlu.fingerprint import Cache, DataPrints, digest, fingerprint
from turnwise.nlu.message import Message
from turnwise.nlu.registry import component_class
from turnwise.nlu.resumption import EXAMPLES, PIPELINE, Previous, Prints, Resumption, example_prints
from turnwise.nlu.slash import EXTRACTOR, slash_message
from turnwise.project.nlu_data import NLUData

__all__ = ["DEFAULT_PIPELINE", "Cache", "Outcome", "Pipeline", "check_pipeline"]

log = logging.getLogger(__name__)

Did = Literal["trained", "fine-tuned", "restored", "nothing to learn", "not needed"]

CONFIG = Place("config.yml")
"""Where the `pipeline` list stands, unless the caller knows better."""

DEFAULT_PIPELINE: tuple[Mapping[str, Any], ...] = tuple(
    MappingProxyType(entry)
    for entry in (
        {"name": "WhitespaceTokenizer"},
        {"name": "RegexFeaturizer"},
        {"name": "LexicalSyntacticFeaturizer"},
        {"name": "CountVectorsFeaturizer"},
        {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
        {"name": "DIETClassifier", "epochs": 100, "constrain_similarities": True},
        {"name": "EntitySynonymMapper"},
        {"name": "ResponseSelector", "epochs": 100, "constrain_similarities": True},
        {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1},
    )
)
"""Used when config.yml has no `pipeline`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What training did with one component."""

    name: str
    did: Did
    seconds: float


class Pipeline:
    """Components in order. Made by `train` or `load`."""

    def __init__(
        self,
        components: Sequence[Component[Any]],
        *,
        notices: Sequence[str] = (),
        report: Sequence[Outcome] = (),
        origin: Mapping[str, bytes] = MappingProxyType({}),
    ) -> None:
        self.components = tuple(components)
        self.notices = tuple(notices)
        """Sentences on settings that have no effect, one for each component that has some."""
        self.report = tuple(report)
        """What training did, one entry for each component; empty after `load`."""
        self._origin = origin

    @classmethod
    def train(
        cls,
        config: Sequence[Mapping[str, Any]],
        data: NLUData,
        *,
        language: str = "en",
        responses: Mapping[str, Sequence[Mapping[str, Any]]] = MappingProxyType({}),
        cache: Cache | None = None,
        previous: Previous | None = None,
        progress: Callable[[str, float], None] | None = None,
        place: Place | Sequence[Place] = CONFIG,
    ) -> Self:
        """Trains each component on `data` as prepared by those before it.

        Args:
            config: The `pipeline` list.
            responses: The domain's responses, by name; those in `data` win.
            cache: Where components that would learn the same again are restored from.
            previous: A model to go on from; None to learn everything that is not in `cache` anew.
            progress: Called with a component's name and the share of its work that is done.
            place: Where `config` stands, or each of its items, for error messages.

        Raises:
            ProjectErrors: `config` or `data` are at fault; all mistakes in `config` at once.
        """
        mistakes = check_pipeline(config, place, language=language)
        if mistakes:
            raise ProjectErrors(mistakes)
        components, notices = _built(config, language)
        training = TrainingSet(data=data, responses={**responses, **data.responses})
        run = _Training(components, training, cache, previous, progress)
        return cls(components, notices=notices, report=run.run(), origin=run.origin())

    def parse(
        self, text: str, *, intents: Collection[str] | None = None, entities: Collection[str] | None = None
    ) -> Message:
        """What `text` means.

        Args:
            intents: Names of the domain, to which `/intent` messages must keep; None: all are fine.
            entities: Names of the domain, likewise.
        """
        return slash_message(text, intents=intents, entities=entities) or self._understood(text)

    def _understood(self, text: str) -> Message:
        message = Message(text)
        for component in self.components:
            component.process(message)
        return message

    def explain(
        self, text: str, *, intents: Collection[str] | None = None, entities: Collection[str] | None = None
    ) -> dict[str, Any]:
        """The parse result of `text`, and under `explanation` what decided, by component.

        Args:
            intents: As of `parse`.
            entities: As of `parse`.
        """
        slash = slash_message(text, intents=intents, entities=entities)
        if slash is not None:
            return slash.to_json() | {"explanation": {EXTRACTOR: {"because": "the message names the intent"}}}
        message = self._understood(text)
        explanation: dict[str, Any] = {}
        for component in self.components:
            reason = component.explain(message)
            same = sum(name.partition(" ")[0] == component.name for name in explanation)
            if reason:
                explanation[f"{component.name} {same + 1}" if same else component.name] = reason
        return message.to_json() | {"explanation": explanation}

    def dump(self) -> dict[str, bytes]:
        """The files of all components, under `<index>_<name>/`, and what they were learned from."""
        files = dict(self._origin)
        for index, component in enumerate(self.components):
            files |= {
                f"{index}_{component.name}/{path}": content for path, content in component.dump().items()
            }
        return files

    @classmethod
    def load(
        cls, config: Sequence[Mapping[str, Any]], files: Mapping[str, bytes], *, language: str = "en"
    ) -> Self:
        """The pipeline that `dump` wrote, under the configuration it was trained with.

        Raises:
            ModelError: `files` belong to another configuration, or are damaged.
            UsageError: a component needs what is not installed here.
        """
        place = CONFIG
        loaded: list[Component[Any]] = []
        for index, entry in enumerate(config):
            kind = component_class(str(entry["name"]), place)
            settings = kind.configure(entry, place).settings
            prefix = f"{index}_{kind.__name__}/"
            own = {
                path.removeprefix(prefix): content
                for path, content in files.items()
                if path.startswith(prefix)
            }
            try:
                loaded.append(
                    kind.load(settings, own, language=language) if own else kind(settings, language=language)
                )
            except (KeyError, ValueError) as error:
                raise ModelError(
                    f"the model's part '{prefix}' cannot be read ({error}); train again"
                ) from error
            loaded[-1].get_ready()
        return cls(loaded)


def _built(config: Sequence[Mapping[str, Any]], language: str) -> tuple[list[Component[Any]], list[str]]:
    """The components of a configuration that was checked."""
    components, notices = [], []
    for entry in config:
        kind = component_class(str(entry["name"]), CONFIG)
        read = kind.configure(entry, CONFIG)
        components.append(kind(read.settings, language=language))
        if read.idle:
            notices.append(f"{kind.__name__}: no effect here: {', '.join(sorted(read.idle))}")
    return components, notices


class _Training:
    """One run over the components, in order."""

    def __init__(
        self,
        components: Sequence[Component[Any]],
        training: TrainingSet,
        cache: Cache | None,
        previous: Previous | None,
        progress: Callable[[str, float], None] | None,
    ) -> None:
        self.components = components
        self.training = training
        self.cache = cache
        self.previous = previous
        self.progress = progress or (lambda name, share: None)
        self.prints = DataPrints(training.data, training.responses)
        self.keys: list[str] = []

    def run(self) -> list[Outcome]:
        return [self._one(index, component) for index, component in enumerate(self.components)]

    def _one(self, index: int, component: Component[Any]) -> Outcome:
        start = time.perf_counter()
        self.progress(component.name, 0.0)
        self.keys.append(fingerprint(component, self.prints, self._upstream(component)))
        did: Did = "nothing to learn"
        if not self._wanted(index):
            did = "not needed"
        elif component.learns_from:
            did = self._learn(component, index)
        if component.prepares and did != "not needed":
            self.training.preparers.append(component)
        self.progress(component.name, 1.0)
        outcome = Outcome(name=component.name, did=did, seconds=time.perf_counter() - start)
        log.debug("nlu.component name=%s did=%s seconds=%.3f", outcome.name, outcome.did, outcome.seconds)
        return outcome

    def _upstream(self, component: Component[Any]) -> list[str]:
        """Fingerprints of the earlier components whose work this one sees while it learns."""
        # Whoever reads "featurizer" only wants one to be there.
        seen = (component.reads | component.uses) - {"featurizer"}
        return [
            key
            for key, earlier in zip(self.keys, self.components, strict=False)
            if earlier.prepares and earlier.writes & seen
        ]

    def _wanted(self, index: int) -> bool:
        """Whether anybody reads what a featurizer writes; n-grams of its own serve DIETClassifier better."""
        component = self.components[index]
        if "features" not in component.writes:
            return True
        later = self.components[index + 1 :]
        return any(component.writes & (other.reads | other.uses) - {"featurizer"} for other in later)

    def _learn(self, component: Component[Any], index: int) -> Did:
        if self.previous and self.previous.key(index) == self.keys[index]:
            return self._restored(component, self.previous.files_of(index, component.name))
        rows = self._rows(component)
        key = self._cache_key(component, index, rows)
        files = self.cache.get(key) if self.cache else None
        if files is not None:
            return self._restored(component, files)
        self.training.progress = lambda share: self.progress(component.name, share)
        resumed = self._resume(component, index, rows)
        if not resumed:
            component.train(self.training)
        if self.cache:
            self.cache.put(key, component.dump())
        return "fine-tuned" if resumed else "trained"

    def _restored(self, component: Component[Any], files: Mapping[str, bytes]) -> Did:
        """Takes what the component would learn from `files`."""
        component.restore(files)
        component.adopt(self.training)
        return "restored"

    def _cache_key(self, component: Component[Any], index: int, rows: list[int] | None) -> str:
        """The component's fingerprint; what is fine-tuned depends also on what it goes on from."""
        key = self.keys[index]
        if self.previous is None or rows is None:
            return key
        return digest([key, self.previous.print_of(index, component.name), self.previous.epoch_fraction])

    def _resume(self, component: Component[Any], index: int, rows: list[int] | None) -> bool:
        if self.previous is None or rows is None:
            return False
        files = self.previous.files_of(index, component.name)
        return component.resume(Resumption.of(self.training, rows, files, self.previous.epoch_fraction))

    def _rows(self, component: Component[Any]) -> list[int] | None:
        """The examples to look at when going on from the previous model; None: learn everything anew."""
        if self.previous is None or type(component).resume is Component.resume:
            return None
        matter = np.array([component.learns_of(example) for example in self.training.data.examples])
        return self.previous.rows(self._example_prints, matter)

    @cached_property
    def _example_prints(self) -> Prints:
        return example_prints(self.training.data)

    def origin(self) -> dict[str, bytes]:
        """What a later training needs to go on from this one."""
        described = {"components": [component.name for component in self.components], "keys": self.keys}
        prints = packed({"prints": self._example_prints})
        return {PIPELINE: json.dumps(described).encode(), EXAMPLES: prints}
