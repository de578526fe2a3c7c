"""NLU data in requests of the HTTP API."""

from __future__ import annotations

import json

import pytest

from tests.evaluation.bot import NLU
from turnwise.assistant import Assistant
from turnwise.errors import ProjectError, UsageError
from turnwise.evaluation.nlu_requests import cross_validate_text, evaluate_nlu_text

BOTH = """language: en
pipeline:
- name: KeywordIntentClassifier
nlu:
- intent: greet
  examples: |
    - hello
    - hello you
- intent: bye
  examples: |
    - bye
    - bye you
"""


def test_yaml(assistant: Assistant) -> None:
    """Predictions and scores of intents and entities; no responses, no evaluation of them."""
    answer = evaluate_nlu_text(NLU, assistant)
    assert answer["intent_evaluation"]["accuracy"] == 1.0
    assert answer["entity_evaluation"]["RegexEntityExtractor"]["f1_score"] == 1.0
    assert answer["response_selection_evaluation"] is None
    json.dumps(answer)


def test_json(assistant: Assistant) -> None:
    """Rasa's old format."""
    examples = [{"text": "hello", "intent": "greet"}, {"text": "hello", "intent": "bye"}]
    text = json.dumps({"rasa_nlu_data": {"common_examples": examples}})
    answer = evaluate_nlu_text(text, assistant, is_json=True)
    assert [error["text"] for error in answer["intent_evaluation"]["errors"]] == ["hello"]


def test_cross_validation() -> None:
    """Configuration and data stand in one document."""
    answer = cross_validate_text(BOTH, folds=2)
    assert set(answer) == {"intent_evaluation", "entity_evaluation", "response_selection_evaluation"}
    assert answer["intent_evaluation"]["report"]["greet"]["support"] == 2
    assert answer["response_selection_evaluation"] == {
        "report": {},
        "precision": None,
        "f1_score": None,
        "errors": [],
    }


def test_requests_that_make_no_sense(assistant: Assistant) -> None:
    with pytest.raises(ProjectError):
        evaluate_nlu_text("nlu: 5", assistant)
    with pytest.raises(UsageError, match="no intent has 9 examples"):
        cross_validate_text(BOTH, folds=9)
