"""Reading NLU training data in YAML."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import pytest

from turnwise.errors import ProjectError, ProjectErrors
from turnwise.project.findings import Findings, Notice
from turnwise.project.nlu_collector import NLUCollector
from turnwise.project.nlu_data import EntitySpan, NLUData
from turnwise.project.nlu_file import load_nlu, nlu_from_text, read_nlu_document
from turnwise.project.yaml import parse_yaml


def read(items: str) -> tuple[NLUData, list[Notice]]:
    """NLU data and what was noted about them; `items` stand below `nlu:`."""
    findings = Findings()
    collector = NLUCollector(findings)
    read_nlu_document(parse_yaml(f'version: "3.1"\nnlu:\n{items}', file="nlu.yml"), collector)
    findings.stop_on_mistakes()
    return collector.result(), findings.notices


class TestExamples:
    def test_a_block_has_one_example_per_line(self) -> None:
        data, _ = read("- intent: order\n  examples: |\n    - one [large](size)\n    -two\n    -   three  \n")
        first, second, third = data.examples

        assert (first.text, first.intent, first.place.line) == ("one large", "order", 5)
        assert first.entities == (EntitySpan(entity="size", start=4, end=9, value="large"),)
        assert (second.text, third.text) == ("two", "three")
        assert str(third.place) == "nlu.yml:7: nlu > order"

    def test_lines_without_a_dash_are_skipped_with_a_notice(self) -> None:
        data, notices = read("- intent: a\n  examples: |\n    - x\n\n      - y\n    * z\n    - w\n")

        assert [example.text for example in data.examples] == ["x", "w"]
        assert [notice.place.line for notice in notices] == [6, 7, 8]

    def test_a_list_has_texts_and_metadata(self) -> None:
        data, _ = read(
            "- intent: a\n  metadata: {m: 1}\n  examples:\n"
            "  - text: |\n      hello\n      there\n    metadata: happy\n  - text: ' bye '\n"
        )
        hello, bye = data.examples

        assert (hello.text, hello.metadata) == ("hello\nthere", {"intent": {"m": 1}, "example": "happy"})
        assert (bye.text, bye.metadata) == ("bye", {"intent": {"m": 1}})

    def test_exact_duplicates_are_kept_once(self) -> None:
        """Another intent, or another annotation, makes another example."""
        data, _ = read(
            "- intent: a\n  examples: |\n    - x\n    - x\n    - '[x](e)'\n    - [x](e)\n    - [x](f)\n"
            "- intent: b\n  examples: |\n    - x\n"
        )

        assert [(e.text, e.intent, len(e.entities)) for e in data.examples] == [
            ("x", "a", 0),
            ("'x'", "a", 1),
            ("x", "a", 1),
            ("x", "a", 1),
            ("x", "b", 0),
        ]

    def test_retrieval_intents_are_told_from_their_keys(self) -> None:
        data, _ = read("- intent: faq/ask_name\n  examples: |\n    - who are you\n")

        assert (data.examples[0].intent, data.examples[0].response_key) == ("faq", "faq/ask_name")


class TestOtherData:
    def test_synonyms_and_those_that_annotations_imply(self) -> None:
        data, _ = read(
            "- synonym: large\n  examples: |\n    - big\n    - huge\n"
            "- intent: a\n  examples: |\n    - [tiny](size:small) [2](n)\n"
            '    - [two]{"entity": "n", "value": 2}\n'
        )

        assert data.synonyms == {"big": "large", "huge": "large", "tiny": "small", "two": "2"}

    def test_a_second_meaning_wins_and_is_noted(self) -> None:
        data, notices = read("- synonym: a\n  examples: |\n    - x\n- synonym: b\n  examples: |\n    - x\n")

        assert data.synonyms == {"x": "b"}
        assert "'x' was a synonym of 'a'" in notices[0].text

    def test_regexes_are_sorted_and_lookups_joined(self) -> None:
        data, _ = read(
            "- regex: z\n  examples: |\n    - \\d{5}\n- regex: a\n  examples: |\n    - y\n    - x\n"
            "- lookup: city\n  examples: |\n    - Rome\n"
            "- lookup: city\n  examples: |\n    - Paris\n    - Rome\n"
        )

        assert [(r.name, r.pattern) for r in data.regexes] == [("a", "x"), ("a", "y"), ("z", "\\d{5}")]
        assert [(t.name, t.elements) for t in data.lookups] == [("city", ("Rome", "Paris", "Rome"))]

    def test_responses_keep_their_places(self) -> None:
        data = nlu_from_text("responses:\n  utter_faq/x:\n  - text: a\n  - text: b\n")

        assert data.responses == {"utter_faq/x": ({"text": "a"}, {"text": "b"})}
        assert data.response_places["utter_faq/x"].line == 2


@pytest.mark.parametrize(
    "item",
    [
        "- intent: a\n",
        "- intent: a\n  examples:\n",
        '- intent: ""\n  examples: |\n    - x\n',
        "- intent:\n  examples: |\n    - x\n",
        "- lookup: a\n",
        "- regex: a\n  examples: |\n    - '['\n",
    ],
)
def test_what_is_doubtful_is_noted(item: str) -> None:
    data, notices = read(item)

    assert not data.examples
    assert len(notices) == 1


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ("- x\n", "expected a mapping"),
        ("- foo: a\n", "not said what this is"),
        ("- intent: a\n  synonym: b\n  examples: |\n    - x\n", "intent and synonym stand in one item"),
        ("- intent: 5\n  examples: |\n    - x\n", "expected a text, found the number 5"),
        ("- intent: a\n  exmples: |\n    - x\n", "did you mean 'examples'"),
        ("- intent: a/b/c\n  examples: |\n    - x\n", "more than one '/'"),
        ("- intent: a\n  examples: [x]\n", "expected a mapping"),
        ("- intent: a\n  examples:\n  - txt: x\n", "did you mean 'text'"),
        ("- intent: a\n  examples:\n  - metadata: x\n", "'text' is missing"),
        ("- intent: a\n  examples: 5\n", "expected a text"),
        ("- synonym: a\n  examples: [x]\n", "expected a text, found a list"),
        ("- synonym: a\n  metadata: {}\n  examples: |\n    - x\n", "unknown key 'metadata'"),
        ("- intent: a\n  examples: |\n    - x\n    - [x]{bad}\n", "no JSON object"),
    ],
)
def test_what_is_refused(item: str, words: str) -> None:
    with pytest.raises(ProjectError, match=r"nlu\.yml:[3-6]: nlu > ") as caught:
        read(item)

    assert words in str(caught.value)


def test_mistakes_of_all_items_are_listed_at_once() -> None:
    with pytest.raises(ProjectErrors) as caught:
        read("- intent: 1\n- foo: a\n- intent: a\n  examples: |\n    - [x]{y}\n")

    assert [error.place.line for error in caught.value.errors] == [3, 4, 7]


def test_files_are_found_by_what_is_in_them(tmp_path: Path) -> None:
    """A file may hold NLU data, stories and a domain at once; folders are read in the order of paths."""
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "mixed.yaml").write_text(
        "intents: [a]\nstories: []\nnlu:\n- intent: b\n  examples: |\n    - x\n"
    )
    (tmp_path / "a.yml").write_text("nlu:\n- intent: a\n  examples: |\n    - y\n")
    (tmp_path / "domain.yml").write_text("intents: [a, b]\n")
    (tmp_path / "readme.md").write_text("## intent is a word\n")

    assert [example.intent for example in load_nlu(tmp_path).examples] == ["a", "b"]


def test_a_newer_format_is_skipped() -> None:
    assert not nlu_from_text('version: "4.0"\nnlu:\n- intent: a\n  examples: |\n    - x\n').examples


def test_twenty_thousand_examples_are_read_in_about_a_second() -> None:
    """The figure measured on two shared cores is 0.4 s; the limit leaves room for a slower machine."""
    lines = "".join(f"    - number {n} to [Rome](city) please\n" for n in range(20_000))
    began = perf_counter()
    data = nlu_from_text(f"nlu:\n- intent: a\n  examples: |\n{lines}")

    assert len(data.examples) == 20_000
    assert perf_counter() - began < 4
