"""Components written for Rasa 3 run unchanged: trained, stored, loaded, cached."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.nlu.sentences import example, examples
from tests.rasa_api import parts
from tests.rasa_api.conftest import Parts
from turnwise.errors import ProjectError, ProjectErrors
from turnwise.nlu import Pipeline
from turnwise.project.nlu_data import NLUData

DATA = NLUData(
    examples=(
        *examples(of="greet", texts="hello there\nhi bot\ngood morning"),
        *examples(of="complain", texts="this is awful\nyou lost my parcel\nawful awful service"),
        *examples(
            of="book", texts="fly to [Rome](city)\nbook a trip to [Oslo](city)\na flight to [Bern](city)"
        ),
    )
)
WORDS: list[dict[str, Any]] = [{"name": "WhitespaceTokenizer"}, {"name": "CountVectorsFeaturizer"}]


def again(config: list[dict[str, Any]], pipeline: Pipeline) -> Pipeline:
    """The pipeline as a server loads it."""
    return Pipeline.load(config, pipeline.dump())


def test_a_spell_checker_changes_the_text(part: Parts) -> None:
    """What was set for the output is in the answer, what was not is for later components only."""
    name = part(parts.SPELLING)
    config: list[dict[str, Any]] = [
        {"name": f"{name}.SpellChecker", "words": {"fligt": "flight"}},
        *WORDS,
        {"name": "DIETClassifier"},
    ]
    pipeline = again(config, Pipeline.train(config, DATA))
    parse = pipeline.parse("a fligt to Bern").to_json()

    assert parse["text"] == "a flight to Bern"
    assert parse["intent"]["name"] == "book"
    assert [entity["value"] for entity in parse["entities"]] == ["Bern"]
    assert "typed" not in parse


def test_a_sentiment_analyser_learns_and_adds_an_entity(part: Parts) -> None:
    """It needs no place in the text; what it stored is in the model, and only its own changes train it."""
    name = part(parts.SENTIMENT)
    config: list[dict[str, Any]] = [WORDS[0], {"name": f"{name}.SentimentAnalyzer"}]
    pipeline = again(config, Pipeline.train(config, DATA))
    parse = pipeline.parse("awful service").to_json()

    assert parse["entities"] == [
        {"entity": "sentiment", "value": "bad", "confidence": 1.0, "extractor": "SentimentAnalyzer"}
    ]
    assert parse["unhappiness"] == 1.0
    assert pipeline.parse("hello there").to_json()["entities"][0]["value"] == "fine"


def test_settings_stand_over_the_defaults(part: Parts) -> None:
    name = part(parts.SENTIMENT)
    config: list[dict[str, Any]] = [WORDS[0], {"name": f"{name}.SentimentAnalyzer", "unhappy": "greet"}]

    assert Pipeline.train(config, DATA).parse("hello there").to_json()["unhappiness"] == 1.0


def test_what_did_not_change_is_restored_and_changed_source_is_not(part: Parts) -> None:
    kept: dict[str, Mapping[str, bytes]] = {}

    class Cache:
        def get(self, key: str) -> Mapping[str, bytes] | None:
            return kept.get(key)

        def put(self, key: str, files: Mapping[str, bytes]) -> None:
            kept[key] = files

    def did() -> str:
        report = Pipeline.train(config, DATA, cache=Cache()).report
        return {outcome.name: outcome.did for outcome in report}["SentimentAnalyzer"]

    config: list[dict[str, Any]] = [WORDS[0], {"name": f"{part(parts.SENTIMENT)}.SentimentAnalyzer"}]
    assert [did(), did()] == ["trained", "restored"]
    del sys.modules["own_parts"]
    part(parts.SENTIMENT.replace("share > 0.5", "share > 0.7"))
    assert did() == "trained"


def test_a_classifier_reads_features_and_ranks_intents(part: Parts) -> None:
    name = part(parts.CLASSIFIER)
    config = [
        *WORDS,
        {"name": f"{name}.CentroidClassifier"},
        {"name": "FallbackClassifier", "threshold": 0.1},
    ]
    parse = again(config, Pipeline.train(config, DATA)).parse("awful parcel").to_json()

    assert parse["intent"]["name"] == "complain"
    assert [intent["name"] for intent in parse["intent_ranking"]][:1] == ["complain"]
    assert len(parse["intent_ranking"]) == 3


def test_features_of_ones_own_reach_our_classifiers(part: Parts) -> None:
    """Dense ones stand behind the n-grams: here the length of words is all that tells intents apart."""
    name = part(parts.FEATURES)
    data = NLUData(
        examples=(
            *examples(of="short", texts="aa\nbb\ncc\ndd\nee\nff"),
            *examples(
                of="long", texts="gggggggggg\nhhhhhhhhhh\niiiiiiiiii\njjjjjjjjjj\nkkkkkkkkkk\nllllllllll"
            ),
        )
    )
    config: list[dict[str, Any]] = [
        WORDS[0],
        {"name": f"{name}.LengthFeaturizer"},
        {"name": "DIETClassifier"},
    ]
    pipeline = again(config, Pipeline.train(config, data))

    assert pipeline.parse("zz").intent.name == "short"
    assert pipeline.parse("zyzyzyzyzy").intent.name == "long"


def test_a_tokenizer_of_ones_own_cuts_training_data_too(part: Parts) -> None:
    """Entities are learned from its tokens."""
    name = part(parts.TOKENS)
    data = NLUData(examples=(*DATA.examples, example("from-[Oslo](city)-to-[Bern](city)", "book")))
    config: list[dict[str, Any]] = [
        {"name": f"{name}.DashTokenizer"},
        {"name": "CountVectorsFeaturizer"},
        {"name": "DIETClassifier"},
    ]
    parse = again(config, Pipeline.train(config, data)).parse("from-Oslo-to-Bern").to_json()

    assert parse["text_tokens"] == [[0, 4], [5, 9], [10, 12], [13, 17]]
    assert [entity["value"] for entity in parse["entities"]] == ["Oslo", "Bern"]


@pytest.mark.parametrize(
    ("source", "config", "problem"),
    [
        (parts.SENTIMENT, ["SentimentAnalyzer"], "'SentimentAnalyzer' needs a tokenizer"),
        (parts.TOKENS, ["WhitespaceTokenizer", "DashTokenizer"], "two tokenizers"),
        (parts.SENTIMENT.replace('["numpy"]', '["numpyx"]'), ["SentimentAnalyzer"], "pip install numpyx"),
        (
            parts.SPELLING.replace("is_trainable=False", "is_trainable=False, model_from='SpacyNLP'"),
            ["SpellChecker"],
            "loads a model for others, or wants one loaded",
        ),
        (
            "from rasa.core.agent import Agent\nclass X: pass\n",
            ["X"],
            "imports 'rasa.core.agent' from the inside of Rasa",
        ),
        (
            "from rasa.engine.graph import GraphSchema\nclass X: pass\n",
            ["X"],
            "imports 'rasa.engine.graph.GraphSchema' from the inside of Rasa",
        ),
    ],
)
def test_what_cannot_run_is_named_before_anything_is_trained(
    part: Parts, source: str, config: list[str], problem: str
) -> None:
    name = part(source)
    entries = [{"name": own if own == "WhitespaceTokenizer" else f"{name}.{own}"} for own in config]
    with pytest.raises(ProjectErrors) as caught:
        Pipeline.train(entries, DATA)

    assert problem in str(caught.value)
    assert "\n  fix: " in str(caught.value)


def test_an_unregistered_component_is_told_how(part: Parts) -> None:
    decorator = (
        "@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)"
    )
    name = part(parts.SPELLING.replace(decorator, ""))
    with pytest.raises(ProjectError, match=r"put @DefaultV1Recipe.register\(...\) before the class"):
        Pipeline.train([{"name": f"{name}.SpellChecker"}], DATA)


def test_languages_are_asked_for(part: Parts) -> None:
    with pytest.raises(ProjectErrors, match="does not serve the language 'de'"):
        Pipeline.train([{"name": f"{part(parts.TOKENS)}.DashTokenizer"}], DATA, language="de")


def test_the_data_themselves_stay_as_they_are(part: Parts) -> None:
    """A component that changes texts changes its messages, not the project's examples."""
    data = replace(DATA, examples=(*DATA.examples, example("a fligt", "book")))
    config: list[dict[str, Any]] = [
        {"name": f"{part(parts.SPELLING)}.SpellChecker", "words": {"fligt": "flight"}},
        *WORDS,
        {"name": "LogisticRegressionClassifier"},
    ]
    Pipeline.train(config, data)

    assert data.examples[-1].text == "a fligt"
