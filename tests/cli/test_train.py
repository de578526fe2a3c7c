"""`rasa train`: how it ends, which scripts go by."""

from __future__ import annotations

from pathlib import Path

import pytest

from turnwise.cli import main as cli

CONFIG = """recipe: default.v1
language: en
assistant_id: a
pipeline:
- name: WhitespaceTokenizer
- name: EncoderFeaturizer
  model: no/such
- name: DIETClassifier
"""
EXAMPLES = """nlu:
- intent: greet
  examples: |
    - hello
    - good day
- intent: bye
  examples: |
    - so long
    - goodbye
"""


@pytest.fixture
def project(folder: Path) -> Path:
    """A project whose encoder is not there."""
    (folder / "data").mkdir()
    (folder / "config.yml").write_text(CONFIG, encoding="utf-8")
    (folder / "data" / "nlu.yml").write_text(EXAMPLES, encoding="utf-8")
    (folder / "domain.yml").write_text("intents: [greet, bye]\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize("words", [["train"], ["train", "nlu"]])
def test_a_training_that_failed_says_so(
    project: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(words) == 1
    assert "no/such" in capsys.readouterr().err
    assert not (project / "models").exists()


def test_nothing_to_do_is_no_failure_of_a_part(project: Path) -> None:
    """As in Rasa: only who trains everything must have something."""
    (project / "data" / "nlu.yml").unlink()

    assert cli.main(["train", "nlu"]) == 0
    assert cli.main(["train"]) == 1
