"""NLU data in other formats: read with a notice, and what is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from turnwise.errors import ProjectError
from turnwise.project.findings import Findings
from turnwise.project.nlu_data import EntitySpan, NLUData
from turnwise.project.nlu_file import nlu_from_text, read_nlu
from turnwise.project.nlu_writer import nlu_json, nlu_yaml

Rows = list[tuple[str, str | None, list[tuple[str, int, int, object, str | None]]]]


def read(folder: Path, **files: Any) -> NLUData:
    """The NLU data of JSON files; each format makes one notice."""
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content, indent=1), encoding="utf-8")
    findings = Findings()
    data = read_nlu(folder, findings)
    findings.stop_on_mistakes()
    assert len(findings.notices) == 1
    assert "rasa data convert nlu" in findings.notices[0].fix
    return data


def rows(data: NLUData) -> Rows:
    return [
        (
            e.text,
            e.response_key or e.intent,
            [(s.entity, s.start, s.end, s.value, s.role) for s in e.entities],
        )
        for e in data.examples
    ]


def test_rasa_json(tmp_path: Path) -> None:
    data = read(
        tmp_path,
        data={
            "rasa_nlu_data": {
                "common_examples": [
                    {
                        "text": "hi bob",
                        "intent": "greet",
                        "entities": [{"start": 3, "end": 6, "value": "Bob", "entity": "name", "role": "r"}],
                    },
                    {"text": "who?", "intent": "faq/ask"},
                ],
                "regex_features": [{"name": "zip", "pattern": "[0-9]"}],
                "lookup_tables": [{"name": "city", "elements": ["Rome"]}],
                "entity_synonyms": [{"value": "NY", "synonyms": ["new york", "nyc"]}],
            }
        },
    )

    assert rows(data) == [("hi bob", "greet", [("name", 3, 6, "Bob", "r")]), ("who?", "faq/ask", [])]
    assert data.synonyms == {"bob": "Bob", "new york": "NY", "nyc": "NY"}
    assert (data.regexes[0].pattern, data.lookups[0].elements) == ("[0-9]", ("Rome",))
    assert data.examples[0].place.line == 4


def test_luis(tmp_path: Path) -> None:
    """The end of an entity is its last character there; only activated features count."""
    data = read(
        tmp_path,
        app={
            "luis_schema_version": "5.0.0",
            "utterances": [
                {
                    "text": "hi bob there",
                    "intent": " greet ",
                    "entities": [{"entity": "name", "startPos": 3, "endPos": 5, "role": "who"}],
                }
            ],
            "regex_features": [
                {"name": "z", "pattern": "[0-9]+", "activated": True},
                {"name": "off", "pattern": "x", "activated": False},
            ],
            "regex_entities": [{"name": "rx", "regexPattern": "abc"}],
        },
    )

    assert rows(data) == [("hi bob there", "greet", [("name", 3, 6, "bob", "who")])]
    assert [(r.name, r.pattern) for r in data.regexes] == [("rx", "abc"), ("z", "[0-9]+")]


def test_wit(tmp_path: Path) -> None:
    data = read(
        tmp_path,
        app={
            "utterances": [
                {
                    "text": "hi bob",
                    "intent": "greet",
                    "entities": [{"entity": "name:who", "start": 3, "end": 6, "body": "bob"}],
                },
                {"text": "x", "entities": []},
            ]
        },
    )

    assert rows(data) == [("hi bob", "greet", [("name", 3, 6, "bob", "who")]), ("x", "out_of_scope", [])]


def test_dialogflow_intents(tmp_path: Path) -> None:
    """Sentences stand in a file beside the intent's."""
    data = read(
        tmp_path,
        greet={"name": "greet", "responses": []},
        greet_usersays_en=[{"data": [{"text": "hi "}, {"text": "bob", "alias": "name"}]}],
    )

    assert rows(data) == [("hi bob", "greet", [("name", 3, 6, "bob", None)])]


def test_dialogflow_entities(tmp_path: Path) -> None:
    data = read(
        tmp_path,
        color={"name": "color", "isEnum": False, "isRegexp": False},
        color_entries_en=[{"value": "red", "synonyms": ["red", "crimson"]}],
    )

    assert data.synonyms == {"red": "red", "crimson": "red"}
    assert data.lookups[0].elements == ("red", "crimson")


def test_json_of_other_kinds_is_left_aside(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"version": "1.0"}')
    (tmp_path / "list.json").write_text("[1, 2]")
    (tmp_path / "broken.json").write_text("{nothing")

    assert read_nlu(tmp_path, Findings()) == NLUData()


def test_broken_rasa_json_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "data.json").write_text('{"rasa_nlu_data":\n {"common_examples": [}}')
    findings = Findings()
    read_nlu(tmp_path, findings)

    with pytest.raises(ProjectError, match=r"data\.json:2: is no JSON"):
        findings.stop_on_mistakes()


def test_markdown_of_rasa_1(tmp_path: Path) -> None:
    (tmp_path / "nlu.md").write_text(
        "<!-- - a comment\nof two lines -->\n## intent:greet\n- hey\n- i am [Bob](name:bob)\n\n"
        "## synonym:savings\n- pink pig\n## regex:zip\n- [0-9]{5}\n## lookup:city\n- Rome\n"
        "# Title\n- no example\n",
        encoding="utf-8",
    )
    findings = Findings()
    data = read_nlu(tmp_path, findings)

    assert rows(data) == [("hey", "greet", []), ("i am Bob", "greet", [("name", 5, 8, "bob", None)])]
    assert data.synonyms == {"Bob": "bob", "pink pig": "savings"}
    assert (data.regexes[0].pattern, data.lookups[0].elements) == ("[0-9]{5}", ("Rome",))
    assert data.examples[1].place.line == 5
    assert [notice.text for notice in findings.notices] == ["this is NLU data of an old Rasa version"]


WRITTEN = """\
version: "3.1"
nlu:
- intent: order
  metadata:
    any: thing
  examples: |
    - one [large](size) pizza to [Rome]{"entity": "city", "role": "to"}
    - I want [2 kg]{"entity": "weight", "value": "2000"}
    - "with quotes" : x # é
    - [a][{"entity": "p"}, {"entity": "q", "value": "v"}] d
    - - dash
- intent: greet
  examples:
  - text: |
      hello there
    metadata:
      sentiment: neutral
  - text: |
      two
      lines
- intent: faq/a
  examples: |
    - q [x]{"entity": "e", "group": "g", "value": 3}
- synonym: '2000'
  examples: |
    - 2 kg
- synonym: v
  examples: |
    - a
- synonym: '3'
  examples: |
    - x
- synonym: yes
  examples: |
    - sure
- regex: zip
  examples: |
    - \\d{5}
- lookup: city
  examples: |
    - Rome
responses:
  utter_faq/a:
  - text: I am a bot
    image: x
"""


def test_yaml_is_written_as_rasa_writes_it() -> None:
    """What is read from it is the same again; short annotations where they say everything."""
    assert nlu_yaml(nlu_from_text(WRITTEN)) == WRITTEN.replace("synonym: yes", "synonym: 'yes'")


def test_json_is_read_back_the_same(tmp_path: Path) -> None:
    data = nlu_from_text(WRITTEN)
    (tmp_path / "data.json").write_text(nlu_json(data), encoding="utf-8")
    again = read_nlu(tmp_path, Findings())

    assert rows(again) == rows(data)
    assert again.synonyms == data.synonyms
    assert [example.metadata for example in again.examples] == [example.metadata for example in data.examples]


def test_control_characters_need_the_list_form() -> None:
    data = nlu_from_text('nlu:\n- intent: a\n  examples:\n  - text: "a\\tb"\n')

    assert nlu_from_text(nlu_yaml(data)).examples[0].text == "a\tb"


def test_spans_are_values() -> None:
    """Equal annotations are equal wherever they were read."""
    first, second = (
        nlu_from_text("nlu:\n- intent: a\n  examples: |\n    - [x](e)\n").examples[0] for _ in "ab"
    )

    assert first.entities == second.entities == (EntitySpan(entity="e", start=0, end=1, value="x"),)
