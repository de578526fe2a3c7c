"""What a tagger sees of each token."""

from __future__ import annotations

import pytest

from turnwise.nlu.models.tag_features import TokenFeatures, features_of_tokens, shape_of
from turnwise.nlu.tokenizers.whitespace import tokens_of


@pytest.mark.parametrize(
    ("word", "shape"), [("Rome", "Xxx"), ("USA", "XX"), ("17:30", "dd:dd"), ("x", "x"), ("iPhone7", "xXxxd")]
)
def test_shapes_tell_case_and_digits(word: str, shape: str) -> None:
    """Runs of one kind are cut to two."""
    assert shape_of(word) == shape


def test_a_token_is_seen_by_its_words_letters_and_shapes() -> None:
    """Three words to each side, alone and together; digits are all 0."""
    told = features_of_tokens(tokens_of("to Rome at 7"))[1]

    assert told == [
        "-3<2", "-2<1", "-1to", "+0rome", "+1at", "+20", "+3>1",
        "Ato rome", "Brome at", "C<1 to", "Dat 0", "Eto at", "F<2 <1 to", "Gat 0 >1",
        "pr", "pro", "prom", "prome", "qe", "qme", "qome", "qrome", "Pto", "Qto", "Rat", "Sat",
        "sXxx", "txx", "uxx", "vxx Xxx", "wXxx xx",
    ]  # fmt: skip


def test_patterns_and_the_intent_are_features_too() -> None:
    """A pattern in two ways; the intent alone, and with each word around."""
    tokens = tokens_of("to Rome")
    tokens[1].patterns = {"city": True, "zip": False}

    assert features_of_tokens(tokens, intent="book")[1][-6:] == [
        "xcity", "Xcity", "ibook", "jbook rome", "kbook to", "lbook >1",
    ]  # fmt: skip


def test_features_stand_for_what_a_model_knows_of_them() -> None:
    """The same, however often a word was met."""
    places = {name: index for index, name in enumerate(features_of_tokens(tokens_of("to Rome"))[1])}
    features = TokenFeatures(lambda names: [places[name] for name in names if name in places], known=places)
    expected = [[places[n] for n in own if n in places] for own in features_of_tokens(tokens_of("in Rome"))]

    assert [features.of(tokens_of("in Rome")) for _ in range(2)] == [expected, expected]


def test_only_usual_spellings_of_known_words_are_noted() -> None:
    """What users write besides, such as numbers, takes no memory, however much it is."""
    known = {"+0rome", "+00000"}
    features = TokenFeatures(list, known=known)
    for text in ("Rome ROME rome rOme", "1234 7890", "Atlantis"):
        features.of(tokens_of(text))

    assert set(features._noted) == {"Rome", "ROME", "rome"}
