"""Lookup tables as regular expressions: quick, and with the matches of a plain alternation."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnwise.nlu.patterns import lookup_pattern
from turnwise.project.nlu_data import Lookup

LETTERS = "aAbBıiIİsSſßkK\u212a .-^]["
"""Among them some that a search that ignores case takes for each other."""


def plain(elements: list[str], edge: str) -> str:
    """What Rasa makes of a table."""
    return "(" + "|".join(f"{edge}{re.escape(element)}{edge}" for element in elements) + ")"


@pytest.mark.parametrize("flags", [0, re.IGNORECASE])
@pytest.mark.parametrize("word_boundaries", [True, False])
@given(
    elements=st.lists(st.text(LETTERS, min_size=1, max_size=3), min_size=1, max_size=6),
    text=st.text(LETTERS, max_size=12),
)
def test_a_table_matches_what_a_plain_alternation_does(
    flags: int, word_boundaries: bool, elements: list[str], text: str
) -> None:
    """At the same places, the earlier element first."""
    own = lookup_pattern(Lookup(name="l", elements=tuple(elements)), word_boundaries=word_boundaries)
    rasas = plain(elements, r"\b" if word_boundaries else "")

    assert [match.span() for match in re.finditer(own, text, flags)] == [
        match.span() for match in re.finditer(rasas, text, flags)
    ]


def test_elements_that_begin_alike_stand_behind_one_look() -> None:
    """So that of a long table only few are tried at each position."""
    table = Lookup(name="l", elements=("Rome", "Oslo", "rio"))

    assert lookup_pattern(table, word_boundaries=False) == "((?=[Rr])(?:Rome|rio)|(?=[O])(?:Oslo))"
