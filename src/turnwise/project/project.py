"""A project folder as one object: everything in it is read once, and only when it is asked for."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from turnwise.dialogue.domain import Domain
from turnwise.errors import Place, ProjectError
from turnwise.project.config_file import Config, read_config
from turnwise.project.domain_build import build_domain
from turnwise.project.domain_merge import DomainSource, merged, with_training_data
from turnwise.project.endpoints_file import Endpoints, load_endpoints
from turnwise.project.findings import Findings, Notice
from turnwise.project.importers import Importer, importers_of, joined_nlu
from turnwise.project.nlu_data import NLUData
from turnwise.project.story_examples import spoken_examples
from turnwise.project.story_steps import StoryGraph, joined

DEFAULT_DOMAIN = "domain.yml"
DOMAIN_FOLDER = "domain"


class Project:
    """A Rasa project: configuration, domain, NLU data, stories and rules.

    Reading does not stop at a mistake; call `stop_on_mistakes` before acting on what was read.
    """

    def __init__(
        self,
        root: str | Path = ".",
        *,
        domain: str | Path = DEFAULT_DOMAIN,
        data: str | Path | Iterable[str | Path] = ("data",),
        config: str | Path | None = "config.yml",
        endpoints: str | Path = "endpoints.yml",
    ) -> None:
        self.root = Path(root)
        self.domain_path = self._below_root(self._domain_or_folder(domain))
        paths: Sequence[str | Path] = [data] if isinstance(data, str | Path) else list(data)
        self.data_paths = tuple(self._below_root(path) for path in paths)
        self.config_path = self._below_root(config) if config is not None else None
        self.endpoints_path = self._below_root(endpoints)
        self._findings = Findings()

    @classmethod
    def read(
        cls,
        root: str | Path = ".",
        *,
        domain: str | Path = DEFAULT_DOMAIN,
        data: str | Path | Iterable[str | Path] = ("data",),
        config: str | Path | None = "config.yml",
    ) -> Project:
        """The project below `root`, read as a whole.

        Raises:
            ProjectError: something in its files is wrong; ProjectErrors lists all of it.
        """
        project = cls(root, domain=domain, data=data, config=config)
        project.stop_on_mistakes()
        return project

    def _domain_or_folder(self, domain: str | Path) -> str | Path:
        """A project that keeps its domain in a folder need not say so."""
        is_missing = domain == DEFAULT_DOMAIN and not (self.root / domain).exists()
        return DOMAIN_FOLDER if is_missing and (self.root / DOMAIN_FOLDER).is_dir() else domain

    def _below_root(self, path: str | Path) -> str:
        """As the user gave it where the root is the working directory, so that messages name it so."""
        return os.fspath(path) if self.root == Path() else os.fspath(self.root / path)

    @cached_property
    def config(self) -> Config:
        """config.yml as it stands, defaults not filled in; an empty one without a file."""
        config = Config()
        if self.config_path is not None:
            try:
                config = read_config(self.config_path, self._findings)
            except ProjectError as error:
                self._findings.add(error)
        return config

    @cached_property
    def importers(self) -> list[Importer]:
        """Where the training data come from."""
        return importers_of(self.config, self.domain_path, self.data_paths, self._findings)

    @cached_property
    def endpoints(self) -> Endpoints:
        """endpoints.yml; nothing is configured without a file."""
        try:
            return load_endpoints(self.endpoints_path)
        except ProjectError as error:
            self._findings.add(error)
            return Endpoints()

    @cached_property
    def _domain_files(self) -> DomainSource:
        if not Path(self.domain_path).exists():
            self._findings.note(Place(self.domain_path), "there is no domain", fix="name it with --domain")
        parts = [importer.get_domain() for importer in self.importers]
        sources = [DomainSource(data=p.source) if isinstance(p, Domain) else p for p in parts]
        return merged(sources, self._findings)

    @cached_property
    def _nlu_files(self) -> NLUData:
        language = self.config.language or "en"
        parts = [importer.get_nlu_data(language) for importer in self.importers]
        return parts[0] if len(parts) == 1 else joined_nlu(parts, self._findings)

    @cached_property
    def nlu(self) -> NLUData:
        """NLU data, with what users say in stories that give both words and intent.

        `responses` hold what response selectors learn, so the domain's win over those of NLU files.
        """
        data = self._nlu_files
        own = self._domain_files.data.get("responses") or {}
        retrieval = {name: tuple(every) for name, every in own.items() if "/" in name}
        return replace(
            data,
            examples=(*data.examples, *spoken_examples(self.stories, known=data.examples)),
            responses={**data.responses, **retrieval},
        )

    @cached_property
    def _domain_with_nlu(self) -> DomainSource:
        data = self._nlu_files
        return with_training_data(
            self._domain_files,
            retrieval_intents={e.intent for e in data.examples if e.intent and e.response_key},
            responses=data.responses,
            response_places=data.response_places,
            action_texts=(),
        )

    @cached_property
    def stories(self) -> StoryGraph:
        """Stories and rules as they are written."""
        domain = build_domain(self._domain_with_nlu, Findings())
        return joined(importer.get_stories(domain) for importer in self.importers)

    @cached_property
    def domain(self) -> Domain:
        """The whole domain: files, and what NLU data and stories imply."""
        source = with_training_data(
            self._domain_with_nlu,
            retrieval_intents=(),
            responses={},
            response_places={},
            action_texts=self.stories.action_texts,
        )
        return build_domain(source, self._findings)

    @property
    def response_places(self) -> Mapping[str, Place]:
        """Where each response stands that the project's files define."""
        places = self._domain_with_nlu.places
        return {path[1]: place for path, place in places.items() if path[0] == "responses"}

    def mistakes(self) -> list[ProjectError]:
        """Everything that is wrong in the project's files, by file and line; reads all of them."""
        self._read_all()
        found = {str(error): error for findings in self._all_findings() for error in findings.mistakes}
        return sorted(found.values(), key=lambda error: error.place)

    def notices(self) -> list[Notice]:
        """Everything doubtful in the project's files, by file and line; reads all of them."""
        self._read_all()
        return sorted({notice for findings in self._all_findings() for notice in findings.notices})

    def stop_on_mistakes(self) -> None:
        """Reads everything and raises what was found wrong.

        Raises:
            ProjectError: the only mistake; ProjectErrors if there are several.
        """
        Findings(mistakes=self.mistakes()).stop_on_mistakes()

    def _read_all(self) -> None:
        _ = self.config, self.domain, self.nlu, self.stories

    def _all_findings(self) -> list[Findings]:
        return [self._findings, *(importer.findings for importer in self.importers)]
