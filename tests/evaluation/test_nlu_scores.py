"""Testing understanding: intents, responses and entities, and the files about them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from turnwise.assistant import Assistant
from turnwise.errors import ModelError
from turnwise.evaluation.entity_scores import best_entity, entity_label, evaluate_entities
from turnwise.evaluation.nlu_results import EntityResult, nlu_results
from turnwise.evaluation.nlu_scores import evaluate_model, evaluate_nlu, reading_of
from turnwise.evaluation.options import ReportOptions
from turnwise.project.nlu_data import EntitySpan, Example
from turnwise.project.project import Project


def example(text: str, intent: str, key: str | None = None) -> Example:
    return Example(text=text, intent=intent, response_key=key)


def parser(answers: Mapping[str, Mapping[str, Any]]) -> Any:
    """Understands what the test says it understands."""
    return lambda text: {"text": text, **answers.get(text, {})}


def intent(name: str | None, confidence: float = 0.9) -> dict[str, Any]:
    return {"name": name, "confidence": confidence}


GREET_BYE = [example("hi", "greet"), example("bye", "bye")]


def test_intents() -> None:
    """What was predicted, how sure, and what was wrong."""
    answers = {"hi": {"intent": intent("greet")}, "bye": {"intent": intent("greet", 0.6)}}
    found = evaluate_nlu(nlu_results(GREET_BYE, parser(answers)))["intent_evaluation"]
    assert found["predictions"][1] == {
        "text": "bye",
        "intent": "bye",
        "predicted": "greet",
        "confidence": 0.6,
    }
    assert found["errors"] == [
        {"text": "bye", "intent": "bye", "intent_prediction": {"name": "greet", "confidence": 0.6}}
    ]
    assert found["accuracy"] == 0.5
    assert found["report"]["bye"]["confused_with"] == {"greet": 1}


def test_the_intent_behind_a_fallback_counts() -> None:
    """The fallback would hide which intent was wrongly predicted."""
    ranking = [intent("nlu_fallback", 0.4), intent("greet", 0.35)]
    answers = {"bye": {"intent": ranking[0], "intent_ranking": ranking}}
    found = nlu_results(GREET_BYE, parser(answers)).intents
    assert [result.predicted for result in found] == ["", "greet"]


def test_one_intent_alone_is_not_measured() -> None:
    """There is nothing to tell it from."""
    assert evaluate_nlu(nlu_results(GREET_BYE[:1], parser({})))["intent_evaluation"] is None


def test_responses() -> None:
    """The choice of the intent's own selector, or of the default one."""
    examples = [example("when", "faq", "faq/when"), example("what", "faq", "faq/what")]

    def selected(selector: str, key: str) -> dict[str, Any]:
        response = {"response": {"intent_response_key": key, "confidence": 0.8}}
        return {"response_selector": {"all_retrieval_intents": ["faq"], selector: response}}

    answers = {"when": selected("faq", "faq/when"), "what": selected("default", "faq/when")}
    found = evaluate_nlu(nlu_results(examples, parser(answers)))["response_selection_evaluation"]
    assert found["accuracy"] == 0.5
    assert found["errors"] == [
        {
            "text": "what",
            "intent_response_key_target": "faq/what",
            "intent_response_key_prediction": {"name": "faq/when", "confidence": 0.8},
        }
    ]


CITY = {"entity": "city", "start": 3, "end": 11, "value": "New York"}


@pytest.mark.parametrize(
    ("token", "label"), [((0, 2), "no_entity"), ((3, 6), "city"), ((7, 11), "city"), ((11, 12), "no_entity")]
)
def test_a_token_belongs_to_the_entity_it_lies_in(token: tuple[int, int], label: str) -> None:
    assert entity_label(best_entity(token, [CITY])) == label


def test_of_several_entities_the_one_that_shares_most() -> None:
    """The first of equals."""
    short = {**CITY, "entity": "state", "start": 7}
    assert entity_label(best_entity((3, 11), [short, CITY])) == "city"
    assert entity_label(best_entity((7, 11), [short, CITY])) == "state"


def test_labels_tell_roles_and_groups() -> None:
    assert entity_label({**CITY, "role": "to", "group": "1"}) == "city.1.to"


def test_entities_are_measured_for_each_extractor() -> None:
    """By token; what Duckling and spaCy find is left out elsewhere, what others find does not mix."""
    result = EntityResult(
        text="to New York",
        tokens=[(0, 2), (3, 6), (7, 11)],
        targets=[CITY],
        predictions=[{**CITY, "end": 6, "extractor": "CRFEntityExtractor"}, {**CITY, "extractor": "Other"}],
    )
    found = evaluate_entities([result])
    assert list(found) == ["CRFEntityExtractor", "Other"]
    assert found["CRFEntityExtractor"]["report"]["city"]["recall"] == 0.5
    assert found["CRFEntityExtractor"]["errors"][0]["text"] == "to New York"
    assert found["Other"]["report"]["city"]["f1-score"] == 1.0
    assert found["Other"]["errors"] == []


@pytest.mark.parametrize("extractor", ["SpacyEntityExtractor", "QuantityEntityExtractor"])
def test_pretrained_extractors_are_not_measured(extractor: str) -> None:
    examples = [Example(text="to Rome", entities=(EntitySpan(entity="city", start=3, end=7, value="Rome"),))]
    found = {"entities": [{**CITY, "extractor": extractor}]}
    assert nlu_results(examples, parser({"to Rome": found})).entities[0].predictions == []


def test_the_model_on_its_own_data(assistant: Assistant, project_folder: Path, tmp_path: Path) -> None:
    """Reports of each kind; errors only where there are any, successes only if wanted."""
    options = ReportOptions(out=tmp_path, successes=True)
    stale = tmp_path / "intent_errors.json"
    stale.write_text("of an earlier test")
    found = evaluate_model(Project(project_folder).nlu.examples, assistant, options=options)
    assert found["intent_evaluation"]["accuracy"] == 1.0
    assert {path.name for path in tmp_path.iterdir()} == {
        "intent_report.json",
        "intent_successes.json",
        "RegexEntityExtractor_report.json",
        "RegexEntityExtractor_successes.json",
    }
    report = json.loads((tmp_path / "intent_report.json").read_text())
    assert report["order"]["support"] == 2


def test_a_model_without_nlu(assistant: Assistant) -> None:
    """It cannot be tested."""
    from dataclasses import replace

    from turnwise.nlu.pipeline import Pipeline

    with pytest.raises(ModelError, match="no NLU part"):
        reading_of(replace(assistant, nlu=Pipeline([])))
