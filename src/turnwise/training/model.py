"""From an archive to an assistant."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from turnwise.assistant import Assistant
from turnwise.errors import ModelError, TurnwiseError
from turnwise.nlu.pipeline import Pipeline
from turnwise.project.domain_file import domain_from_source
from turnwise.training.archive import below, find_model, read_archive
from turnwise.training.policies import load_ensemble

FORMAT = 1
"""Of the archive's contents; models of another format must be trained again."""

NLU = "components/nlu/"
POLICIES = "components/policies/"


def load_assistant(path: Path) -> Assistant:
    """The assistant in the archive at `path`, or in the newest archive of that folder.

    Raises:
        ModelError: there is no model, or this version cannot read it.
        ProjectError: it needs a class of the project that is not there.
    """
    file = find_model(path)
    metadata, files = read_archive(file)
    made_by = metadata.get("turnwise_format")
    if made_by is None:
        raise ModelError(
            f"{file} was not trained with Turnwise\n  fix: train the project again with `rasa train`"
        )
    if made_by != FORMAT:
        raise ModelError(f"{file} has format {made_by}, not {FORMAT}\n  fix: train again with `rasa train`")
    try:
        return assistant_of(metadata, files, file)
    except TurnwiseError:
        raise
    except Exception as error:  # whatever a component says of what it should load, the model is no good
        raise ModelError(
            f"{file} cannot be loaded: {error!r}\n  fix: train again with `rasa train`"
        ) from error


def assistant_of(metadata: Mapping[str, Any], files: Mapping[str, bytes], file: Path) -> Assistant:
    """The assistant that an archive's contents describe."""
    domain = domain_from_source(metadata["domain"])
    policies = metadata.get("policies")
    return Assistant(
        domain=domain,
        nlu=Pipeline.load(
            metadata.get("pipeline") or (), below(NLU, files), language=metadata.get("language") or "en"
        ),
        ensemble=None if policies is None else load_ensemble(policies, below(POLICIES, files)),
        model_id=metadata["model_id"],
        assistant_id=metadata.get("assistant_id"),
        model_file=file,
    )
