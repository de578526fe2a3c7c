"""A small project for the tests of evaluation: a form, rules, stories, a keyword classifier."""

from __future__ import annotations

from pathlib import Path

DOMAIN = """version: "3.1"

intents:  # what users mean
- greet
- bye
- order
- inform
- chat

entities:
- dish

slots:
  dish:
    type: text
    influence_conversation: false
    mappings:
    - type: from_entity
      entity: dish

forms:
  dish_form:
    required_slots:
    - dish

responses:
  utter_greet:
  - text: Hello.
  utter_bye:
  - text: Bye.
  utter_chat:
  - text: Nice weather.
  utter_ask_dish:
  - text: Which dish?
  utter_done:
  - text: Done.
  utter_default:
  - text: Pardon?
"""

NLU = """version: "3.1"

nlu:
- intent: greet
  examples: |
    - hello
- intent: bye
  examples: |
    - bye
- intent: order
  examples: |
    - order
    - order [soup](dish)
- intent: chat
  examples: |
    - weather
- lookup: dish
  examples: |
    - soup
    - stew
# nothing else
"""

RULES = """version: "3.1"

rules:
- rule: bye
  steps:
  - intent: bye
  - action: utter_bye
- rule: order
  steps:
  - intent: order
  - action: dish_form
  - active_loop: dish_form
- rule: done
  condition:
  - active_loop: dish_form
  steps:
  - action: dish_form
  - active_loop: null
  - slot_was_set:
    - requested_slot: null
  - action: utter_done
"""

STORIES = """version: "3.1"

stories:
- story: greet and part
  steps:
  - intent: greet
  - action: utter_greet
  - intent: bye
  - action: utter_bye
- story: chat on the way
  steps:
  - intent: order
  - action: dish_form
  - active_loop: dish_form
  - intent: chat
  - action: utter_chat
  - action: dish_form
  - active_loop: null
  - action: utter_done
"""

CONFIG = """recipe: default.v1
assistant_id: small
language: en
pipeline:
- name: WhitespaceTokenizer
- name: RegexEntityExtractor
  use_regexes: false
- name: KeywordIntentClassifier
policies:
- name: MemoizationPolicy
- name: RulePolicy
"""

FILES = {
    "domain.yml": DOMAIN,
    "config.yml": CONFIG,
    "data/nlu.yml": NLU,
    "data/rules.yml": RULES,
    "data/stories.yml": STORIES,
}


def write_project(folder: Path) -> Path:
    """Writes the project's files into `folder`, which is returned."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
