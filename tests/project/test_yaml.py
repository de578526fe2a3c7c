"""Parsing YAML: values, positions, environment variables, and mistakes that name file and line."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
import yaml as pyyaml

from turnwise.errors import ProjectError, ProjectErrors
from turnwise.project import yaml as module
from turnwise.project.yaml import parse_yaml, read_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("off", "off"),
        ("NO", "NO"),
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("", None),
        ("Null", None),
        ("010", 10),
        ("08", 8),
        ("0o10", 8),
        ("0o9", "0o9"),
        ("0b11", 3),
        ("-0x1F", -31),
        ("+3", 3),
        ("1_000", 1000),
        ("_1", "_1"),
        ("1e3", 1000.0),
        ("1e+3", 1000.0),
        (".5", 0.5),
        ("1.", 1.0),
        (".5e3", ".5e3"),
        ("5.e3", 5000.0),
        ("1,000", "1,000"),
        ("12:30:45", "12:30:45"),
        ("2020-01-02", date(2020, 1, 2)),
        ("2020-1-2", "2020-1-2"),
        ("2001-12-14 21:59:43.10", datetime(2001, 12, 14, 21, 59, 43, 100000)),  # noqa: DTZ001  # as Rasa
        ("2001-12-14T21:59:43Z", datetime(2001, 12, 14, 21, 59, 43)),  # noqa: DTZ001  # as Rasa
        ("'010'", "010"),
        ('"yes"', "yes"),
        ("!!str 5", "5"),
        ("|\n  a\n  b", "a\nb\n"),
    ],
)
def test_scalars_follow_yaml_1_2(text: str, value: Any) -> None:
    """Unquoted scalars mean what Rasa's parser makes of them, with the same type."""
    found = parse_yaml(f"key: {text}\n").data["key"]

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(("text", "value"), [(".inf", float("inf")), ("-.inf", float("-inf"))])
def test_infinity(text: str, value: float) -> None:
    assert parse_yaml(f"- {text}").data == [value]


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n"])
def test_an_empty_file_is_an_empty_mapping(text: str) -> None:
    assert parse_yaml(text).data == {}


def test_keys_keep_their_order_and_type() -> None:
    assert list(parse_yaml("b: 1\na: 2\n3: c\ntrue: d\n").data) == ["b", "a", 3, True]


def test_anchors_and_merge_keys() -> None:
    """`<<` adds what the mapping lacks; its own values win."""
    data = parse_yaml("base: &base {q: 1, r: 1}\nother:\n  <<: *base\n  r: 2\nsame: *base\n").data

    assert data["other"] == {"q": 1, "r": 2}
    assert data["same"] is data["base"]


class TestPlaces:
    TEXT = "intents:\n- greet\n- bye\nslots:\n  city:\n    type: text\n\n    mappings: []\n"

    def test_every_key_and_item_knows_its_line(self) -> None:
        document = parse_yaml(self.TEXT, file="domain.yml")

        assert document.line(document.data, "slots") == 4
        assert document.line(document.data["intents"], 1) == 3
        assert document.line(document.data["slots"]["city"], "mappings") == 8

    def test_a_place_is_found_by_its_path(self) -> None:
        document = parse_yaml(self.TEXT, file="domain.yml")

        assert str(document.place("slots", "city", "type")) == "domain.yml:6: slots > city > type"
        assert str(document.place("intents", 1)) == "domain.yml:3: intents > 2"

    def test_a_path_that_does_not_exist_ends_where_it_leads(self) -> None:
        assert parse_yaml(self.TEXT, file="domain.yml").place("slots", "size", "type").line == 4


class TestEscapes:
    def test_in_a_file_of_ascii_they_are_decoded_everywhere(self) -> None:
        """Rasa decodes such files before it parses them, block scalars and all."""
        data = parse_yaml("a: \\u0041\nb: |\n  \\u00e9\nc: \\ud83d\\ude00\n").data

        assert data == {"a": "A", "b": "é\n", "c": "😀"}

    def test_one_other_character_and_they_stay(self) -> None:
        assert parse_yaml("a: \\u0041é\n").data == {"a": "\\u0041é"}

    def test_an_escaped_backslash_is_no_escape(self) -> None:
        assert parse_yaml("a: \\\\u0041").data == {"a": "\\\\u0041"}


class TestEnvironment:
    @pytest.fixture(autouse=True)
    def variables(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PORT", "5005")
        monkeypatch.delenv("UNSET", raising=False)

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("${PORT}", "5005"),
            ("${PORT} and $PORT", "5005 and 5005"),
            ("http://host:${PORT}/", "http://host:5005/"),
            ("$PORT", "$PORT"),
            ('"${PORT}"', "${PORT}"),
            ("'${PORT}'", "${PORT}"),
            ("|\n  ${PORT}", "${PORT}\n"),
            ("pre${UNSET}", "pre${UNSET}"),
        ],
    )
    def test_plain_scalars_with_braces_are_expanded(self, text: str, value: str) -> None:
        """The result is a text, whatever it looks like; quoted and block scalars stay as they are."""
        assert parse_yaml(f"key: {text}\n").data == {"key": value}

    def test_keys_are_expanded_too(self) -> None:
        assert parse_yaml("${PORT}: x").data == {"5005": "x"}

    def test_a_variable_that_does_not_exist_is_named(self) -> None:
        with pytest.raises(ProjectError, match=r"endpoints\.yml:2: .*\$\{UNSET\}"):
            parse_yaml("a: 1\nurl: x ${UNSET} y\n", file="endpoints.yml")


class TestMistakes:
    @pytest.mark.parametrize(
        ("text", "line", "words"),
        [
            ("a: 1\n\tb: 2", 2, "tab"),
            ("- a\nb", 2, "':' is missing"),
            ("a: b: c", 1, "':' too many"),
            ("a: @x", 1, "cannot begin"),
            ("a: `x`", 1, "cannot begin"),
            ("a: 'x' y", 1, "does not fit"),
            ("a: [1, 2", 1, "bracket"),
            ("a:\n  - b\n c: d", 3, "fit"),
            ("a: 1\n---\nb: 2", 2, "second document"),
            ("a: *b", 1, "no anchor"),
            ("a: !own x", 1, "tag"),
            ("a: 2020-02-30", 1, "no date"),
        ],
    )
    def test_broken_yaml_is_explained(self, text: str, line: int, words: str) -> None:
        """File, line, a reason that a person understands, and what to do."""
        with pytest.raises(ProjectError) as caught:
            parse_yaml(text, file="data/nlu.yml")

        assert caught.value.place.file == "data/nlu.yml"
        assert caught.value.place.line == line
        assert words in caught.value.problem
        assert caught.value.fix

    def test_a_repeated_key_names_both_lines(self) -> None:
        with pytest.raises(ProjectError, match="'a' stands on line 2 and again on line 5"):
            parse_yaml("x:\n  a: 1\n  b:\n    c: 2\n  a: 3\n")

    def test_all_repeated_keys_and_missing_variables_are_listed_at_once(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("UNSET", raising=False)
        with pytest.raises(ProjectErrors) as caught:
            parse_yaml("a: 1\na: 2\nb: ${UNSET}\nc: {d: 1, d: 2}\n")

        assert [error.place.line for error in caught.value.errors] == [2, 3, 4]

    def test_the_file_must_be_utf_8(self, tmp_path: Path) -> None:
        file = tmp_path / "domain.yml"
        file.write_bytes("a: 1\nb: ü\n".encode("latin-1"))

        with pytest.raises(ProjectError, match=r":2: is not UTF-8 \(byte 0xfc\)"):
            read_yaml(file)

    def test_the_file_must_exist(self, tmp_path: Path) -> None:
        with pytest.raises(ProjectError, match="cannot be read: No such file"):
            read_yaml(tmp_path / "domain.yml")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{text: Which one?}", {"text": "Which one?"}),
        ("{text: Which one?, image: a}", {"text": "Which one?", "image": "a"}),
        ("{image: https://x.org/y.png}", {"image": "https://x.org/y.png"}),
    ],
)
def test_plain_texts_in_braces_may_hold_question_marks_and_colons(text: str, value: dict[str, str]) -> None:
    """YAML 1.2 allows it; Rasa's parser does not."""
    assert parse_yaml(text).data == value


def test_without_libyaml_the_result_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """PyYAML's own scanner takes over where it was built without libyaml."""
    text = "a: &x [1, 'b', {c: 010}]\nd: *x\ne: |\n  f\n"
    fast = parse_yaml(text)
    monkeypatch.setattr(module, "_LOADER", pyyaml.SafeLoader)
    slow = parse_yaml(text)

    assert slow.data == fast.data
    assert slow.place("a", 2, "c") == fast.place("a", 2, "c")


def test_thirty_thousand_lines_take_a_moment() -> None:
    """A plain PyYAML load of the same text takes about ten times as long."""
    text = "stories:\n" + "- story: a\n  steps:\n  - intent: x\n  - action: y\n" * 8_000
    began = perf_counter()
    document = parse_yaml(text)

    assert len(document.data["stories"]) == 8_000
    assert perf_counter() - began < 5
