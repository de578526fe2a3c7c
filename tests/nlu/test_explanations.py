"""Explanations: every component that can says which features, patterns or thresholds decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.nlu.sentences import TRAVEL
from turnwise.nlu import Pipeline
from turnwise.nlu.message import Token
from turnwise.nlu.models.tag_features import feature_names, in_words
from turnwise.nlu.models.word_vectors import english
from turnwise.project.nlu_data import Lookup, NLUData, Regex

CLASSIC: list[dict[str, Any]] = [
    {"name": "WhitespaceTokenizer"},
    {"name": "RegexFeaturizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "LogisticRegressionClassifier"},
    {"name": "CRFEntityExtractor"},
    {"name": "RegexEntityExtractor"},
    {"name": "EntitySynonymMapper"},
    {"name": "ResponseSelector", "retrieval_intent": "faq"},
    {"name": "ResponseSelector"},
    {"name": "FallbackClassifier", "threshold": 1.0},
]


@pytest.fixture(scope="module")
def explanation() -> Mapping[str, Any]:
    """Of one message, by component."""
    data = NLUData(
        examples=TRAVEL,
        lookups=(Lookup(name="city", elements=("Oslo", "NYC")),),
        synonyms={"nyc": "New York"},
    )
    told = Pipeline.train(CLASSIC, data).explain("book a flight from NYC to Rome")["explanation"]
    return dict(told)


def test_logistic_regression_names_n_grams(explanation: Mapping[str, Any]) -> None:
    """With the featurizer that counted them."""
    reasons = explanation["LogisticRegressionClassifier"]["intent"]
    kinds = {(vote["kind"], vote["text"]) for vote in reasons["features"] if vote["weight"] > 0}

    assert reasons["name"] == "book"
    assert ("CountVectorsFeaturizer", "flight") in kinds


def test_the_crf_names_words_around(explanation: Mapping[str, Any]) -> None:
    found = {entity["value"]: entity for entity in explanation["CRFEntityExtractor"]["entities"]}
    votes = {vote["text"]: vote["weight"] for vote in found["Rome"]["features"]}

    assert found["Rome"]["role"] == "to"
    assert votes["1 before: word to"] > 0


def test_the_regex_extractor_shows_where_an_entity_stands(explanation: Mapping[str, Any]) -> None:
    """In a lookup table, whose elements are not listed, or in a pattern, as it is written."""
    (entity,) = explanation["RegexEntityExtractor"]["entities"]
    assert (entity["entity"], entity["because"]) == ("city", "is in the lookup table city")

    data = NLUData(examples=TRAVEL, regexes=(Regex(name="city", pattern="N[A-Z]C|x{2}"),))
    told = Pipeline.train([{"name": "RegexEntityExtractor"}], data).explain("to NYC")["explanation"]
    assert told["RegexEntityExtractor"]["entities"][0]["because"] == "matches N[A-Z]C|x{2}"


def test_the_synonym_mapper_shows_what_was_said(explanation: Mapping[str, Any]) -> None:
    assert {"entity": "city", "value": "New York", "because": "stands for 'NYC'"} in explanation[
        "EntitySynonymMapper"
    ]["entities"]


def test_each_selector_speaks_for_itself(explanation: Mapping[str, Any]) -> None:
    """Components of one name are told apart by their number."""
    assert explanation["ResponseSelector"]["response"]["name"].startswith("faq/")
    assert explanation["ResponseSelector 2"]["response"]["features"]


def test_the_fallback_names_the_threshold(explanation: Mapping[str, Any]) -> None:
    assert explanation["FallbackClassifier"]["because"].startswith("book has 0.")
    assert explanation["FallbackClassifier"]["because"].endswith(", below 1.0")


def test_an_ambiguous_message_names_both_intents() -> None:
    config = [*CLASSIC[:4], {"name": "FallbackClassifier", "threshold": 0.0, "ambiguity_threshold": 1.0}]
    told = Pipeline.train(config, NLUData(examples=TRAVEL)).explain("rain")["explanation"]

    assert " leads " in told["FallbackClassifier"]["because"]


def test_a_keyword_is_named() -> None:
    pipeline = Pipeline.train([{"name": "KeywordIntentClassifier"}], NLUData(examples=TRAVEL))
    reasons = pipeline.explain("so, who are you then")["explanation"]["KeywordIntentClassifier"]

    assert reasons == {"because": "the keyword 'who are you' is in the text"}


def test_a_message_that_names_its_intent_is_read_as_without_explanation() -> None:
    pipeline = Pipeline.train(CLASSIC, NLUData(examples=TRAVEL))
    told = pipeline.explain("/book", intents=["book"])

    assert told.pop("explanation") == {"RegexMessageHandler": {"because": "the message names the intent"}}
    assert told == pipeline.parse("/book").to_json()
    assert pipeline.explain("/fly", intents=["book"])["intent"]["name"] != "fly"


def test_every_feature_of_a_token_can_be_said_in_words() -> None:
    """Whatever letters it begins with."""
    tokens = [Token(text="+1", start=0, end=2), Token(text="Rome", start=3, end=7, patterns={"city": True})]
    told = feature_names(english()).of(tokens, intent="book")
    said = {in_words(name) for own in told for name in own}

    assert {
        "word like: roman, emperor, rome",
        "word: rome",
        "word before: +0",
        "pattern: city",
        "shape: Xxx",
        "intent: book",
    } <= said
    assert all(": " in words for words in said)
