"""Cross-validation, and the comparison of configurations."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from turnwise.errors import UsageError
from turnwise.evaluation.cross_validation import cross_validate, stratified_folds, without_rare_intents
from turnwise.evaluation.nlu_comparison import compare_configurations
from turnwise.project.nlu_data import Example, NLUData

WORDS = {"greet": "hello hi hey morning evening", "bye": "bye ciao later farewell goodnight", "rare": "once"}
DATA = NLUData(
    examples=tuple(
        Example(text=f"{word} {number}", intent=intent)
        for intent, words in WORDS.items()
        for word in words.split()
        for number in (("one", "two") if intent != "rare" else ("one",))
    )
)
PIPELINE = [
    {"name": "WhitespaceTokenizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "LogisticRegressionClassifier"},
]


def test_every_example_is_tested_once() -> None:
    """And was not trained with; intents are spread evenly."""
    data = without_rare_intents(DATA, 5)
    tested: list[Example] = []
    for train, test in stratified_folds(data, 5):
        assert not {example.text for example in train.examples} & {example.text for example in test}
        assert len(train.examples) + len(test) == len(data.examples)
        assert Counter(example.intent for example in test) == {"greet": 2, "bye": 2}
        tested += test
    assert Counter(e.text for e in tested) == Counter(e.text for e in data.examples)


def test_folds_are_those_of_the_seed() -> None:
    """The same each time, others for another seed."""
    folds = [[test for _, test in stratified_folds(DATA, 3, seed)] for seed in (1, 1, 2)]
    assert folds[0] == folds[1] != folds[2]


def test_cross_validation() -> None:
    """Scores of all folds together, and their spread, on what was learnt and on what was not."""
    found = cross_validate(DATA, PIPELINE, folds=5)
    assert len(found.results.intents) == 20
    assert len(found.test["intents"]) == len(found.train["intents"]) == 5
    mean, spread = found.spreads("train")["intents"]["accuracy"]
    assert (mean, spread) == (1.0, 0.0)
    answer = found.to_json()
    assert (
        answer["intent_evaluation"]["f1_score"]
        == answer["intent_evaluation"]["report"]["weighted avg"]["f1-score"]
    )
    assert answer["entity_evaluation"]["report"] == {}


def test_it_is_repeatable() -> None:
    """The same data, folds and seed: the same predictions and confidences."""
    first, second = (cross_validate(DATA, PIPELINE, folds=3).to_json() for _ in range(2))
    assert first == second


@pytest.mark.parametrize(("folds", "problem"), [(1, "at least 2"), (50, "no intent has 50 examples")])
def test_folds_that_make_no_sense(folds: int, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        cross_validate(DATA, PIPELINE, folds=folds)


def test_comparison(tmp_path: Path) -> None:
    """Each configuration learns from less and less; data, models, reports and scores are written."""
    config = "recipe: default.v1\nassistant_id: x\nlanguage: en\npipeline:\n- name: "
    (tmp_path / "keywords.yml").write_text(config + "KeywordIntentClassifier\n")
    (tmp_path / "broken.yml").write_text(config + "NoSuchClassifier\n")
    configs = [tmp_path / "keywords.yml", tmp_path / "broken.yml"]
    found = compare_configurations(configs, DATA, tmp_path / "out", runs=2, excluded=[0, 50])
    assert found.amounts == [16, 8]
    assert found.scores["broken"] == [[0.0, 0.0], [0.0, 0.0]]
    assert json.loads((tmp_path / "out/results.json").read_text()) == found.scores
    part = tmp_path / "out/run_2/50%_exclusion"
    assert {path.name for path in part.iterdir()} == {"train", "keywords.tar.gz", "keywords_report"}
    assert (tmp_path / "out/run_1/test.yml").exists()
