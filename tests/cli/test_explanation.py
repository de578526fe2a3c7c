"""Explanations in the terminal: what was understood, and what decided, in words."""

from __future__ import annotations

from typing import Any

from turnwise.cli.explanation import explained, features

ENTITY = {"entity": "city", "role": "to", "start": 0, "end": 3, "value": "New York", "confidence_entity": 0.9}
PARSE: dict[str, Any] = {
    "text": "NYC",
    "intent": {"name": "fly", "confidence": 0.876},
    "entities": [ENTITY | {"extractor": "DIETClassifier", "processors": ["EntitySynonymMapper"]}],
    "explanation": {},
}


def shown(**explanation: Any) -> list[str]:
    """The lines below what was understood."""
    return explained(PARSE | {"explanation": explanation})[2:-1]


def test_first_comes_what_was_understood() -> None:
    assert explained(PARSE) == [
        "intent   fly 0.88",
        "entity   city, to = New York 0.90, by DIETClassifier, EntitySynonymMapper",
        "",
    ]


def test_votes_for_and_against_an_intent_have_their_weight() -> None:
    votes = [{"kind": "words", "text": "to", "weight": 1.5}, {"kind": "words", "text": "x", "weight": -0.25}]
    reasons = {"intent": {"name": "fly", "against": "walk", "features": votes}}

    assert shown(DIETClassifier=reasons) == [
        "",
        "DIETClassifier",
        "  why 'fly' and not 'walk'",
        "      +1.50  words: to",
        "      -0.25  words: x",
    ]


def test_entities_have_features_or_a_reason() -> None:
    label = {"entity": "city", "role": "to", "value": "New York"}
    learned = label | {"features": [{"text": "word before: to", "weight": 2.0}]}
    mapped = label | {"because": "stands for 'NYC'"}

    assert shown(DIETClassifier={"entities": [learned]}, EntitySynonymMapper={"entities": [mapped]}) == [
        "",
        "DIETClassifier",
        "  why 'New York' is 'city, to'",
        "      +2.00  word before: to",
        "",
        "EntitySynonymMapper",
        "  why 'New York' is 'city, to': it stands for 'NYC'",
    ]


def test_a_response_matters_only_under_its_intent() -> None:
    """Selectors rank the responses to every message."""
    reasons = {"response": {"name": "faq/a", "against": "faq/b", "features": []}}

    assert shown(ResponseSelector=reasons) == []
    asked = PARSE | {
        "intent": {"name": "faq", "confidence": 1.0},
        "explanation": {"ResponseSelector": reasons},
    }
    assert "  why 'faq/a' and not 'faq/b'" in explained(asked)


def test_rules_give_their_reason() -> None:
    assert shown(FallbackClassifier={"because": "fly has 0.20, below 0.3"})[2:] == [
        "  because fly has 0.20, below 0.3"
    ]


def test_reasons_of_policies_say_when_it_was() -> None:
    vote = {"kind": "intent", "text": "deny", "when": "2 turns ago", "weight": 0.5}

    assert list(features([vote])) == ["      +0.50  intent: deny, 2 turns ago"]
