"""Checks of a whole project: what is found, and how much it matters."""

from __future__ import annotations

from pathlib import Path

import pytest

from turnwise.project import Project
from turnwise.training.validation import Severity, findings_of

CONFIG = "recipe: default.v1\nassistant_id: x\nlanguage: en\n"
DOMAIN = """
intents: [greet, bye]
entities: [city]
slots:
  city:
    type: text
    mappings:
    - type: from_entity
      entity: city
      conditions: [{active_loop: form}]
forms: {form: {required_slots: [city]}}
responses:
  utter_greet: [{text: hi}]
  utter_ask_city: [{text: where?}]
  utter_default: [{text: what?}]
actions: [action_x]
"""
NLU = """
nlu:
- intent: greet
  examples: |
    - hello
    - hello [Rome](city)
    - hi [Paris](city)
- intent: bye
  examples: |
    - bye
    - see you
    - so long
"""
STORIES = """
stories:
- story: one
  steps:
  - intent: greet
  - action: utter_greet
  - intent: bye
  - action: action_x
"""


def findings(
    root: Path, *, domain: str = DOMAIN, nlu: str = NLU, stories: str = STORIES, config: str = CONFIG
) -> list[tuple[str, str]]:
    """Severity and message of everything that is found."""
    (root / "data").mkdir()
    for name, text in {"config": config, "domain": domain, "data/nlu": nlu, "data/stories": stories}.items():
        (root / f"{name}.yml").write_text(text, encoding="utf-8")
    project = Project.read(root)
    return [(finding.severity.value, str(finding)) for finding in findings_of(project)]


def test_a_sound_project_passes(tmp_path: Path) -> None:
    """Responses that forms and default actions say count as used."""
    assert findings(tmp_path) == []


ERROR, WARNING, DOUBT, HINT = (severity.value for severity in Severity)


@pytest.mark.parametrize(
    ("part", "old", "new", "severity", "words"),
    [
        ("stories", "action_x", "action_y", ERROR, "the domain has no action 'action_y'"),
        ("stories", "action: utter_greet", "active_loop: from", ERROR, "did you mean 'form'"),
        ("stories", "action: utter_greet", "slot_was_set: [{citi: 1}]", ERROR, "did you mean 'city'"),
        ("domain", "required_slots: [city]", "required_slots: [city, zip]", ERROR, "no slot 'zip'"),
        ("domain", "active_loop: form}", "active_loop: frm}", ERROR, "did you mean 'form'"),
        ("domain", "required_slots: [city]", "required_slots: []", ERROR, "does not ask for the slot 'city'"),
        ("domain", "[greet, bye]", "[greet, {bye: {triggers: utter_greet}}]", ERROR, "trigger no actions"),
        ("domain", "[greet, bye]", "[greet]", WARNING, "the domain has no intent 'bye'"),
        ("stories", "intent: bye", "intent: byebye", WARNING, "the domain has no intent 'byebye'"),
        ("nlu", "see you", "hello", WARNING, "'hello' is an example of 'greet' too"),
        ("stories", "utter_greet", "utter_gret", WARNING, "did you mean 'utter_greet'"),
        ("domain", "[greet, bye]", "[greet, bye, ask]", HINT, "the intent 'ask' has no examples"),
        ("domain", "[greet, bye]", "[greet, bye, ask]", HINT, "the intent 'ask' is used in no story"),
        ("domain", "utter_default", "utter_extra", HINT, "used in no story or rule: utter_extra"),
        ("domain", "[action_x]", "[action_x, utter_y]", HINT, "there is no response 'utter_y'"),
        ("domain", "entity: city\n", "entity: citi\n", HINT, "the mapping has no effect"),
        ("domain", "entity: city\n", "entity: city\n      intent: gret\n", HINT, "did you mean 'greet'"),
        ("nlu", "(city)", "(town)", HINT, "the domain has no entity 'town'"),
        ("nlu", "    - see you\n", "", DOUBT, "the intent 'bye' has only 2 examples"),
        ("nlu", "see you", "Hello!", DOUBT, "'Hello!' is an example of 'greet' too"),
        ("nlu", "hi [Paris](city)", "hi", DOUBT, "the entity 'city' is annotated only once"),
        ("nlu", "hi [Paris](city)", "hi[Paris](city)", DOUBT, "'Paris' (city) does not begin and end with a"),
        ("domain", "from_entity\n      entity: city\n", "from_text\n", HINT, "'city' fills no slot"),
        ("config", "assistant_id: x\n", "", HINT, "'assistant_id' is missing"),
        ("config", "language: en\n", "", HINT, "'language' is missing"),
    ],
)  # fmt: skip
def test_what_is_found(tmp_path: Path, part: str, old: str, new: str, severity: str, words: str) -> None:
    """Each slip is named with its place and a remedy."""
    texts = {"domain": DOMAIN, "nlu": NLU, "stories": STORIES, "config": CONFIG}
    assert old in texts[part]
    texts[part] = texts[part].replace(old, new)
    found = [item for item in findings(tmp_path, **texts) if words in item[1]]

    assert [item[0] for item in found] == [severity]
    assert "\n  fix: " in found[0][1]


def test_an_empty_domain(tmp_path: Path) -> None:
    found = findings(tmp_path, domain="version: '3.1'\n", nlu="nlu: []\n", stories="stories: []\n")

    assert [(severity, "empty" in text) for severity, text in found] == [(ERROR, True)]


def test_retrieval_actions_answer(tmp_path: Path) -> None:
    """`utter_faq` needs no response of its own."""
    nlu = (
        NLU
        + "- intent: faq/a\n  examples: |\n    - a?\n    - really a?\n    - b?\n"
        + "responses: {utter_faq/a: [{text: a}]}\n"
    )
    stories = STORIES + "  - intent: faq\n  - action: utter_faq\n"

    assert findings(tmp_path, domain=DOMAIN.replace("bye]", "bye, faq]"), nlu=nlu, stories=stories) == []


def test_a_mapping_of_a_trigger_intent_needs_no_required_slot(tmp_path: Path) -> None:
    domain = DOMAIN.replace(
        "  city:\n",
        "  other:\n    type: text\n    mappings:\n    - {type: from_trigger_intent, value: 1, intent: greet, "
        "conditions: [{active_loop: form}]}\n  city:\n",
    )

    assert findings(tmp_path, domain=domain) == []
