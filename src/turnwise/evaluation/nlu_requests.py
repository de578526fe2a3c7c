"""What `POST /model/test/intents` answers to data in the request."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from turnwise.assistant import Assistant
from turnwise.evaluation.cross_validation import cross_validate
from turnwise.evaluation.nlu_scores import evaluate_model
from turnwise.project.config_file import config_from_text
from turnwise.project.nlu_data import NLUData
from turnwise.project.nlu_file import load_nlu, nlu_from_text
from turnwise.training.train import plain


def evaluate_nlu_text(text: str, assistant: Assistant, *, is_json: bool = False) -> dict[str, Any]:
    """How well a model reads NLU data, which `text` holds in YAML or in Rasa's old JSON.

    Raises:
        ProjectError: `text` holds something else.
        ModelError: the model has no NLU part.
    """
    data = _from_json(text) if is_json else nlu_from_text(text, file="the request")
    return evaluate_model(data.examples, assistant)


def cross_validate_text(text: str, *, folds: int) -> dict[str, Any]:
    """How well a configuration learns NLU data; `text` holds both in one YAML document.

    Raises:
        ProjectError: `text` holds something else, or the pipeline is at fault.
        UsageError: no intent has as many examples as there are folds, or there are fewer than two.
    """
    config = config_from_text(text, file="the request").completed()
    data = nlu_from_text(text, file="the request")
    found = cross_validate(data, plain(config.pipeline), folds=folds, language=config.language or "en")
    return found.to_json()


def _from_json(text: str) -> NLUData:
    with tempfile.TemporaryDirectory() as folder:
        # What kind of JSON it is shows in the file's content; that it is JSON, in its name.
        file = Path(folder, "data.json")
        file.write_text(text, encoding="utf-8")
        return load_nlu(file)
