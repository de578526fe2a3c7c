"""Misspelt words are read as the known ones that were meant, and nothing else is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.nlu.sentences import TRAVEL
from turnwise.nlu import Message, Pipeline, Token
from turnwise.nlu.models.spelling import Spelling
from turnwise.nlu.models.word_vectors import english
from turnwise.nlu.tokenizers.whitespace import tokens_of
from turnwise.project.nlu_data import NLUData

FEATURIZERS: list[Mapping[str, Any]] = [{"name": "WhitespaceTokenizer"}, {"name": "CountVectorsFeaturizer"}]
TEXTS = ("set the alarm for Friday", "set a timer", "is the alarm on", "wie spät ist es in Köln")


def tokenized(text: str) -> Message:
    return Message(text, tokens=tokens_of(text))


def spelling() -> Spelling:
    return Spelling.learned(map(tokenized, TEXTS))


def meant(text: str, known: Spelling | None = None) -> list[str]:
    return [token.text for token in (known or spelling()).meant(tokens_of(text))]


@pytest.mark.parametrize("written", ["alam", "alarrm", "alatm", "alram"])
def test_a_word_one_letter_away_is_meant(written: str) -> None:
    """A letter left out, added or exchanged, and two swapped."""
    assert meant(f"set the {written}") == ["set", "the", "alarm"]


@pytest.mark.parametrize(
    ("written", "read"),
    [("Alamr", "Alarm"), ("ALAMR", "ALARM"), ("friady", "friday"), ("spat", "spät"), ("Kölln", "Köln")],
)
def test_capitals_stay_as_they_are_written(written: str, read: str) -> None:
    """They tell the tagger names from other words; and accents are letters like others."""
    assert meant(written) == [read]


@pytest.mark.parametrize("written", ["alarm", "snooze", "st", "al4rm", "allarmm", "x" * 500])
def test_other_words_stay(written: str) -> None:
    """Known ones, those too far from any, short ones, and those with anything but letters."""
    assert meant(written) == [written]


def test_the_more_frequent_word_is_meant() -> None:
    """Where two are as near."""
    assert meant("timed", Spelling.of(["timer", "times"])) == ["timer"]
    assert meant("timed", Spelling.of(["times", "timer"])) == ["times"]


def test_words_written_as_one_are_two_and_a_word_cut_in_two_is_one() -> None:
    """With the offsets of what was written, so that entities end where their words do."""
    tokens = spelling().meant(tokens_of("set thealarm on Fri day"))

    assert [(token.text, token.start, token.end) for token in tokens] == [
        ("set", 0, 3), ("the", 4, 7), ("alarm", 7, 12), ("on", 13, 15), ("Friday", 16, 23),
    ]  # fmt: skip


def test_words_of_the_language_are_spelt_rightly_too() -> None:
    """They are never taken for one of the training texts, and may be meant themselves."""
    with_english = Spelling.learned(map(tokenized, TEXTS), english())

    assert meant("times", spelling()) == ["timer"]
    assert meant("times", with_english) == ["times"]
    assert meant("tomorow", with_english) == ["tomorrow"]
    assert meant("tomorow", spelling()) == ["tomorow"]


def test_entities_are_read_by_the_words_of_the_training_texts_only() -> None:
    """Names are near many another word of the language."""
    known = Spelling.learned(map(tokenized, TEXTS), english())

    assert [token.text for token in known.meant(tokens_of("tomorow alrm"), own=True)] == ["tomorow", "alarm"]


def test_what_a_lookup_table_knows_is_not_misspelt() -> None:
    """The author of the table has spelt it so."""
    token = Token(text="alarn", start=0, end=5, patterns={"device": True})

    assert spelling().meant([token]) == [token]


def test_letters_are_not_exchanged_where_there_are_thousands() -> None:
    """In such a script each of them is a word, and to try all would take long."""
    known = Spelling.of(["".join(map(chr, range(start, start + 8))) for start in range(0x4E00, 0x5000, 8)])

    assert known.alphabet == ""


def test_a_text_of_many_unknown_words_is_not_misspelt() -> None:
    """It is in another language, or sent to keep the server busy."""
    assert meant("alam " * 50) == ["alarm"] * 50
    assert meant("alam " * 51) == ["alam"] * 51


def test_growing_keeps_what_was_known() -> None:
    """Words of new texts are added behind those known before."""
    grown = Spelling.of(["timer"]).grown([tokenized("times times")])

    assert list(grown.ranks) == ["timer", "times"]
    assert Spelling.load(grown.dump()) == grown


def test_response_keys_are_chosen_by_what_is_meant() -> None:
    """A selector would have nothing to go by in words that nobody has ever written so."""
    config = [*FEATURIZERS, {"name": "ResponseSelector"}]
    pipeline = Pipeline.train(config, NLUData(examples=TRAVEL))

    read, written = (pipeline.parse(text).selectors for text in ("your name", "yuor nmae"))

    assert read is not None
    assert read == written


@pytest.mark.parametrize("spelling", [True, False])
def test_misspelt_entities_are_found_where_they_stand(spelling: bool) -> None:
    """In a stored model too, unless the setting says no; the value is what the user wrote."""
    config = [*FEATURIZERS, {"name": "DIETClassifier", "spelling": spelling}]
    pipeline = Pipeline.load(config, Pipeline.train(config, NLUData(examples=TRAVEL)).dump())
    text = "a tikcet from San Fran cisco toLisbon"

    entities = pipeline.parse(text).entities

    found = [(entity.value, text[entity.start : entity.end]) for entity in entities]
    assert (found == [("San Fran cisco", "San Fran cisco"), ("Lisbon", "Lisbon")]) == spelling
