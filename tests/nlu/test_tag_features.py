"""What a tagger sees of each token."""

from __future__ import annotations

import pytest

from turnwise.nlu.models.tag_features import feature_names, rows_of, shape_of
from turnwise.nlu.tokenizers.whitespace import tokens_of


@pytest.mark.parametrize(
    ("word", "shape"), [("Rome", "Xxx"), ("USA", "XX"), ("17:30", "dd:dd"), ("x", "x"), ("iPhone7", "xXxxd")]
)
def test_shapes_tell_case_and_digits(word: str, shape: str) -> None:
    """Runs of one kind are cut to two."""
    assert shape_of(word) == shape


def test_a_token_is_seen_by_its_words_letters_and_shapes() -> None:
    """Three words to each side, alone and together; digits are all 0."""
    told = feature_names().of(tokens_of("to Rome at 7"))[1]

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

    assert feature_names().of(tokens, intent="book")[1][-6:] == [
        "xcity", "Xcity", "ibook", "jbook rome", "kbook to", "lbook >1",
    ]  # fmt: skip


def test_features_are_found_where_a_model_has_them() -> None:
    """Those that it does not know stand behind the last."""
    known = ["+0rome", "-1in", "Bnear rome", "pro", "sXxx", "vxx Xxx", "ibook", "kbook in", "xcity"]
    tokens = tokens_of("in Rome")
    tokens[1].patterns = {"city": True}
    expected = [
        [known.index(name) if name in known else len(known) for name in told]
        for told in feature_names().of(tokens, intent="book")
    ]

    assert rows_of(known).of(tokens, intent="book") == expected
    assert set(expected[1]) == {0, 1, 3, 4, 5, 6, 7, 8, 9}
