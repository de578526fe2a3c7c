"""Components that learn from examples: what they learn, how sure they are, that they survive storage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tests.nlu.sentences import TRAVEL, example
from turnwise.nlu import Pipeline
from turnwise.project.nlu_data import Lookup, NLUData

DATA = NLUData(
    examples=TRAVEL,
    responses={
        "utter_faq/ask_name": ({"text": "I am Wayfare."}, {"text": "My name is Wayfare."}),
        "utter_faq/ask_hours": ({"text": "Always.", "image": "clock.png"},),
        "utter_chitchat/joke": ({"text": "Knock, knock."},),
        "utter_greet": ({"text": "Hi."},),
    },
)

Config = Sequence[Mapping[str, Any]]


_TRAINED: dict[str, Pipeline] = {}


def pipeline_of(*config: Mapping[str, Any], data: NLUData = DATA) -> Pipeline:
    """Trained behind a tokenizer and sparse featurizers, and loaded from what was stored; each only once."""
    key = f"{config} {data}"
    if key not in _TRAINED:
        _TRAINED[key] = _pipeline_of(*config, data=data)
    return _TRAINED[key]


def _pipeline_of(*config: Mapping[str, Any], data: NLUData) -> Pipeline:
    whole: Config = [
        {"name": "WhitespaceTokenizer"},
        {"name": "RegexFeaturizer"},
        {"name": "CountVectorsFeaturizer"},
        {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "max_ngram": 4},
        *config,
    ]
    return Pipeline.load(whole, Pipeline.train(whole, data).dump())


@pytest.fixture(scope="module")
def diet() -> Pipeline:
    return pipeline_of({"name": "DIETClassifier"})


@pytest.fixture(scope="module")
def selectors() -> Pipeline:
    return pipeline_of({"name": "ResponseSelector"}, {"name": "ResponseSelector", "retrieval_intent": "faq"})


@pytest.mark.parametrize("classifier", ["DIETClassifier", "LogisticRegressionClassifier"])
@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("book a flight to Madrid", "book"),
        ("is it rainy in Rome", "weather"),
        ("IS IT RAINY IN ROME??", "weather"),
        ("whats the wether in rome", "weather"),
        ("hello, is it cold today", "greet+weather"),
        ("what's your name", "faq"),
    ],
)
def test_intents_are_recognised_in_other_words_cases_and_with_slips(
    classifier: str, text: str, intent: str
) -> None:
    """Upper case, missing punctuation and typing errors change nothing; two intents at once are one label."""
    assert pipeline_of({"name": classifier}).parse(text).intent.name == intent


@pytest.mark.parametrize("classifier", ["DIETClassifier", "LogisticRegressionClassifier"])
def test_the_ranking_holds_all_intents(classifier: str) -> None:
    """Likeliest first; the first is the intent; what is missing to 1 is the chance that none is meant."""
    message = pipeline_of({"name": classifier, "ranking_length": 0}).parse("fly to Rome")
    ranking = message.ranking or []

    assert {intent.name for intent in ranking} == {"book", "weather", "greet+weather", "faq", "chitchat"}
    assert 0.5 < sum(intent.confidence for intent in ranking) <= 1.0 + 1e-9
    assert ranking == sorted(ranking, key=lambda intent: -intent.confidence)
    assert message.intent == ranking[0]


def test_a_short_ranking_may_be_rescaled() -> None:
    """`renormalize_confidences` makes those that are left sum to one."""
    settings = {"name": "DIETClassifier", "ranking_length": 2}
    plain = pipeline_of(settings).parse("fly to Rome").ranking or []
    scaled = pipeline_of(settings | {"renormalize_confidences": True}).parse("fly to Rome").ranking or []

    assert sum(intent.confidence for intent in plain) < 1.0
    assert sum(intent.confidence for intent in scaled) == pytest.approx(1.0)
    assert [intent.name for intent in plain] == [intent.name for intent in scaled]


def test_unknown_requests_get_low_confidence(diet: Pipeline) -> None:
    """So that a threshold tells them from known ones."""
    known = diet.parse("will it rain in Rome").intent.confidence
    unknown = diet.parse("my zebra plays chess").intent.confidence

    assert known > 0.8 > unknown


@pytest.mark.parametrize("extractor", ["DIETClassifier", "CRFEntityExtractor"])
def test_entities_and_roles_are_found_by_context(extractor: str) -> None:
    """Also names that were never seen, and names of several words."""
    message = pipeline_of({"name": extractor}).parse("fly from Madrid to New York")

    assert [(entity.value, entity.entity, entity.role) for entity in message.entities] == [
        ("Madrid", "city", "from"),
        ("New York", "city", "to"),
    ]
    for entity in message.entities:
        assert entity.extractor == extractor
        assert 0.0 < (entity.confidence_entity or 0) <= 1.0
        assert 0.0 < (entity.confidence_role or 0) <= 1.0
        assert entity.to_json().keys() == {
            "entity", "start", "end", "confidence_entity", "role", "confidence_role", "value", "extractor",
        }  # fmt: skip


def test_groups_are_found() -> None:
    """They are labels like roles."""
    data = NLUData(
        examples=(
            example("a [large](size##1) pizza and a [small](size##2) cola", "order"),
            example("a [small](size##1) pizza and a [large](size##2) beer", "order"),
            example("one [large](size##1) pizza with a [small](size##2) water", "order"),
            example("bye", "bye"),
        )
    )
    found = (
        pipeline_of({"name": "DIETClassifier"}, data=data).parse("a small pizza and a large water").entities
    )

    assert [(entity.value, entity.group) for entity in found] == [("small", "1"), ("large", "2")]


@pytest.mark.parametrize(
    ("settings", "intent", "entities"),
    [
        ({"entity_recognition": False}, "weather", []),
        ({"intent_classification": False}, None, ["Rome"]),
    ],
)
def test_either_half_may_be_switched_off(
    settings: dict[str, Any], intent: str | None, entities: list[str]
) -> None:
    """`intent_classification` and `entity_recognition`."""
    message = pipeline_of({"name": "DIETClassifier", **settings}).parse("is it sunny in Rome")

    assert message.intent.name == intent
    assert [entity.value for entity in message.entities] == entities


@pytest.mark.parametrize("texts", [(), (example("hi", "greet"),)])
def test_without_two_intents_nothing_is_predicted(texts: tuple[Any, ...]) -> None:
    """An empty ranking, as Rasa gives it."""
    message = pipeline_of({"name": "DIETClassifier"}, data=NLUData(examples=texts)).parse("hi")

    assert message.to_json()["intent"] == {"name": None, "confidence": 0.0}
    assert message.ranking == []


@pytest.mark.parametrize(
    "text", ["", " ", "...", "日本語", "😀" * 50, "a" * 3000, "\x00\u202e", "İstanbul'a"]
)
def test_any_text_can_be_parsed(diet: Pipeline, text: str) -> None:
    """Nothing a user sends is an error."""
    assert diet.parse(text).text == text


def test_the_same_data_give_the_same_bytes() -> None:
    """Whatever the order of hashes; and what is stored is neither pickle nor dated."""
    config: Config = [
        {"name": "WhitespaceTokenizer"},
        {"name": "RegexFeaturizer"},
        {"name": "DIETClassifier"},
    ]
    first, second = (Pipeline.train(config, DATA).dump() for _ in range(2))

    assert first == second
    assert {path.rpartition(".")[2] for path in first} == {"json", "npz"}


def test_the_reasons_name_features_and_entities(diet: Pipeline) -> None:
    """What spoke for the intent against the second best, and for each entity against none."""
    reasons = diet.explain("will it rain in Rome")["explanation"]["DIETClassifier"]
    weights = {feature["text"]: feature["weight"] for feature in reasons["intent"]["features"]}

    assert reasons["intent"]["name"] == "weather"
    assert reasons["intent"]["against"] != "weather"
    assert max(weights.values()) > 0
    assert [entity["value"] for entity in reasons["entities"]] == ["Rome"]
    assert reasons["entities"][0]["features"][0]["weight"] > 0


def test_a_selector_ranks_the_keys_it_serves(selectors: Pipeline) -> None:
    """Each adds its own part, with the variations of the response it chose."""
    shown = selectors.parse("tell me your name please").to_json()["response_selector"]

    assert shown["all_retrieval_intents"] == ["chitchat", "faq"]
    chosen = shown["default"]["response"]
    assert chosen["intent_response_key"] == "faq/ask_name"
    assert chosen["utter_action"] == "utter_faq/ask_name"
    assert chosen["responses"] == [{"text": "I am Wayfare."}, {"text": "My name is Wayfare."}]
    assert chosen["confidence"] == shown["default"]["ranking"][0]["confidence"]
    assert {own["intent_response_key"] for own in shown["faq"]["ranking"]} == {
        "faq/ask_name",
        "faq/ask_hours",
    }
    assert {own["intent_response_key"] for own in shown["default"]["ranking"]} >= {"chitchat/joke"}


def test_a_selector_may_learn_from_the_words_of_responses() -> None:
    """`use_text_as_label`: what the assistant says is an example too."""
    pipeline = pipeline_of({"name": "ResponseSelector", "use_text_as_label": True})
    shown = pipeline.parse("knock knock").to_json()["response_selector"]

    assert shown["default"]["response"]["intent_response_key"] == "chitchat/joke"


def test_a_retrieval_intent_without_examples_is_named(caplog: pytest.LogCaptureFixture) -> None:
    """Mostly its name is misspelled."""
    pipeline_of({"name": "ResponseSelector", "retrieval_intent": "fqa"})

    assert "retrieval_intent=fqa" in caplog.text


def test_a_selector_without_data_says_so() -> None:
    """The shape that Rasa gives."""
    shown = pipeline_of({"name": "ResponseSelector"}, data=NLUData(examples=TRAVEL[:3])).parse("x").selectors

    assert shown == {
        "all_retrieval_intents": [],
        "default": {
            "response": {
                "responses": None,
                "confidence": 0.0,
                "intent_response_key": None,
                "utter_action": "utter_None",
            },
            "ranking": [],
        },
    }


def test_a_missing_response_is_answered_by_its_key() -> None:
    """With a warning in the log."""
    data = NLUData(examples=TRAVEL)
    shown = pipeline_of({"name": "ResponseSelector"}, data=data).parse("tell me a joke").to_json()

    assert shown["response_selector"]["default"]["response"]["responses"] == [{"text": "chitchat/joke"}]


def test_patterns_help_to_find_entities() -> None:
    """A lookup table makes the tagger surer of names that no example has."""
    names = ("Ouagadougou", "Rome", "Paris", "Lisbon", "Berlin", "London", "New York")
    lookups = (Lookup(name="city", elements=names),)
    plain, helped = (
        pipeline_of({"name": "DIETClassifier"}, data=NLUData(examples=TRAVEL, lookups=own)).parse(
            "in Ouagadougou"
        )
        for own in ((), lookups)
    )

    assert (helped.entities[0].confidence_entity or 0) > (plain.entities[0].confidence_entity or 0)
