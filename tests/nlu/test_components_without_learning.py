"""Keyword, fallback, regex and synonym components: what they find, exactly as Rasa 3.6."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.nlu.sentences import example
from turnwise.errors import ProjectError
from turnwise.nlu import Intent, Message, Pipeline
from turnwise.nlu.classifiers.fallback import FallbackClassifier, FallbackSettings
from turnwise.nlu.classifiers.keyword import KeywordIntentClassifier
from turnwise.project.nlu_data import Lookup, NLUData, Regex

DATA = NLUData(
    examples=(
        example("order", "order"),
        example("order [soup](dish)", "order"),
        example("I want [noodle soup](dish=soup)", "order"),
        example("travel to [12345](zip)", "travel"),
        example("go to [berlin](city=Berlin)", "travel"),
        example("hi", "hi"),
    ),
    synonyms={"nyc": "New York", "noodle soup": "soup", "berlin": "Berlin"},
    regexes=(Regex(name="not_an_entity", pattern="x+"), Regex(name="zip", pattern=r"\d{5}")),
    lookups=(
        Lookup(name="city", elements=("Rome", "New York", "nyc")),
        Lookup(name="dish", elements=("soup", "soup bowl")),
    ),
)


def trained(*config: Mapping[str, Any], data: NLUData = DATA) -> Pipeline:
    """A pipeline that went through a model archive."""
    return Pipeline.load(config, Pipeline.train(config, data).dump())


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("order now", "order"),
        ("please order, hi", "order"),
        ("reorder", None),
        ("Order", None),
        ("go to berlin or hi", "travel"),
    ],
)
def test_the_first_keyword_in_training_order_decides(text: str, intent: str | None) -> None:
    """Keywords match whole words, in their own case unless told otherwise."""
    message = trained({"name": "KeywordIntentClassifier"}).parse(text)

    assert message.to_json() == {
        "text": text,
        "intent": {"name": intent, "confidence": 1.0 if intent else 0.0},
        "entities": [],
    }


def test_keywords_may_ignore_case_and_be_regexes() -> None:
    """A training text is a regular expression."""
    data = NLUData(examples=(example("gr[ae]y", "colour"), example("hello you", "hi")))
    pipeline = trained({"name": "KeywordIntentClassifier", "case_sensitive": False}, data=data)

    assert [pipeline.parse(text).intent.name for text in ("GREY!", "Hello YOU", "hello me")] == [
        "colour",
        "hi",
        None,
    ]


def test_contested_keywords_are_dropped() -> None:
    """Claimed by two intents, or part of another intent's keyword: nobody gets it."""
    data = NLUData(examples=(example("a", "x"), example("a", "y"), example("b", "x"), example("b c", "y")))
    classifier = Pipeline.train([{"name": "KeywordIntentClassifier"}], data).components[0]

    assert isinstance(classifier, KeywordIntentClassifier)
    assert classifier.keywords_ == {"b c": "y"}


def test_an_unreadable_keyword_names_its_place() -> None:
    """The error says where the example stands."""
    with pytest.raises(ProjectError, match=r"nlu\.yml:7: 'why \(' serves as keyword"):
        trained({"name": "KeywordIntentClassifier"}, data=NLUData(examples=(example("why (", "x", line=7),)))


def test_regexes_and_lookups_find_the_entities_they_are_named_after() -> None:
    """File order decides between elements at one position; patterns of no entity find nothing."""
    found = trained({"name": "RegexEntityExtractor"}).parse("xx ROME 10115 soup bowl Romex").entities

    assert [(entity.entity, entity.value, entity.start, entity.end) for entity in found] == [
        ("zip", "10115", 8, 13),
        ("city", "ROME", 3, 7),
        ("dish", "soup", 14, 18),
    ]


def test_an_invalid_regex_stops_training_and_names_its_line() -> None:
    """Even when the entity it names does not exist."""
    with pytest.raises(ProjectError, match="regex 'r' does not compile"):
        trained({"name": "RegexEntityExtractor"}, data=NLUData(regexes=(Regex(name="r", pattern="("),)))


def test_synonyms_rewrite_values_whatever_their_case() -> None:
    """A canonical value in another case is rewritten too, and every rewriting leaves its trace."""
    pipeline = trained({"name": "RegexEntityExtractor"}, {"name": "EntitySynonymMapper"})
    found = pipeline.parse("NYC new york SOUP rome").to_json()["entities"]

    assert [(entity["value"], entity.get("processors")) for entity in found] == [
        ("New York", ["EntitySynonymMapper"]),
        ("New York", ["EntitySynonymMapper"]),
        ("rome", None),
        ("soup", ["EntitySynonymMapper"]),
    ]


def test_slash_entities_are_not_mapped() -> None:
    """The message says what it means."""
    pipeline = trained({"name": "EntitySynonymMapper"})

    assert pipeline.parse('/travel{"city": "nyc"}').entities[0].value == "nyc"


@pytest.mark.parametrize(
    ("confidences", "falls_back"),
    [((0.5, 0.2), False), ((0.29, 0.1), True), ((0.3, 0.1), False), ((0.6, 0.55), True), ((0.3,), False)],
)
def test_fallback_comes_first_when_the_best_intent_is_in_doubt(
    confidences: tuple[float, ...], falls_back: bool
) -> None:
    """Below the threshold, or too close to the second; both bounds themselves are still trusted."""
    ranking = [
        Intent(name=f"i{index}", confidence=confidence) for index, confidence in enumerate(confidences)
    ]
    message = Message("text", intent=ranking[0], ranking=ranking)
    FallbackClassifier(FallbackSettings()).process(message)

    fallback = Intent(name="nlu_fallback", confidence=0.3)
    assert message.intent == (fallback if falls_back else ranking[0])
    assert message.ranking == ([fallback] if falls_back else []) + ranking


def test_fallback_makes_no_ranking_where_there_is_none() -> None:
    """As after KeywordIntentClassifier; the explanation knows that nothing was found."""
    pipeline = trained({"name": "KeywordIntentClassifier"}, {"name": "FallbackClassifier"})
    found = pipeline.explain("no such words")

    assert found["intent"] == {"name": "nlu_fallback", "confidence": 0.3}
    assert "intent_ranking" not in found
    assert found["explanation"]["FallbackClassifier"]["because"] == "no intent was found"
