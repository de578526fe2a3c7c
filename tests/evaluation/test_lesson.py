"""Lessons: what a person teaches in a conversation, and what becomes of the project's files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.evaluation.bot import DOMAIN, NLU, STORIES
from turnwise.actions.action import NoActionServer
from turnwise.assistant import Assistant
from turnwise.dialogue.events import ActionExecuted, Restarted, UserUtteranceReverted, UserUttered
from turnwise.evaluation.lesson import Lesson
from turnwise.evaluation.lesson_export import (
    counted,
    examples_of,
    stories_of,
    with_domain_additions,
    with_nlu_examples,
    with_stories,
)
from turnwise.project.project import Project
from turnwise.testing import Bot


class Teaching:
    """A lesson and what was said in it."""

    def __init__(self, assistant: Assistant) -> None:
        self.said: list[str] = []
        self.lesson = Lesson(assistant=assistant, server=NoActionServer(), say=self.show)

    def show(self, message: Mapping[str, Any]) -> None:
        self.said.append(str(message.get("text")))

    async def user(self, text: str, intent: str | None = None, *entities: dict[str, Any]) -> None:
        """The user says `text`; the teacher says what it means, unless the model is right."""
        parse: Mapping[str, Any] = self.lesson.assistant.understand(text)
        if intent is not None:
            parse = {"intent": {"name": intent, "confidence": 1.0}, "entities": list(entities)}
        await self.lesson.hear(text, parse)

    async def bot(self, *actions: str | None) -> None:
        """The teacher wants these actions; None: what the assistant wants."""
        for action in actions:
            prediction = await self.lesson.predict()
            await self.lesson.act(action or prediction.best(self.lesson.domain), prediction)


@pytest.fixture
async def teaching(assistant: Assistant) -> Teaching:
    teaching = Teaching(assistant)
    await teaching.lesson.begin()
    return teaching


async def test_actions_are_really_run(teaching: Teaching) -> None:
    """The assistant answers, and after listening it is the user's turn."""
    assert teaching.lesson.awaits_user
    await teaching.user("hello")
    assert not teaching.lesson.awaits_user
    await teaching.bot(None, None)
    assert teaching.said == ["Hello."]
    assert teaching.lesson.awaits_user


async def test_reasons_are_given_where_a_policy_has_some() -> None:
    """The learned policy says what weighed most; rules and memory have nothing to say."""
    config = (
        "recipe: default.v1\nassistant_id: a\nlanguage: en\npipeline: [{name: KeywordIntentClassifier}]\n"
    )
    domain = "intents: [greet, bye]\nresponses: {utter_hi: [{text: hi}], utter_bye: [{text: bye}]}\n"
    told = "".join(
        f"- story: {name}\n  steps:\n  - intent: {name}\n  - action: utter_{said}\n"
        for name, said in (("greet", "hi"), ("bye", "bye"))
    )
    reasons = {}
    for policy in ("TEDPolicy", "MemoizationPolicy"):
        bot = Bot.train(
            domain=domain, stories=f"stories:\n{told}", config=f"{config}policies: [{{name: {policy}}}]\n"
        )
        assert bot.agent.assistant is not None
        teaching = Teaching(bot.agent.assistant)
        await teaching.lesson.begin()
        await teaching.user("/bye")
        reasons[policy] = list(teaching.lesson.why(await teaching.lesson.predict()))

    assert {"bye"} <= {reason["text"] for reason in reasons["TEDPolicy"]}
    assert reasons["MemoizationPolicy"] == []


async def test_steps_can_be_taken_back(teaching: Teaching) -> None:
    """One by one, to the beginning."""
    await teaching.user("hello")
    await teaching.bot(None)
    assert teaching.lesson.undo()
    assert teaching.lesson.tracker.latest_action == "action_listen"
    assert not teaching.lesson.awaits_user
    assert teaching.lesson.undo()
    assert teaching.lesson.awaits_user
    assert not teaching.lesson.undo()


async def test_a_fork_keeps_both_ways(teaching: Teaching) -> None:
    """The conversation goes on from before a message; how it went at first is a story too."""
    await teaching.user("hello")
    await teaching.bot(None, None)
    await teaching.user("bye")
    await teaching.bot(None, None)
    assert [text for _, text in teaching.lesson.user_turns()] == ["hello", "bye"]
    teaching.lesson.fork(teaching.lesson.user_turns()[1][0])
    await teaching.user("weather")
    await teaching.bot("utter_chat", "action_listen")
    intents = [
        [event.intent_name for event in conversation if isinstance(event, UserUttered)]
        for conversation in teaching.lesson.conversations()
    ]
    assert intents == [["greet", "bye"], ["greet", "chat"]]


async def test_what_is_invented_exists_at_once(teaching: Teaching) -> None:
    """New intents, entities, responses and actions; the conversation so far stays what it was."""
    await teaching.user("hello")
    await teaching.bot(None, None)
    lesson = teaching.lesson
    lesson.add_intent("fly")
    lesson.add_entities(["city", "dish"])
    lesson.add_action("utter_fly", "Off you go.")
    lesson.add_action("action_book")
    await teaching.user("to Rome", "fly", {"entity": "city", "value": "Rome", "start": 3, "end": 7})
    await teaching.bot("utter_fly", "action_book", "action_listen")
    assert teaching.said == ["Hello.", "Off you go."]
    assert list(lesson.domain.entities) == ["dish", "city"]
    assert [text for _, text in lesson.user_turns()] == ["hello", "to Rome"]


async def test_a_form_that_leaves_a_message_to_others(teaching: Teaching) -> None:
    """It has refused; whether it takes the message for an answer when it goes on is the teacher's choice."""
    await teaching.user("order")
    await teaching.bot(None, None)
    await teaching.user("weather", "chat")
    await teaching.bot("utter_chat")
    assert teaching.lesson.was_refused
    assert teaching.lesson.requested_slot == "dish"
    prediction = await teaching.lesson.predict()
    await teaching.lesson.act("dish_form", prediction, checks_answer=False)
    assert teaching.said == ["Which dish?", "Nice weather.", "Which dish?"]


# -- files ---------------------------------------------------------------------------------------------


async def test_stories(teaching: Teaching) -> None:
    """They are appended to the file, numbered on; what stands there is left alone."""
    await teaching.user("soup to Rome", "order", {"entity": "city", "value": "Rome", "role": "to"})
    await teaching.bot("utter_chat", "action_listen")
    text = with_stories(STORIES + "# the end\n", teaching.lesson.conversations(), with_words=False)
    assert text.startswith(STORIES)
    story = yaml.safe_load(text)["stories"][-1]
    assert story["story"] == "interactive_story_1"
    assert story["steps"][0] == {"intent": "order", "entities": [{"city": "Rome", "role": "to"}]}
    assert story["steps"][1:] == [{"action": "utter_chat"}]
    again = with_stories(text, teaching.lesson.conversations(), with_words=True)
    added = yaml.safe_load(again)["stories"][-1]
    assert (added["story"], added["steps"][0]["user"]) == ("interactive_story_2", "soup to Rome")


def user(text: str, intent: str = "greet") -> UserUttered:
    return UserUttered(text=text, parse_data={"intent": {"name": intent}})


LISTEN = ActionExecuted(name="action_listen")


def test_undone_turns_are_no_part_of_a_story() -> None:
    """From the message on, everything up to the event that undoes it is gone."""
    kept = [LISTEN, user("a"), ActionExecuted(name="utter_a"), LISTEN]
    undone = [user("b"), ActionExecuted(name="utter_b"), UserUtteranceReverted()]
    assert counted([*kept, *undone]) == kept


def test_stories_end_at_restarts() -> None:
    """Parts in which the user said nothing are no stories."""
    parts = list(stories_of([LISTEN, user("a"), Restarted(), LISTEN, Restarted(), user("b")]))
    assert [[event.text for event in part if isinstance(event, UserUttered)] for part in parts] == [
        ["a"],
        ["b"],
    ]


async def test_nlu_examples(teaching: Teaching, project_folder: Path) -> None:
    """New sentences stand with their intent, annotated; known ones and `/intent` messages are left out."""
    soup = {"entity": "dish", "value": "soup", "start": 9, "end": 13}
    for text, intent, *entities in (
        ("I'd like soup", "order", soup),
        ("hello", "greet"),
        ("/greet", "greet"),
        ("to Rome", "fly"),
    ):
        await teaching.user(text, intent, *entities)
        await teaching.bot("action_listen")
    known = Project(project_folder).nlu
    text = with_nlu_examples(NLU, examples_of(teaching.lesson.conversations(), known))
    assert "    - order [soup](dish)\n    - I'd like [soup](dish)\n" in text
    assert text.endswith("- intent: fly\n  examples: |\n    - to Rome\n# nothing else\n")
    assert text.count("hello") == NLU.count("hello")


async def test_the_domain(teaching: Teaching) -> None:
    """What was used and is new; comments stay."""
    lesson = teaching.lesson
    old = lesson.domain
    lesson.add_intent("fly")
    lesson.add_intent("never_used")
    lesson.add_action("utter_fly", "Off: you go.")
    lesson.add_action("action_book")
    await teaching.user("to Rome", "fly", {"entity": "city", "value": "Rome"})
    await teaching.bot("utter_fly", "action_book", "action_listen")
    text = with_domain_additions(DOMAIN, lesson.conversations(), old, lesson.domain)
    assert "intents:  # what users mean\n" in text
    before, after = yaml.safe_load(DOMAIN), yaml.safe_load(text)
    assert after.pop("actions") == ["action_book"]
    assert after["intents"] == [*before["intents"], "fly"]
    assert after["entities"] == ["dish", "city"]
    assert after["responses"].pop("utter_fly") == [{"text": "Off: you go."}]
    assert after["responses"] == before["responses"]
    assert after["slots"] == before["slots"]
