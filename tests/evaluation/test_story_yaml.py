"""Stories laid out as ruamel.yaml, which Rasa writes with, lays them out."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString

from turnwise.evaluation.story_yaml import Literal, WrittenStep, WrittenStory, stories_document

VALUES: list[Any] = [
    "utter_greet",
    "yes",
    "null",
    "True",
    "1:30",
    "2020-01-01",
    "012",
    "1.5",
    "1e3",
    "0o7",
    "12_3",
    "",
    "a: b",
    "#x",
    "a # b",
    "- x",
    "trailing ",
    "@x",
    "!x",
    "{a}",
    "=",
    "<<",
    "äöü 😀",
    'q"x',
    "'s",
    "it's: x",
    "'a' \"b\": c",
    "a\tb",
    "two\nlines",
    "a" * 300 + " b",
    True,
    None,
    7,
    1.5,
    [],
    {},
    [1, [2, "3"]],
    {"a": [{"b": None}]},
]


def theirs(step: dict[str, Any]) -> str:
    yaml = YAML()
    yaml.width = 4096
    yaml.representer.add_representer(
        type(None), lambda self, _: self.represent_scalar("tag:yaml.org,2002:null", "null")
    )
    stream = StringIO()
    yaml.dump({"stories": [{"story": "s", "steps": [step]}]}, stream)
    return stream.getvalue()


def ours(step: WrittenStep) -> str:
    return stories_document([WrittenStory(name="s", steps=[step])]).partition("\n")[2]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_values(value: Any) -> None:
    """Each value is quoted, or not, as ruamel does it."""
    step = {"slot_was_set": [{"slot": value}], "action": value if isinstance(value, str) else "x"}
    assert ours(WrittenStep(content=step)) == theirs(step)


@pytest.mark.parametrize("text", ["hello", "two\nlines", " indented", "# no comment", "a: b"])
def test_words_of_users(text: str) -> None:
    """They are blocks, whatever they hold."""
    assert ours(WrittenStep(content={"user": Literal(text)})) == theirs({"user": LiteralScalarString(text)})


def test_remarks() -> None:
    """They stand behind the value they are about, two columns apart, in one line."""
    entities = [WrittenStep(content={"city": "Rome"}, remarks={"city": "predicted: country: Rome"})]
    step = WrittenStep(
        content={"intent": "fly", "entities": entities, "action": "utter"},
        remarks={"intent": "predicted: stay: two\nlines", "action": "predicted: other"},
    )
    assert ours(step).split("\n")[3:] == [
        "  - intent: fly  # predicted: stay: two lines",
        "    entities:",
        "    - city: Rome  # predicted: country: Rome",
        "    action: utter  # predicted: other",
        "",
    ]


def test_a_document_without_stories() -> None:
    """The version is all there is."""
    assert stories_document([]) == 'version: "3.1"\n'
