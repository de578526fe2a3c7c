"""`--finetune`: which earlier model a training may go on from.

The conditions are Rasa's: who may fine-tune there may here. What going on means is each component's
business (`turnwise.nlu.resumption`, `turnwise.policies.learned_resuming`); the rest is trained anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from turnwise.errors import ModelError, UsageError
from turnwise.nlu.resumption import Previous
from turnwise.training.archive import below, find_model, read_archive
from turnwise.training.model import NLU, POLICIES
from turnwise.training.policies import KEYS, EarlierPolicies
from turnwise.training.train import Training, labels_of, plain

_MAY_DIFFER = frozenset({"epochs"})
"""Settings of components that fine-tuning may change."""
_WORDS_ONLY = frozenset({"responses", "session_config", "version"})
"""Parts of the domain that may change: nothing learns from them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A model to go on from."""

    archive: Path
    nlu: Previous | None
    policies: EarlierPolicies | None


def earlier_model(training: Training, model: Path, *, epoch_fraction: float = 1.0) -> Earlier:
    """The model that `training` may go on from.

    Args:
        model: An archive, or a folder, of which the newest counts.
        epoch_fraction: Which part of the usual number of passes to make.

    Raises:
        UsageError: there is none, or the project has changed in more than fine-tuning allows.
    """
    if epoch_fraction <= 0:
        raise UsageError("--epoch-fraction: at 0 nothing would be learned\n  fix: give more, such as 0.5")
    try:
        archive = find_model(model)
        metadata, files = read_archive(archive)
    except ModelError as error:
        raise UsageError(f"--finetune: {error}") from error
    for problem in _obstacles(training, metadata):
        raise UsageError(f"--finetune: '{archive}' {problem}\n  fix: train without --finetune")
    nlu = Previous(files=below(NLU, files), epoch_fraction=epoch_fraction)
    policies = EarlierPolicies(files=below(POLICIES, files), epoch_fraction=epoch_fraction)
    if (training.nlu and not nlu.is_whole) or (training.core and KEYS not in policies.files):
        problem = "was made by a version of Turnwise that did not fine-tune"
        raise UsageError(f"--finetune: '{archive}' {problem}\n  fix: train once without --finetune")
    return Earlier(
        archive=archive, nlu=nlu if training.nlu else None, policies=policies if training.core else None
    )


def _obstacles(training: Training, metadata: Mapping[str, Any]) -> Iterator[str]:
    """Why what shall be trained cannot go on from a model."""
    config, project = training.config, training.project
    if training.nlu:
        if not metadata.get("pipeline"):
            yield "has no NLU part"
        elif _settled(plain(config.pipeline)) != _settled(metadata["pipeline"]):
            yield "has another pipeline"
        yield from _other_labels(labels_of(project.nlu), metadata.get("labels") or {})
    if training.core:
        if metadata.get("policies") is None:
            yield "has no dialogue part"
        elif _settled(plain(config.policies)) != _settled(metadata["policies"]):
            yield "has other policies"
        if _core(project.domain.source) != _core(metadata["domain"]):
            yield "has another domain (only responses and session_config may change)"


def _other_labels(now: Mapping[str, Any], then: Mapping[str, Any]) -> Iterator[str]:
    for kind, names in now.items():
        added, gone = set(names).difference(then.get(kind, ())), set(then.get(kind, ())).difference(names)
        if added:
            yield f"does not know the {kind} {', '.join(sorted(added))}, which have examples now"
        if gone:
            yield f"knows the {kind} {', '.join(sorted(gone))}, which have no examples any more"


def _settled(components: Any) -> list[dict[str, Any]]:
    return [{key: value for key, value in item.items() if key not in _MAY_DIFFER} for item in components]


def _core(source: Mapping[str, Any]) -> dict[str, Any]:
    core = {key: value for key, value in source.items() if key not in _WORDS_ONLY}
    return {**core, "responses": sorted(source.get("responses") or {})}
