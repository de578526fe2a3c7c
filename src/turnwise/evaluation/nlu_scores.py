"""Testing understanding: intents, responses and entities of a model on examples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from turnwise.assistant import Assistant
from turnwise.errors import ModelError
from turnwise.evaluation.entity_scores import evaluate_entities, write_entity_reports
from turnwise.evaluation.label_scores import INTENTS, RESPONSES, evaluate_labels
from turnwise.evaluation.nlu_results import NluResults, Parse, Progress, nlu_results
from turnwise.evaluation.options import ReportOptions
from turnwise.project.nlu_data import Example


def evaluate_nlu(results: NluResults, options: ReportOptions | None = None) -> dict[str, Any]:
    """What `POST /model/test/intents` answers; a part is None where the examples do not allow it.

    Args:
        options: What to write into files as well; None: nothing.
    """
    if options is not None:
        options.out.mkdir(parents=True, exist_ok=True)
    entities: dict[str, Any] | None = None
    if results.entities and options is not None:
        entities = write_entity_reports(results.entities, None, options)
    elif results.entities:
        entities = evaluate_entities(results.entities)
    return {
        "intent_evaluation": evaluate_labels(results.intents, INTENTS, options) if results.intents else None,
        "entity_evaluation": entities,
        "response_selection_evaluation": (
            evaluate_labels(results.responses, RESPONSES, options) if results.responses else None
        ),
    }


def evaluate_model(
    examples: Sequence[Example],
    assistant: Assistant,
    *,
    options: ReportOptions | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Lets a model read `examples`; see `evaluate_nlu`.

    Raises:
        ModelError: the model has no NLU part.
    """
    return evaluate_nlu(nlu_results(examples, reading_of(assistant), progress=progress), options)


def reading_of(assistant: Assistant) -> Parse:
    """How the model reads a text, whatever the domain knows.

    Raises:
        ModelError: the model has no NLU part.
    """
    if not assistant.nlu.components:
        raise ModelError("the model has no NLU part\n  fix: train one with `rasa train`")
    pipeline = assistant.nlu
    return lambda text: pipeline.parse(text).to_json()
