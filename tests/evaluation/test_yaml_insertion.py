"""Adding to YAML files: what stands in them stays as it is."""

from __future__ import annotations

import pytest
import yaml

from turnwise.errors import ProjectError
from turnwise.evaluation.yaml_insertion import with_examples, with_items

FILE = """# heading
intents:  # what users mean
  - greet

  # of farewell
  - bye

# the words
responses:
  utter_hi:
  - text: "Hi"   # short
"""


def test_items_are_added_at_the_end_of_their_section() -> None:
    """In the file's own layout; comments, quotes and order are left alone."""
    text = with_items(FILE, "intents", ["- thank", "- ask"])
    assert text.split("# the words")[0].endswith("  - bye\n\n  - thank\n\n  - ask\n\n")
    assert [line for line in FILE.split("\n") if line not in text.split("\n")] == []
    assert yaml.safe_load(text)["intents"] == ["greet", "bye", "thank", "ask"]


def test_mappings() -> None:
    """Keys are added likewise."""
    text = with_items(FILE, "responses", ["utter_bye:\n- text: Bye"])
    assert yaml.safe_load(text)["responses"]["utter_bye"] == [{"text": "Bye"}]
    assert text.startswith(FILE)


@pytest.mark.parametrize("text", ["", "version: '3.1'\n", "version: '3.1'", "intents:\n", "intents: []\n"])
def test_a_section_that_is_missing_or_empty(text: str) -> None:
    """It is made, or filled."""
    assert yaml.safe_load(with_items(text, "intents", ["- greet"]))["intents"] == ["greet"]


def test_a_section_in_one_line() -> None:
    """The file is not changed behind its author's back."""
    with pytest.raises(ProjectError, match=r"domain.yml:1: intents: nothing can be added"):
        with_items("intents: [greet]\n", "intents", ["- bye"], file="domain.yml")


def test_nothing_to_add() -> None:
    assert with_items(FILE, "actions", []) == FILE


NLU = """nlu:
  - intent: greet  # hello
    examples: |
      - hi
      - hello

  - intent: "bye"
    metadata: {x: 1}
    examples: |
      - bye
  - intent: plain
    examples:
      - text: plain
"""


@pytest.mark.parametrize("intent", ["greet", "bye"])
def test_examples_are_added_to_the_block_of_their_intent(intent: str) -> None:
    text = with_examples(NLU, intent, ["new one"])
    assert text is not None
    blocks = {item["intent"]: item["examples"] for item in yaml.safe_load(text)["nlu"]}
    assert blocks[intent].rstrip().endswith("- new one")
    assert text.replace("      - new one\n", "") == NLU


@pytest.mark.parametrize("intent", ["ask", "plain"])
def test_blocks_that_cannot_be_added_to(intent: str) -> None:
    """There is none, or it is a list of another kind."""
    assert with_examples(NLU, intent, ["new one"]) is None
