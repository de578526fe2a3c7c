"""The changed copies of test messages, on which `python -m bench.nlu --noise` measures."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.nlu_noise import KINDS, add_changed
from bench.nlu_score import copies
from turnwise.project.nlu_data import Example
from turnwise.project.nlu_file import load_nlu

TEXT = "Straße gesperrt: Don't drive to [San Francisco](city) - leave at [5:30](time)!"


@pytest.fixture
def changed(tmp_path: Path) -> dict[str, Example]:
    """One message, by what was done to it."""
    content = f'version: "3.1"\nnlu:\n- intent: warn\n  examples: |\n    - {TEXT}\n'
    (tmp_path / "test.yml").write_text(content, encoding="utf-8")
    add_changed(tmp_path)
    return {kind: load_nlu(path).examples[0] for kind, path in copies(tmp_path)}


def test_each_kind_has_its_copy(changed: dict[str, Example]) -> None:
    """And in none of them the message is as it was."""
    plain = "Straße gesperrt: Don't drive to San Francisco - leave at 5:30!"

    assert set(changed) == set(KINDS)
    assert plain not in {example.text for example in changed.values()}


def test_spans_follow_the_text(changed: dict[str, Example]) -> None:
    """Also where a character became two, or none."""
    spans = {
        kind: [(example.text[span.start : span.end], span.value) for span in example.entities]
        for kind, example in changed.items()
    }

    assert changed["upper"].text.startswith("STRASSE")
    assert spans["upper"] == [("SAN FRANCISCO", "SAN FRANCISCO"), ("5:30", "5:30")]
    assert spans["unpunctuated"] == [("San Francisco", "San Francisco"), ("5:30", "5:30")]
    assert all(len(own) == 2 and all(text == value for text, value in own) for own in spans.values())


def test_punctuation_goes_except_in_numbers(changed: dict[str, Example]) -> None:
    """No blank is left twice where it stood."""
    assert changed["unpunctuated"].text == "Straße gesperrt Dont drive to San Francisco leave at 5:30"


@pytest.mark.parametrize(
    ("kind", "words", "letters"), [("joined", -1, 0), ("cut", 1, 0), ("two-typos", 0, 2)]
)
def test_only_so_much_is_changed(changed: dict[str, Example], kind: str, words: int, letters: int) -> None:
    """One blank more or less; or as many letters more or less as there are typos, at most."""
    before, after = changed["lower"].text, changed[kind].text

    assert len(after.split()) - len(before.split()) == words
    assert abs(len(after.replace(" ", "")) - len(before.replace(" ", ""))) <= letters


def test_every_run_draws_the_same(changed: dict[str, Example], tmp_path: Path) -> None:
    """So that engines, and versions of one, are measured on the same messages."""
    add_changed(tmp_path)

    assert {kind: load_nlu(path).examples[0] for kind, path in copies(tmp_path)} == changed
