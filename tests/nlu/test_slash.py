"""Messages such as `/order{"size": "large"}`; the cases are those of Rasa 3.6."""

from __future__ import annotations

import pytest

from turnwise.nlu.slash import slash_message


@pytest.mark.parametrize(
    ("text", "name", "confidence"),
    [
        ("/greet", "greet", 1.0),
        ("  /greet ", "greet", 1.0),
        ("/ greet", "greet", 1.0),
        ("/greet@0.4", "greet", 0.4),
        ("/greet @0.4", "greet", 0.4),
        ("/greet@7", "greet", 1.0),
        ("/greet@.5.5", "greet", 0.0),
        ("/greet@x", "greet", 1.0),
        ('/greet {"a": 1} and more', "greet", 1.0),
        ("/greet{broken}", "greet", 1.0),
        ("/greet hello", "greet hello", 1.0),
        ("/faq/ask_name", "faq/ask_name", 1.0),
    ],
)
def test_the_intent_is_what_stands_before_confidence_and_entities(
    text: str, name: str, confidence: float
) -> None:
    """Blanks do not matter, confidences are brought into [0, 1], what follows is ignored."""
    message = slash_message(text)

    assert message is not None
    assert message.to_json() == {
        "text": text.strip(),
        "intent": {"name": name, "confidence": confidence},
        "intent_ranking": [{"name": name, "confidence": confidence}],
        "entities": message.to_json()["entities"],
    }


@pytest.mark.parametrize("text", ["/", "hi /greet", "greet", "", "/{}"])
def test_other_texts_are_a_users_words(text: str) -> None:
    """Without a slash and a name there is nothing to spell out."""
    assert slash_message(text) is None


def test_each_key_is_an_entity_and_lists_give_several() -> None:
    """Values keep their JSON type; start and end cover the whole JSON part."""
    message = slash_message('/order{"size": "large", "n": [1, {"a": null}]}')

    assert message is not None
    span = {"start": 6, "end": 46, "extractor": "RegexMessageHandler"}
    assert message.to_json()["entities"] == [
        {"entity": "size", "value": "large", **span},
        {"entity": "n", "value": 1, **span},
        {"entity": "n", "value": {"a": None}, **span},
    ]


@pytest.mark.parametrize("text", ["/greet{broken}", "/greet[1]", '/greet{"a"}'])
def test_what_is_no_json_object_gives_no_entities(text: str) -> None:
    """The intent is kept all the same."""
    message = slash_message(text)

    assert message is not None
    assert message.entities == []


def test_the_domain_decides_what_is_known() -> None:
    """An unknown intent makes an ordinary text of it; an unknown entity is dropped."""
    assert slash_message("/fly", intents=["greet"]) is None
    message = slash_message('/greet{"a": 1, "b": 2}', intents=["greet"], entities=["b"])

    assert message is not None
    assert [entity.entity for entity in message.entities] == ["b"]
