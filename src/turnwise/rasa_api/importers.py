"""Importers, as projects that extend Rasa write them, and what lets them supply data here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from turnwise.dialogue.domain import Domain as OurDomain
from turnwise.project import importers as ours
from turnwise.project.domain_build import build_domain
from turnwise.project.domain_merge import DomainSource
from turnwise.project.findings import Findings
from turnwise.project.nlu_data import NLUData
from turnwise.project.story_steps import StoryGraph as OurStories
from turnwise.rasa_api.dialogue import Domain
from turnwise.rasa_api.training_data import TrainingData


class StoryGraph:
    """Stories and rules; made by importers that read files, or empty."""

    def __init__(self, story_steps: Sequence[Any] = (), own: OurStories | None = None) -> None:
        self.own = own or OurStories(steps=tuple(story_steps))

    @property
    def story_steps(self) -> list[Any]:
        return list(self.own.steps)

    @classmethod
    def empty(cls) -> StoryGraph:
        return cls()


class TrainingDataImporter:
    """Supplies training data: a subclass overrides what it has; the rest stays empty."""

    def __init__(
        self,
        config_file: str | None = None,
        domain_path: str | None = None,
        training_data_paths: list[str] | str | None = None,
        **kwargs: Any,
    ) -> None:
        """Stores nothing: subclasses keep what they need."""

    def get_domain(self) -> Domain:
        return Domain.empty()

    def get_stories(self, exclusion_percentage: int | None = None) -> StoryGraph:
        return StoryGraph.empty()

    def get_conversation_tests(self) -> StoryGraph:
        return self.get_stories()

    def get_config(self) -> dict[str, Any]:
        return {}

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        return TrainingData()

    @classmethod
    def as_importer(cls) -> type[ours.Importer]:
        """The class that stands for this one here."""
        return type(cls.__name__, (AdaptedImporter,), {"kind": cls})


class RasaFileImporter(TrainingDataImporter):
    """The files of the project, to derive from."""

    def __init__(
        self,
        config_file: str | None = None,
        domain_path: str | None = None,
        training_data_paths: list[str] | str | None = None,
        **kwargs: Any,
    ) -> None:
        paths = [training_data_paths] if isinstance(training_data_paths, str) else training_data_paths or []
        self.config_file = config_file
        self._files = ours.RasaFileImporter(config_file, domain_path, paths)

    def get_domain(self) -> Domain:
        return Domain(build_domain(self._files.get_domain(), self._files.findings))

    def get_stories(self, exclusion_percentage: int | None = None) -> StoryGraph:
        return StoryGraph(own=self._files.get_stories(self.get_domain().own))

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        return TrainingData.of(self._files.get_nlu_data(language or "en"))


class AdaptedImporter(ours.Importer):
    """An importer written for Rasa, as our project reads it."""

    kind: type[TrainingDataImporter]

    def __init__(
        self,
        config_file: str | None = None,
        domain_path: str | None = None,
        training_data_paths: ours.Paths = (),
        **settings: Any,
    ) -> None:
        super().__init__(config_file, domain_path, training_data_paths, **settings)
        paths = [str(path) for path in training_data_paths]
        self._importer = self.kind(config_file, domain_path, paths, **settings)
        self.findings: Findings = getattr(getattr(self._importer, "_files", None), "findings", self.findings)

    def get_config(self) -> Mapping[str, Any]:
        return self._importer.get_config() or {}

    def get_domain(self) -> OurDomain | DomainSource:
        return self._importer.get_domain().own

    def get_nlu_data(self, language: str = "en") -> NLUData:
        return self._importer.get_nlu_data(language).as_ours()

    def get_stories(self, domain: OurDomain) -> OurStories:
        return self._importer.get_stories().own
