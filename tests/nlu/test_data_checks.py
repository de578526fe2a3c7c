"""Weaknesses of training data, each with its place and a remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from turnwise.nlu import data_checks
from turnwise.project.checks import Finding, Severity
from turnwise.project.project import Project

GOOD = """nlu:
- intent: greet
  examples: |
    - hi
    - hello
    - hey you
- intent: bye
  examples: |
    - bye
    - goodbye
    - see you
"""
DOMAIN = "intents: [greet, bye, faq]\nentities: [name, city, time]\nresponses:\n  utter_faq/a: [{text: a}]\n"
Check = Callable[[Project], Iterator[Finding]]
EVERY: tuple[Check, ...] = (
    data_checks.under_two_intents,
    data_checks.few_examples,
    data_checks.rare_labels,
    data_checks.misaligned_spans,
    data_checks.annotated_in_two_ways,
    data_checks.unanswered_keys,
)


@pytest.fixture
def found(tmp_path: Path) -> Callable[..., list[str]]:
    """What a check finds in good data with more lines, as users read it, without the folder."""

    def look(check: Check, more: str = "", *, config: str = "language: en\n") -> list[str]:
        for name, text in (("config", config), ("domain", DOMAIN), ("nlu", GOOD + more)):
            (tmp_path / f"{name}.yml").write_text(text, encoding="utf-8")
        project = Project(tmp_path, data=["nlu.yml"])
        return [str(finding).replace(f"{tmp_path}/", "") for finding in check(project)]

    return look


def intent(name: str, *texts: str) -> str:
    return f"- intent: {name}\n  examples: |\n" + "".join(f"    - {text}\n" for text in texts)


@pytest.mark.parametrize("check", EVERY)
def test_good_data_have_no_weaknesses(check: Check, found: Callable[..., list[str]]) -> None:
    assert found(check) == []


def test_the_same_words_under_two_intents(found: Callable[..., list[str]]) -> None:
    """Case and punctuation do not make them different; both places are named."""
    (text,) = found(data_checks.under_two_intents, intent("greet", "See you!"))

    assert text.splitlines() == [
        "nlu.yml:14: nlu > greet: 'See you!' is an example of 'bye' too (nlu.yml:11)",
        "  fix: decide for one of the two",
    ]


@pytest.mark.parametrize(
    ("more", "severity"),
    [
        (intent("greet", "see you"), Severity.WARNING),
        (intent("greet", "See you!"), Severity.DOUBT),
        (intent("faq/a", "why") + intent("faq/b", "why"), Severity.DOUBT),
    ],
)
def test_only_what_rasa_compares_can_make_a_project_invalid(
    tmp_path: Path, more: str, severity: Severity
) -> None:
    """Letter by letter, and intents without their response keys."""
    (tmp_path / "nlu.yml").write_text(GOOD + more)
    project = Project(tmp_path, data=["nlu.yml"])

    assert [finding.severity for finding in data_checks.under_two_intents(project)] == [severity]


def test_an_intent_with_few_examples(found: Callable[..., list[str]]) -> None:
    """At the place of the first; a response key counts by itself."""
    (text,) = found(data_checks.few_examples, intent("faq/a", "help", "help me"))

    assert text.startswith("nlu.yml:14: nlu > faq/a: the intent 'faq/a' has only 2 examples\n  fix: add")


def test_spans_that_cut_words(found: Callable[..., list[str]]) -> None:
    """Nothing can be learned from them; with other tokenizers nobody knows before training."""
    more = intent("greet", "hi over[night](time)", "hey [night](time)")
    (text,) = found(data_checks.misaligned_spans, more)

    assert text.startswith("nlu.yml:14: nlu > greet: 'night' (time) does not begin and end with a word")
    config = "language: zh\npipeline:\n- name: JiebaTokenizer\n"
    assert found(data_checks.misaligned_spans, more, config=config) == []


def test_labels_that_occur_once(found: Callable[..., list[str]]) -> None:
    """Entities, roles and groups."""
    more = intent("greet", 'hi [Ann]{"entity": "name", "role": "caller"}', "hello [Bob](name)")
    (text,) = found(data_checks.rare_labels, more)

    assert "the role 'caller' is annotated only once" in text


def test_words_that_are_usually_another_entity(found: Callable[..., list[str]]) -> None:
    """Probably a slip of the annotator."""
    usual = [f"hi [Ann](name) {word}" for word in ("a", "b", "c", "d", "e")]
    (text,) = found(
        data_checks.annotated_in_two_ways, intent("greet", *usual, "hello [ann](city)", "hello [Rome](city)")
    )

    problem = "'ann' is annotated as 'city' here, and 5 times as 'name'"
    assert text.startswith(f"nlu.yml:19: nlu > greet: {problem}")


def test_a_response_key_that_nobody_answers(found: Callable[..., list[str]]) -> None:
    """At the place of its first example."""
    (text,) = found(data_checks.unanswered_keys, intent("faq/a", "why") + intent("faq/b", "how", "how then"))

    assert text.startswith("nlu.yml:17: nlu > faq/b: there is no response 'utter_faq/b'")
