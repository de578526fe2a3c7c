"""From a project to a model archive; what has not changed since the last training is not trained again."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from turnwise import RASA_VERSION, __version__
from turnwise.dialogue.domain import Domain
from turnwise.errors import NothingToTrain, Place, ProjectError, ProjectErrors
from turnwise.nlu.fingerprint import Cache
from turnwise.policies.rules import RuleSettings
from turnwise.project.component_config import Components
from turnwise.project.findings import Notice
from turnwise.project.nlu_data import NLUData
from turnwise.project.nlu_writer import nlu_yaml
from turnwise.project.project import Project
from turnwise.project.story_checks import unknown_story_slots
from turnwise.project.story_steps import StoryGraph
from turnwise.training.archive import fixed_model_name, model_name, write_archive
from turnwise.training.fingerprints import dialogue_print
from turnwise.training.model import FORMAT, NLU, POLICIES
from turnwise.training.policies import PolicyOutcome, policy_classes, train_policies
from turnwise.training.stories import TrainingTracker, training_trackers

if TYPE_CHECKING:
    from turnwise.nlu.pipeline import Pipeline
    from turnwise.training.finetuning import Earlier

Progress = Callable[[str, float], None]
NLU_DATA = "components/nlu_training_data.yml"
NLU_TYPE, CORE_TYPE, BOTH_TYPE, END_TO_END_TYPE = 1, 2, 3, 4
"""Rasa's numbers for what a model was trained on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """One part of a model, and what it took."""

    name: str
    did: str
    """`trained`, `fine-tuned`, `restored`, …"""
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingResult:
    """What a training made."""

    model: Path
    parts: Sequence[Trained]
    notices: Sequence[Notice | str] = ()

    @property
    def changed(self) -> bool:
        """Whether anything had to be learned."""
        return any(part.did in ("trained", "fine-tuned") for part in self.parts)


@dataclass(kw_only=True)
class Training:
    """One training of a project: what shall be trained, and how."""

    project: Project
    nlu: bool = True
    core: bool = True
    augmentation: int = 50
    stories: StoryGraph | None = None
    """What policies learn from; None: all stories and rules of the project."""
    keeps_nlu_data: bool = False
    """Whether the archive holds the NLU data as well."""
    cache: Cache | None = None
    earlier: Earlier | None = None
    """A model to go on from; see `turnwise.training.finetuning`."""
    progress: Progress | None = None
    notices: list[Notice | str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.project.stop_on_mistakes()
        self.config = self.project.config.completed()
        self._choose_parts()

    def _choose_parts(self) -> None:
        """Leaves out the parts that there are no data for.

        Raises:
            NothingToTrain: there are no data at all.
        """
        has_examples = bool(self.project.nlu.examples)
        has_stories = bool(self.project.stories.steps)
        if not has_examples and not has_stories:
            raise NothingToTrain(
                "there is nothing to train on: no NLU data, no stories and no rules\n"
                "  fix: name the folder that holds them with --data"
            )
        if self.core and (not has_stories or self.domain.is_empty):
            what = "stories and rules" if not has_stories else "a domain"
            self.notices.append(f"There are no {what}: only the NLU part is trained.")
            self.core = False
        if self.nlu and not has_examples:
            self.notices.append("There are no NLU data: only the dialogue part is trained.")
            self.nlu = False

    @property
    def domain(self) -> Domain:
        return self.project.domain

    @property
    def _stories(self) -> StoryGraph:
        return self.project.stories if self.stories is None else self.stories

    @cached_property
    def conversations(self) -> Sequence[TrainingTracker]:
        """Stories and rules, expanded."""
        expanded = training_trackers(self._stories, self.domain, augmentation=self.augmentation)
        self.notices += expanded.notices
        return expanded.trackers

    # -- training ----------------------------------------------------------------------------------

    def run(self, out: Path, *, name: str | None = None) -> TrainingResult:
        """Trains and writes the archive into the folder `out`.

        Raises:
            ProjectError: the configuration asks for the impossible, or the data contradict themselves.
        """
        files, parts = self.learn()
        model = out / self._file_name(name)
        write_archive(model, self._metadata(), files)
        return TrainingResult(model=model, parts=parts, notices=self.notices)

    def learn(self) -> tuple[dict[str, bytes], list[Trained]]:
        """The files of the model, and what was done for them; see `run`."""
        self._check_policies()
        self._check_slots()
        parts: list[Trained] = []
        files: dict[str, bytes] = {}
        if self.nlu:
            pipeline = self._train_nlu()
            parts += [Trained(name=p.name, did=p.did, seconds=p.seconds) for p in pipeline.report]
            self.notices += pipeline.notices if self._chosen("pipeline") else []
            files |= {f"{NLU}{path}": content for path, content in pipeline.dump().items()}
            if self.keeps_nlu_data:
                files[NLU_DATA] = nlu_yaml(self.project.nlu).encode()
        if self.core:
            learned, outcomes = self._train_policies()
            parts += [Trained(name=o.name, did=o.did, seconds=o.seconds) for o in outcomes]
            if self._chosen("policies"):
                self.notices += [f"{o.name}: no effect here: {', '.join(o.idle)}" for o in outcomes if o.idle]
            files |= {f"{POLICIES}{path}": content for path, content in learned.items()}
        return files, parts

    def _chosen(self, key: str) -> bool:
        """Whether the project itself has written this list, so that its settings concern it."""
        return key not in self.project.config.automatic

    def _train_nlu(self) -> Pipeline:
        from turnwise.nlu.pipeline import Pipeline

        return Pipeline.train(
            plain(self.config.pipeline),
            self.project.nlu,
            language=self.config.language or "en",
            # Selectors learn these; of all others no component knows.
            responses={name: every for name, every in self.domain.responses.items() if "/" in name},
            cache=self.cache,
            previous=self.earlier.nlu if self.earlier else None,
            progress=self.progress,
            place=places(self.config.pipeline),
        )

    def _train_policies(self) -> tuple[dict[str, bytes], Sequence[PolicyOutcome]]:
        return train_policies(
            plain(self.config.policies),
            lambda: self.conversations,
            self.domain,
            dialogue_print(self._stories, self.domain, self.augmentation),
            cache=self.cache,
            earlier=self.earlier.policies if self.earlier else None,
            progress=self.progress,
        )

    def _check_slots(self) -> None:
        """Stops on slots in stories that the domain lacks; no policy could make sense of them."""
        if not self.core:
            return
        unknown = [
            ProjectError(found.notice.place, found.notice.text, fix=found.notice.fix)
            for found in unknown_story_slots(self.project)
        ]
        if unknown:
            raise ProjectErrors(unknown)

    def _check_policies(self) -> None:
        """Stops on policies that do not fit the domain."""
        if not self.core:
            return
        place = Place(self.config.file, 0, ("policies",))
        policies = self.config.policies or ()
        policy_classes(plain(policies), place=places(policies))
        mistakes = []
        rules = [policy for policy in policies if policy.name == "RulePolicy"]
        if self.domain.forms and not rules:
            mistakes.append(
                ProjectError(
                    place,
                    "the domain has forms, which only the RulePolicy runs",
                    fix="add `- name: RulePolicy`",
                )
            )
        for rule in rules:
            settings = RuleSettings.read(rule.settings)
            action = settings.core_fallback_action_name
            if settings.enable_fallback_prediction and action not in self.domain.action_indices:
                mistakes.append(
                    ProjectError(
                        rule.place.at("core_fallback_action_name"),
                        f"the domain has no action '{action}'",
                        fix="list it under 'actions' in the domain, or name another one",
                    )
                )
        if mistakes:
            raise ProjectErrors(mistakes)

    # -- the archive ---------------------------------------------------------------------------------

    @property
    def training_type(self) -> int:
        if not self.core:
            return NLU_TYPE
        if not self.nlu:
            return CORE_TYPE
        return END_TO_END_TYPE if self.domain.action_texts else BOTH_TYPE

    def _file_name(self, fixed: str | None) -> str:
        if fixed:
            return fixed_model_name(fixed)
        prefix = {NLU_TYPE: "nlu-", CORE_TYPE: "core-"}.get(self.training_type, "")
        return model_name(prefix, datetime.now().astimezone(), random.SystemRandom())

    def _metadata(self) -> dict[str, Any]:
        config = self.config
        return {
            "turnwise_format": FORMAT,
            "turnwise_version": __version__,
            "rasa_open_source_version": RASA_VERSION,
            "model_id": uuid.uuid4().hex,
            "assistant_id": config.assistant_id,
            "trained_at": datetime.now(UTC).isoformat(),
            "training_type": self.training_type,
            "language": config.language,
            "domain": self.domain.source,
            "pipeline": plain(config.pipeline) if self.nlu else [],
            "policies": plain(config.policies) if self.core else None,
            "labels": labels_of(self.project.nlu) if self.nlu else None,
            "spaces": [dict(space) for space in config.spaces],
        }


def labels_of(data: NLUData) -> dict[str, list[str]]:
    """What the examples teach to tell apart, by kind."""
    spans = [span for example in data.examples for span in example.entities]
    return {
        "intents": list(data.intents),
        "entities": list(data.entity_names),
        "roles": sorted({span.role for span in spans if span.role}),
        "groups": sorted({span.group for span in spans if span.group}),
    }


def places(components: Components | None) -> list[Place]:
    """Where each component stands."""
    return [component.place for component in components or ()]


def plain(components: Components | None) -> list[Mapping[str, Any]]:
    """Components as they stand in config.yml."""
    return [{"name": component.name, **component.settings} for component in components or ()]
