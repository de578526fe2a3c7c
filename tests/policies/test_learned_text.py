"""How much a message resembles the user texts of end-to-end stories."""

from __future__ import annotations

import pytest

from turnwise.policies.learned_text import KnownTexts

KNOWN = KnownTexts.of(["do you deliver to the island", "can I pay with cheese", "do you pay"])


@pytest.mark.parametrize("text", ["can I pay with cheese", "Can I pay with CHEESE?", "do you pay"])
def test_the_same_words_are_alike(text: str) -> None:
    """Case and punctuation do not count."""
    assert KNOWN.likeness(text) == pytest.approx(1.0)


def test_the_more_words_are_shared_the_more_alike_texts_are() -> None:
    """A slip of the pen costs little, another subject a lot."""
    slip, other_thing, greeting = (
        KNOWN.likeness(text) for text in ("can I pay with chese", "can I pay with a card", "hello")
    )
    assert 1.0 > slip > other_thing > greeting


def test_rare_words_count_more() -> None:
    """`cheese` says more about which text is meant than `pay`, which two texts have."""
    assert KNOWN.rarities["cheese"] > KNOWN.rarities["pay"]


@pytest.mark.parametrize("text", ["", "?!", "ωμέγα"])
def test_what_shares_nothing_is_not_alike(text: str) -> None:
    """Not at all."""
    assert KNOWN.likeness(text) == 0.0


def test_nothing_resembles_no_texts() -> None:
    """A bot without end-to-end stories knows no text."""
    assert not KnownTexts()
    assert KnownTexts().likeness("hello") == 0.0
