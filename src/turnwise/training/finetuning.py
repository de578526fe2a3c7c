"""`--finetune`: whether a project may go on from an earlier model.

Turnwise trains in seconds what Rasa fine-tunes in minutes, so going on from a model means training on all
data with what has not changed taken over. The conditions are Rasa's: who may fine-tune there may here.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from turnwise.errors import ModelError, UsageError
from turnwise.project.project import Project
from turnwise.training.archive import find_model, read_archive
from turnwise.training.train import plain

_MAY_DIFFER = frozenset({"epochs"})
"""Settings of components that fine-tuning may change."""
_WORDS_ONLY = frozenset({"responses", "session_config", "version"})
"""Parts of the domain that may change: nothing learns from them."""


def check_finetuning(project: Project, model: Path) -> Path:
    """The archive to go on from.

    Args:
        model: An archive, or a folder, of which the newest counts.

    Raises:
        UsageError: there is none, or the project has changed in more than fine-tuning allows.
    """
    try:
        archive = find_model(model)
        metadata, _ = read_archive(archive)
    except ModelError as error:
        raise UsageError(f"--finetune: {error}") from error
    for what, differs in _differences(project, metadata).items():
        if differs:
            raise UsageError(
                f"--finetune: {what} differs from that of '{archive}'\n  fix: train without --finetune"
            )
    return archive


def _differences(project: Project, metadata: Mapping[str, Any]) -> dict[str, bool]:
    config = project.config.completed()
    return {
        "the pipeline": _settled(plain(config.pipeline)) != _settled(metadata.get("pipeline") or []),
        "the list of policies": _settled(plain(config.policies)) != _settled(metadata.get("policies") or []),
        "the domain": _core(project.domain.source) != _core(metadata["domain"]),
    }


def _settled(components: Any) -> list[dict[str, Any]]:
    return [{key: value for key, value in item.items() if key not in _MAY_DIFFER} for item in components]


def _core(source: Mapping[str, Any]) -> dict[str, Any]:
    core = {key: value for key, value in source.items() if key not in _WORDS_ONLY}
    return {**core, "responses": sorted(source.get("responses") or {})}
