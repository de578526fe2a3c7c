"""Writing stories: conversations as stories, and whole graphs."""

from __future__ import annotations

import pytest

from turnwise.dialogue import events as ev
from turnwise.dialogue.slots import SHOULD_NOT_BE_SET
from turnwise.project.domain_file import domain_from_text
from turnwise.project.story_file import stories_from_text
from turnwise.project.story_steps import FULL_RETRIEVAL_INTENT
from turnwise.project.story_writer import conversation_yaml, stories_yaml

DOMAIN = domain_from_text("intents: [a, b]\nslots: {city: {type: text, mappings: []}}\n")

CONVERSATION = [
    ev.ActionExecuted(name="action_session_start"),
    ev.SessionStarted(),
    ev.ActionExecuted(name="action_listen"),
    ev.UserUttered(
        text="from Rome at 3",
        parse_data={
            "intent": {"name": "faq", FULL_RETRIEVAL_INTENT: "faq/how"},
            "entities": [
                {"entity": "city", "value": "rome", "start": 5, "end": 9, "role": "from"},
                {
                    "entity": "time",
                    "value": 3,
                    "start": 13,
                    "end": 14,
                    "extractor": "DucklingEntityExtractor",
                },
            ],
        },
    ),
    ev.UserFeaturization(use_text_for_featurization=False),
    ev.SlotSet(name="city", value="rome"),
    ev.ActionExecuted(name="utter_a"),
    ev.BotUttered(text="hello"),
    ev.ActionExecuted(name="action_listen"),
    ev.UserUttered(text="free", parse_data={"intent": {"name": "a"}}),
    ev.UserFeaturization(use_text_for_featurization=True),
    ev.ActionExecuted(action_text="bot says"),
    ev.ActionExecuted(name="order_form"),
    ev.ActiveLoop(name="order_form"),
    ev.ActionExecuted(name="action_listen"),
    ev.UserUttered(text='/b{"city":"x"}', parse_data={"intent": {"name": "b"}, "entities": []}),
    ev.ActionExecutionRejected(name="order_form"),
    ev.ActiveLoop(name=None),
    ev.ActionExecuted(name="action_unlikely_intent"),
    ev.ActionExecuted(name="utter_b"),
]

STORY = """\
version: "3.1"
stories:
- story: alice
  steps:
  - intent: faq/how
    entities:
    - city: rome
      role: from
  - slot_was_set:
    - city: rome
  - action: utter_a
  - user: free
  - bot: bot says
  - action: order_form
  - active_loop: order_form
  - intent: b
  - active_loop: null
  - action: utter_b
"""

TEST_STORY = """\
version: "3.1"
stories:
- story: alice
  steps:
  - intent: faq/how
    user: 'from [Rome]{"entity": "city", "role": "from", "value": "rome"} at 3'
  - slot_was_set:
    - city: rome
  - action: utter_a
  - user: free
  - bot: bot says
  - action: order_form
  - active_loop: order_form
  - intent: b
    user: /b{"city":"x"}
  - active_loop: null
  - action: utter_b
"""


@pytest.mark.parametrize(("is_test", "expected"), [(False, STORY), (True, TEST_STORY)])
def test_a_conversation_as_a_story(is_test: bool, expected: str) -> None:
    """Listens, session starts and what a model guessed are left out; end-to-end turns keep their words."""
    assert conversation_yaml("alice", CONVERSATION, is_test=is_test) == expected


GRAPH = """\
version: "3.1"
stories:
- story: one
  steps:
  - checkpoint: start
    slot_was_set:
    - city: Rome
  - intent: a
    entities:
    - city: x
      group: g
  - action: utter_a
  - checkpoint: middle
- story: two
  steps:
  - checkpoint: middle
  - user: words [x](city)
  - bot: more words
rules:
- rule: with conditions
  condition:
  - active_loop: order_form
  - slot_was_set:
    - city: null
  steps:
  - action: order_form
  - active_loop: null
- rule: at the start
  conversation_start: true
  steps:
  - intent: a
  - action: utter_a
- rule: goes on
  steps:
  - intent: a
  - action: utter_a
  wait_for_user_input: false
"""


def test_a_graph_is_written_as_it_was_read() -> None:
    assert stories_yaml(stories_from_text(GRAPH, DOMAIN)) == GRAPH


def test_rules_with_alternatives_become_several() -> None:
    """Rules cannot be joined by checkpoints."""
    rules = "rules:\n- rule: r\n  steps:\n  - or:\n    - intent: a\n    - intent: b\n  - action: utter_a\n"
    written = stories_yaml(stories_from_text(rules, DOMAIN))
    again = stories_from_text(written, DOMAIN)

    assert [len(step.events) for step in again.rules] == [3, 3]
    assert "checkpoint" not in written


def test_what_must_not_be_set_is_written_as_null() -> None:
    written = conversation_yaml("s", [ev.SlotSet(name="city", value=SHOULD_NOT_BE_SET)])

    assert "- city: null" in written
