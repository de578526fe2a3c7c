"""What every NLU component is: typed settings, something learned, and a step on a message."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Generic,
    Literal,
    Self,
    TypeVar,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec

from turnwise.errors import Place, ProjectError
from turnwise.nlu.message import Message
from turnwise.project.nlu_data import Example, NLUData

if TYPE_CHECKING:
    from turnwise.nlu.resumption import Resumption

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSettings:
    """For components that have nothing to set."""


class SettingError(ValueError):
    """Raised by the `__post_init__` of settings: a value has the right type and makes no sense."""

    def __init__(self, key: str, problem: str, *, fix: str) -> None:
        super().__init__(f"{key}: {problem}")
        self.key = key
        self.problem = problem
        self.fix = fix


SettingsT = TypeVar("SettingsT")


def _no_progress(share: float) -> None:
    """Stands in where nobody watches."""


@dataclass(slots=True, kw_only=True)
class TrainingSet:
    """What a component may learn from."""

    data: NLUData
    responses: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    """Variations by response name, such as `utter_faq/ask_name`."""
    preparers: list[Component[Any]] = field(default_factory=list)
    """Trained tokenizers and featurizers that stand earlier in the pipeline, in order."""
    progress: Callable[[float], None] = _no_progress
    """To be called with the share of the work done, in [0, 1]."""
    _messages: list[Message] | None = None
    _prepared: int = 0

    @property
    def messages(self) -> Sequence[Message]:
        """One for each of `data.examples`, in order, as the components before left it.

        Prepared when first asked for: a pipeline whose components are all restored tokenizes nothing.
        """
        if self._messages is None:
            self._messages = [Message(own.text, example=own) for own in self.data.examples]
        for preparer in self.preparers[self._prepared :]:
            preparer.process_all(self._messages)
        self._prepared = len(self.preparers)
        return self._messages


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """A component's settings, and the keys of its map that had no effect."""

    settings: Any
    idle: tuple[str, ...]


def _words_of(kind: Any) -> list[str]:
    """The words that a type allows anywhere in it; none for other types."""
    if get_origin(kind) is Literal:
        return [str(word) for word in get_args(kind)]
    return [word for part in get_args(kind) for word in _words_of(part)]


class Component(Generic[SettingsT]):
    """Base of all components: a subclass sets the class variables that apply, and overrides what it needs.

    `Settings` is a frozen dataclass whose fields are the keys allowed beside `name` in config.yml.
    """

    Settings: ClassVar[type[Any]] = NoSettings
    version: ClassVar[int] = 1
    """Raise it when training would give something else: stored results are then not reused."""
    reads: ClassVar[frozenset[str]] = frozenset()
    """What an earlier component must have written, else the pipeline is refused."""
    uses: ClassVar[frozenset[str]] = frozenset()
    """What is read when it is there."""
    writes: ClassVar[frozenset[str]] = frozenset()
    """Of: tokens, features, patterns, dense, doc, intent, entities, values, response."""
    learns_from: ClassVar[frozenset[str]] = frozenset()
    """Parts of the training data that matter.

    Of: texts, intents, entities, entity_names, synonyms, regexes, lookups, responses.
    """
    prepares: ClassVar[bool] = False
    """Whether it also processes training examples, for the components after it."""
    languages: ClassVar[tuple[str, ...] | None] = None
    """The only languages it serves; None for all."""
    foreign_languages: ClassVar[tuple[str, ...]] = ()
    """Languages it cannot serve."""

    def __init__(self, settings: SettingsT, *, language: str = "en") -> None:
        self.settings = settings
        self.language = language

    @classmethod
    def configure(cls, values: Mapping[str, Any], place: Place) -> Configured:
        """Reads one entry of the `pipeline` list.

        Raises:
            ProjectError: a value has the wrong type, or makes no sense; `place` is that of the entry.
        """
        allowed = {field.name for field in fields(cls.Settings)}
        given = {key: value for key, value in values.items() if key in allowed}
        idle = tuple(key for key in values if key not in allowed and key != "name")
        try:
            settings = msgspec.convert(given, type=cls.Settings)
        except msgspec.ValidationError as error:
            cause = error.__cause__
            if isinstance(cause, SettingError):
                raise ProjectError(place.at(cls.__name__, cause.key), cause.problem, fix=cause.fix) from error
            problem, _, path = str(error).partition(" - at `$.")
            key = path.rstrip("`").split("[")[0].split(".")[0]
            at = place.at(cls.__name__, *([key] if key else []))
            words = _words_of(get_type_hints(cls.Settings).get(key))
            fix = f"choose from {', '.join(words)}" if words else f"see the settings of {cls.__name__}"
            raise ProjectError(at, problem[:1].lower() + problem[1:], fix=fix) from error
        return Configured(settings=settings, idle=idle)

    @property
    def name(self) -> str:
        return type(self).__name__

    def train(self, training: TrainingSet) -> None:
        """Learns; what is learned is kept in attributes that end in `_`."""

    def sources(self) -> frozenset[str]:
        """Which of `learns_from` matter under these settings."""
        return self.learns_from

    def learns_of(self, example: Example) -> bool:
        """Whether an example is one to learn from; others may change, and nothing is trained."""
        return True

    def adopt(self, training: TrainingSet) -> None:
        """Takes over what it keeps and does not learn, such as the words of responses; after `restore`."""

    def resume(self, resumption: Resumption) -> bool:
        """Goes on from what it had learned; False if it cannot, and has to be trained anew."""
        return False

    def process(self, message: Message) -> None:
        """Adds to `message` what this component finds."""

    def process_all(self, messages: Sequence[Message]) -> None:
        """The same for many messages, such as training examples."""
        for message in messages:
            self.process(message)

    def dump(self) -> dict[str, bytes]:
        """What was learned as files: JSON, or arrays without pickle; the same data give the same bytes."""
        return {}

    @classmethod
    def load(cls, settings: SettingsT, files: Mapping[str, bytes], *, language: str = "en") -> Self:
        """The component that `dump` wrote."""
        component = cls(settings, language=language)
        component.restore(files)
        return component

    def get_ready(self) -> None:
        """Opens what is not part of the model, such as a spaCy package, before the first message comes.

        Raises:
            UsageError: it is not there.
        """

    def restore(self, files: Mapping[str, bytes]) -> None:
        """Takes back what `dump` wrote; empty when nothing had been learned."""

    def explain(self, message: Message) -> Mapping[str, Any] | None:
        """Why this component decided as it did on a processed message; None when it has nothing to say."""
        return None
