"""Where a project's training data come from: its files, other projects' files, or a class of its own."""

from __future__ import annotations

import importlib
import inspect
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from turnwise import rasa_names
from turnwise.dialogue.domain import Domain
from turnwise.errors import NOWHERE, ProjectError
from turnwise.project.component_config import ComponentConfig
from turnwise.project.config_file import Config
from turnwise.project.domain_file import read_domain
from turnwise.project.domain_merge import DomainSource
from turnwise.project.files import DATA_EXTENSIONS, YAML_EXTENSIONS, files_below, is_test_file
from turnwise.project.findings import Findings
from turnwise.project.nlu_collector import NLUCollector
from turnwise.project.nlu_data import NLUData
from turnwise.project.nlu_file import read_nlu
from turnwise.project.story_file import read_stories
from turnwise.project.story_steps import StoryGraph
from turnwise.project.yaml import read_yaml

Paths = Sequence[str | Path]
CONFIG_NAMES = ("config.yml", "config.yaml")


class Importer:
    """Supplies training data. A project's own importer overrides what it has; the rest stays empty.

    It is named by dotted path under `importers` in config.yml; what stands beside the name there is
    given to its constructor. What several importers supply is merged.
    """

    def __init__(
        self,
        config_file: str | None = None,
        domain_path: str | None = None,
        training_data_paths: Paths = (),
        **settings: Any,
    ) -> None:
        self.config_file = config_file
        self.domain_path = domain_path
        self.training_data_paths = list(training_data_paths)
        self.settings = settings
        self.findings = Findings()
        """Mistakes and notices; all importers' are listed together."""

    def get_config(self) -> Mapping[str, Any]:
        """Keys of config.yml; those of a later importer win."""
        return {}

    def get_domain(self) -> Domain | DomainSource:
        """The domain without what NLU data and stories add to it."""
        return DomainSource()

    def get_nlu_data(self, language: str = "en") -> NLUData:
        """The NLU data; `language` is that of the project."""
        return NLUData()

    def get_stories(self, domain: Domain) -> StoryGraph:
        """Stories and rules; `domain` is the whole project's."""
        return StoryGraph()


class RasaFileImporter(Importer):
    """The files of the project itself."""

    domain_is_sound = True

    def domain_paths(self) -> Paths:
        return [self.domain_path] if self.domain_path and Path(self.domain_path).exists() else []

    def get_domain(self) -> DomainSource:
        before = len(self.findings.mistakes)
        source = read_domain(self.domain_paths(), self.findings)
        self.domain_is_sound = len(self.findings.mistakes) == before
        return source

    def get_nlu_data(self, language: str = "en") -> NLUData:
        return read_nlu(self.training_data_paths, self.findings)

    def get_stories(self, domain: Domain) -> StoryGraph:
        # What a broken domain lacks is not the stories' fault.
        return read_stories(self.training_data_paths, domain if self.domain_is_sound else None, self.findings)


class MultiProjectImporter(RasaFileImporter):
    """The project's files and those of the projects under `imports`, which may import others again.

    Test conversations of imported projects stay theirs.
    """

    def __init__(
        self,
        config_file: str | None = None,
        domain_path: str | None = None,
        training_data_paths: Paths = (),
        **settings: Any,
    ) -> None:
        super().__init__(config_file, domain_path, training_data_paths, **settings)
        self.imported: dict[Path, None] = {}
        if config_file:
            self._import_from(Path(config_file))
        self.training_data_paths += [
            file for file in files_below(self.imported, DATA_EXTENSIONS) if not is_test_file(file)
        ]

    def domain_paths(self) -> Paths:
        return [*super().domain_paths(), *self.imported]

    def _import_from(self, config: Path) -> None:
        """Adds the folders that a configuration names, and those that theirs name."""
        try:
            data = read_yaml(config).data
        except ProjectError as error:
            self.findings.add(error)
            return
        for name in (data.get("imports") if isinstance(data, dict) else None) or ():
            folder = Path(os.path.normpath(config.parent / str(name)))  # two ways to a folder are one
            if folder in self.imported:
                continue
            self.imported[folder] = None
            for file in files_below(folder, YAML_EXTENSIONS):
                if Path(file).name in CONFIG_NAMES:
                    self._import_from(Path(file))


_BUILT_IN: Mapping[str, type[Importer]] = {
    "RasaFileImporter": RasaFileImporter,
    "MultiProjectImporter": MultiProjectImporter,
}


def importers_of(config: Config, domain_path: str, data_paths: Paths, findings: Findings) -> list[Importer]:
    """The importers that a configuration names; that of files if it names none that exists."""
    arguments = {
        "config_file": config.file or None,
        "domain_path": domain_path,
        "training_data_paths": data_paths,
    }
    found = [_created(item, arguments, findings) for item in config.importers]
    usable = [importer for importer in found if importer is not None]
    return usable or [RasaFileImporter(**arguments)]  # type: ignore[arg-type]  # keys name parameters


def _created(item: ComponentConfig, arguments: Mapping[str, Any], findings: Findings) -> Importer | None:
    name = item.name.rpartition(".")[2] if item.name.startswith("rasa.") else item.name
    kind: Any = _BUILT_IN.get(name) or _imported(item, findings)
    if kind is None:
        return None
    if hasattr(kind, "as_importer"):  # written for Rasa
        kind = kind.as_importer()
    if not (isinstance(kind, type) and issubclass(kind, Importer)):
        fix = "derive it from turnwise.project.Importer"
        findings.wrong(item.place, f"{item.name} is no importer", fix=fix)
        return None
    accepted = inspect.signature(kind).parameters.values()
    takes_all = any(parameter.kind is parameter.VAR_KEYWORD for parameter in accepted)
    names = {parameter.name for parameter in accepted}
    settings = {key: value for key, value in item.settings.items() if takes_all or key in names}
    return kind(**arguments, **settings)


def _imported(item: ComponentConfig, findings: Findings) -> Any:
    module, _, name = item.name.rpartition(".")
    rasa_names.install()
    try:
        return getattr(importlib.import_module(module), name)
    except Exception as error:  # the project's own code may raise anything
        fix = f"use {', '.join(_BUILT_IN)}, or the path of a class that can be imported"
        findings.note(item.place, f"the importer '{item.name}' is skipped: {error}", fix=fix)
        return None


def joined_nlu(parts: Iterable[NLUData], findings: Findings) -> NLUData:
    """NLU data of several importers as one; of responses and synonyms the later counts."""
    collector = NLUCollector(findings)
    for part in parts:
        collector.examples += part.examples
        for words, value in part.synonyms.items():
            collector.add_synonym(words, value, NOWHERE)
        collector.regexes += part.regexes
        for table in part.lookups:
            collector.add_lookup(table.name, table.elements, table.place)
        collector.responses |= part.responses
        collector.response_places |= part.response_places
    return collector.result()
