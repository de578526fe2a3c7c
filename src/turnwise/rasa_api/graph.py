"""What Rasa calls the graph: components, where they keep what they learn, and how they are registered."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from turnwise.errors import Place

K = TypeVar("K", bound="type[GraphComponent]")


@dataclass(frozen=True, slots=True)
class Resource:
    """The name under which a component keeps what it learned."""

    name: str
    output_fingerprint: str = ""


@dataclass(slots=True, kw_only=True)
class ExecutionContext:
    """Under which circumstances a component runs."""

    node_name: str
    model_id: str | None = None
    should_add_diagnostic_data: bool = False
    is_finetuning: bool = False
    graph_schema: Any = None


class ModelStorage:
    """Folders for what components learn; the model's archive holds the files in them."""

    def __init__(self, files: Mapping[str, bytes] | None = None) -> None:
        """Args:
        files: What was stored, by `<resource>/<path>`.
        """
        self._stored = files or {}

    @cached_property
    def _folder(self) -> Path:
        """On disk, as long as somebody may read from it."""
        folder = tempfile.mkdtemp(prefix="turnwise-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        for name, content in self._stored.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return Path(folder)

    @contextmanager
    def write_to(self, resource: Resource) -> Iterator[Path]:
        """A folder to write into."""
        path = self._folder / resource.name
        path.mkdir(parents=True, exist_ok=True)
        yield path

    @contextmanager
    def read_from(self, resource: Resource) -> Iterator[Path]:
        """The folder that was written into.

        Raises:
            ValueError: nothing was.
        """
        path = self._folder / resource.name
        if not path.exists():
            raise ValueError(f"nothing was stored under '{resource.name}'")
        yield path

    def files(self) -> dict[str, bytes]:
        """Everything that was written, by `<resource>/<path>`."""
        if "_folder" not in self.__dict__:
            return dict(self._stored)
        return {
            path.relative_to(self._folder).as_posix(): path.read_bytes()
            for path in sorted(self._folder.rglob("*"))
            if path.is_file()
        }


class GraphComponent:
    """Base class of every part that is registered with the recipe."""

    registration: ClassVar[Registration | None] = None
    """What `DefaultV1Recipe.register` said of the class itself."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Any:
        """A component that has learned nothing yet."""
        raise NotImplementedError(f"{cls.__name__} has no 'create'")

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> Any:
        """A component as it was stored; here a new one, for those that learn nothing."""
        return cls.create(config, model_storage, resource, execution_context)

    @classmethod
    def required_components(cls) -> list[type]:
        """Kinds of components that must stand earlier in the pipeline."""
        return []

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Settings that config.yml need not give."""
        return {}

    @staticmethod
    def supported_languages() -> list[str] | None:
        """The only languages it serves; None for all."""
        return None

    @staticmethod
    def not_supported_languages() -> list[str] | None:
        """Languages it cannot serve."""
        return None

    @staticmethod
    def required_packages() -> list[str]:
        """Python packages that it imports."""
        return []

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """What else decides whether it must learn again, such as the state of a file."""
        return None

    @classmethod
    def as_component(cls, place: Place) -> Any:
        """The class that stands for this one in our pipeline.

        Raises:
            ProjectError: it cannot; `place` is where config.yml names it.
        """
        from turnwise.rasa_api.component_adapter import component_for

        return component_for(cls, place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What a class is registered as."""

    kinds: frozenset[Any]
    """Members of `DefaultV1Recipe.ComponentType`."""
    is_trainable: bool
    model_from: str | None = None


class DefaultV1Recipe:
    """The recipe `default.v1`, as far as parts register with it."""

    name = "default.v1"

    class ComponentType(Enum):
        """What a part does."""

        MESSAGE_TOKENIZER = 0
        MESSAGE_FEATURIZER = 1
        INTENT_CLASSIFIER = 2
        ENTITY_EXTRACTOR = 3
        POLICY_WITHOUT_END_TO_END_SUPPORT = 4
        POLICY_WITH_END_TO_END_SUPPORT = 5
        MODEL_LOADER = 6

    @classmethod
    def register(
        cls, component_types: Any, is_trainable: bool, model_from: str | None = None
    ) -> Callable[[K], K]:
        """Decorates a class: says what it does, and whether it learns."""
        listed = component_types if isinstance(component_types, list | tuple | set) else [component_types]
        registration = Registration(kinds=frozenset(listed), is_trainable=is_trainable, model_from=model_from)

        def decorate(kind: K) -> K:
            kind.registration = registration
            return kind

        return decorate
