"""Entities as tags and back, by Rasa's rules."""

from __future__ import annotations

import pytest

from tests.nlu.sentences import example
from turnwise.nlu.bilou import Splitting, Tagging, entities_of, gold_tags, misaligned, repaired
from turnwise.nlu.tokenizers.whitespace import tokens_of


def found(text: str, *tags: str, split: bool | dict[str, bool] = True) -> list[tuple[str, str]]:
    """Entity and value of what the tags stand for."""
    tagging = Tagging(tags=list(tags), confidences=[0.9] * len(tags))
    entities = entities_of(
        text, tokens_of(text), {"entity": tagging}, splitting=Splitting.configured(split), extractor="x"
    )
    return [(entity.entity, entity.value) for entity in entities]


def test_spans_become_tags() -> None:
    """Begin, Inside, Last for several tokens, Unit for one."""
    own = example("from [New York City](city#from) to [Rome](city#to)")
    tokens = tokens_of(own.text)

    assert gold_tags(tokens, own.entities, "entity") == ["O", "B-city", "I-city", "L-city", "O", "U-city"]
    assert gold_tags(tokens, own.entities, "role") == ["O", "B-from", "I-from", "L-from", "O", "U-to"]
    assert gold_tags(tokens, own.entities, "group") == ["O"] * 6
    assert gold_tags(tokens, own.entities, "entity", bilou=False) == [
        "O",
        "city",
        "city",
        "city",
        "O",
        "city",
    ]


def test_spans_within_a_token_are_named_not_tagged() -> None:
    """A tagger cannot learn from them."""
    own = example("over[night](time) please")

    assert gold_tags(tokens_of(own.text), own.entities, "entity") == ["O", "O"]
    assert misaligned(tokens_of(own.text), own.entities) == list(own.entities)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (["B-a", "I-a", "O"], ["B-a", "L-a", "O"]),
        (["B-a", "O", "O"], ["U-a", "O", "O"]),
        (["B-a", "I-b", "L-b"], ["B-b", "I-b", "L-b"]),
        (["B-a", "I-a", "I-a"], ["B-a", "I-a", "L-a"]),
        (["I-a", "L-a", "O"], ["I-a", "L-a", "O"]),
    ],
)
def test_tags_out_of_order_are_repaired(tags: list[str], expected: list[str]) -> None:
    """What a B- opens is closed, and has one label: the one most sure and most frequent."""
    assert repaired(Tagging(tags=tags, confidences=[0.9] * 3)).tags == expected


def test_relabelled_tokens_get_the_score_of_the_label() -> None:
    """The harmonic mean of average confidence and share of tokens, to two digits."""
    mended = repaired(Tagging(tags=["B-a", "I-b", "L-b"], confidences=[0.5, 0.8, 0.9]))

    assert mended.confidences == [0.75, 0.8, 0.9]


def test_neighbouring_tokens_of_one_entity_are_one_value() -> None:
    """With at most one character between them."""
    assert found("to New York now", "O", "B-city", "L-city", "O") == [("city", "New York")]
    assert found("Rome Paris", "U-city", "U-city") == [("city", "Rome"), ("city", "Paris")]


@pytest.mark.parametrize(
    ("split", "values"),
    [
        (True, ["Main St", "Rome"]),
        (False, ["Main St, Rome"]),
        ({"place": False}, ["Main St, Rome"]),
        ({"other": False}, ["Main St", "Rome"]),
    ],
)
def test_punctuation_splits_unless_told_otherwise(split: bool | dict[str, bool], values: list[str]) -> None:
    """A map says for which entities it does not; the others are split."""
    text = "Main St, Rome"

    assert [value for _, value in found(text, "B-place", "I-place", "L-place", split=split)] == values


def test_an_empty_text_is_no_entity() -> None:
    """Though it has a token, which may be tagged."""
    assert found("", "U-city") == []


def test_another_role_begins_another_entity() -> None:
    """Roles and groups have their own tags and confidences; an entity's is its least sure token's."""
    text = "Rome Paris"
    taggings = {
        "entity": Tagging(tags=["B-city", "L-city"], confidences=[0.9, 0.8]),
        "role": Tagging(tags=["U-from", "U-to"], confidences=[0.7, 0.6]),
        "group": Tagging(tags=["O", "O"], confidences=[1.0, 1.0]),
    }
    entities = entities_of(
        text, tokens_of(text), taggings, splitting=Splitting.configured(True), extractor="x"
    )

    shared = {"entity": "city", "extractor": "x"}
    assert [entity.to_json() for entity in entities] == [
        shared
        | {
            "start": 0,
            "end": 4,
            "value": "Rome",
            "confidence_entity": 0.9,
            "role": "from",
            "confidence_role": 0.7,
        },
        shared
        | {
            "start": 5,
            "end": 10,
            "value": "Paris",
            "confidence_entity": 0.8,
            "role": "to",
            "confidence_role": 0.6,
        },
    ]
