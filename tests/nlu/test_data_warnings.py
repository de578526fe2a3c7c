"""Weaknesses of training data, each with its place and a remedy."""

from __future__ import annotations

from tests.nlu.sentences import example, examples
from turnwise.errors import Place
from turnwise.nlu import data_warnings
from turnwise.project.nlu_data import Example, NLUData

GOOD = (*examples(of="greet", texts="hi\nhello\nhey you"), *examples(of="bye", texts="bye\ngoodbye\nsee you"))


def problems(*own: Example, in_stories: tuple[str, ...] | None = None) -> list[str]:
    return [
        warning.problem for warning in data_warnings(NLUData(examples=(*GOOD, *own)), in_stories=in_stories)
    ]


def test_good_data_have_no_warnings() -> None:
    """Nor has an empty project."""
    assert problems() == []
    assert data_warnings(NLUData()) == []


def test_the_same_words_under_two_intents() -> None:
    """Case and punctuation do not make them different; both places are named."""
    own = example("See you!", "greet", line=9)

    assert problems(own) == ["'See you!' stands under 'greet' and, at nlu.yml, under 'bye'"]


def test_an_intent_with_few_examples() -> None:
    """At the place of the first."""
    own = (example("help", "help", line=3), example("help me", "help", line=4))
    (warning,) = data_warnings(NLUData(examples=(*GOOD, *own)))

    assert warning.problem == "the intent 'help' has only 2 examples"
    assert warning.place == Place("nlu.yml", 3)
    assert (
        str(warning) == "nlu.yml:3: the intent 'help' has only 2 examples\n  fix: add others, in other words"
    )


def test_spans_that_cut_words() -> None:
    """Nothing can be learned from them."""
    own = (example("hi over[night](time)", "greet"), example("hey [night](time)", "greet"))

    assert problems(*own) == ["'night' (time) does not begin and end with a word in 'hi overnight'"]


def test_labels_that_occur_once() -> None:
    """Entities, roles and groups."""
    own = (example("hi [Ann](name#caller)", "greet"), example("hello [Bob](name)", "greet"))

    assert problems(*own) == ["the role 'caller' is annotated only once"]


def test_words_that_are_usually_another_entity() -> None:
    """Probably a slip of the annotator."""
    usual = tuple(example(f"hi [Ann](name) {word}", "greet") for word in ("a", "b", "c", "d", "e"))
    slips = (example("hello [ann](city)", "greet"), example("hello [Rome](city)", "greet"))

    assert problems(*usual, *slips) == ["'ann' is annotated as 'city' here, and 5 times as 'name'"]


def test_intents_that_no_story_uses() -> None:
    """When told which ones stories use."""
    assert problems(in_stories=("greet",)) == ["the intent 'bye' occurs in no story or rule"]
