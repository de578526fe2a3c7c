"""What was taught, as additions to the project's files: stories, NLU examples, the domain."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from turnwise.dialogue.domain import DEFAULT_ACTIONS, DEFAULT_INTENTS, Domain
from turnwise.dialogue.events import (
    ActionExecuted,
    ActionReverted,
    Event,
    Restarted,
    SessionStarted,
    UserUtteranceReverted,
    UserUttered,
)
from turnwise.evaluation.story_export import written_steps
from turnwise.evaluation.story_yaml import WrittenStep, WrittenStory, stories_document
from turnwise.evaluation.yaml_insertion import with_examples, with_items
from turnwise.project.nlu_data import EntitySpan, Example, NLUData
from turnwise.project.nlu_writer import annotated
from turnwise.project.story_steps import FULL_RETRIEVAL_INTENT
from turnwise.project.versions import LATEST_VERSION
from turnwise.project.yaml_writer import Block, to_yaml

STORY = "interactive_story_"
"""How stories of lessons are called, with a number behind it."""
_HEADER = f'version: "{LATEST_VERSION}"\n'

Conversation = Sequence[Event]


def counted(events: Iterable[Event]) -> list[Event]:
    """The events that still count: undone turns and actions are left out."""
    kept: list[Event] = []
    for event in events:
        if isinstance(event, UserUtteranceReverted):
            _drop_from_last(kept, UserUttered)
        elif isinstance(event, ActionReverted):
            _drop_from_last(kept, ActionExecuted)
        else:
            kept.append(event)
    return kept


def _drop_from_last(events: list[Event], kind: type[Event]) -> None:
    last = next((index for index in range(len(events) - 1, -1, -1) if isinstance(events[index], kind)), None)
    if last is not None:
        del events[last:]


def stories_of(conversation: Conversation) -> Iterator[list[Event]]:
    """The parts of a conversation between restarts in which the user said anything."""
    part: list[Event] = []
    for event in [*counted(conversation), Restarted()]:
        if isinstance(event, Restarted | SessionStarted):
            if any(isinstance(earlier, UserUttered) for earlier in part):
                yield part
            part = []
        else:
            part.append(event)


# -- stories -------------------------------------------------------------------------------------------


def with_stories(
    text: str, conversations: Iterable[Conversation], *, with_words: bool, file: str = ""
) -> str:
    """A story file with the conversations at the end of its stories.

    Args:
        with_words: Whether user turns have their texts, as in test stories.
        file: What errors call the file.
    """
    number = _next_number(text)
    items = []
    for conversation in conversations:
        for part in stories_of(conversation):
            story = WrittenStory(name=f"{STORY}{number}", steps=_story_steps(part, with_words=with_words))
            # The document's header stands in the file already.
            items.append(stories_document([story]).split("\n", 2)[2])
            number += 1
    return with_items(text or _HEADER, "stories", items, file=file)


def _next_number(text: str) -> int:
    found = [int(number) for number in re.findall(rf"{STORY}(\d+)", text)]
    return max(found, default=0) + 1


def _story_steps(events: Conversation, *, with_words: bool) -> list[WrittenStep]:
    steps = []
    turns = iter([event for event in events if isinstance(event, UserUttered)])
    for step in written_steps(events, is_test=with_words):
        if "intent" in step.content or "user" in step.content:
            turn = next(turns)
            if "entities" in step.content:
                entities = [_with_labels(entity) for entity in turn.entities]
                step = WrittenStep(content={**step.content, "entities": entities})
        steps.append(step)
    return steps


def _with_labels(entity: Mapping[str, Any]) -> dict[str, Any]:
    labels = {key: entity[key] for key in ("role", "group") if entity.get(key)}
    return {entity["entity"]: entity.get("value"), **labels}


# -- NLU -----------------------------------------------------------------------------------------------


def examples_of(conversations: Iterable[Conversation], known: NLUData) -> list[Example]:
    """What users said, as far as the project does not know it; `/intent` messages teach nothing."""
    seen = {(_label(example), example.text, example.entities) for example in known.examples}
    found: list[Example] = []
    for conversation in conversations:
        for event in counted(conversation):
            if not isinstance(event, UserUttered) or not event.text or event.text.startswith("/"):
                continue
            example = _example(event)
            key = (_label(example), example.text, example.entities)
            if example.intent and key not in seen:
                seen.add(key)
                found.append(example)
    return found


def _label(example: Example) -> str:
    return example.response_key or example.intent or ""


def _example(turn: UserUttered) -> Example:
    spans = tuple(
        EntitySpan(
            entity=entity["entity"],
            start=entity["start"],
            end=entity["end"],
            value=entity.get("value"),
            role=entity.get("role"),
            group=entity.get("group"),
        )
        for entity in turn.entities
        if isinstance(entity.get("start"), int) and isinstance(entity.get("end"), int)
    )
    key = turn.intent.get(FULL_RETRIEVAL_INTENT)
    return Example(text=turn.text or "", intent=turn.intent_name, response_key=key, entities=spans)


def with_nlu_examples(text: str, examples: Sequence[Example], *, file: str = "") -> str:
    """An NLU file with more examples: in the block of their intent, or in a new one at the end."""
    by_intent: dict[str, list[str]] = {}
    for example in examples:
        by_intent.setdefault(_label(example), []).append(annotated(example.text, example.entities))
    text = text or _HEADER
    blocks = []
    for intent, lines in by_intent.items():
        extended = with_examples(text, intent, lines)
        if extended is None:
            examples_block = Block("".join(f"- {line}\n" for line in lines))
            blocks.append(_dedented(to_yaml([{"intent": intent, "examples": examples_block}])))
        else:
            text = extended
    return with_items(text, "nlu", blocks, file=file)


# -- the domain ----------------------------------------------------------------------------------------


def with_domain_additions(
    text: str, conversations: Sequence[Conversation], old: Domain, new: Domain, *, file: str = ""
) -> str:
    """A domain file with the intents, entities, actions and responses that the project did not have.

    Args:
        old: The project's domain.
        new: The domain as the lesson left it.
    """
    events = [event for conversation in conversations for event in counted(conversation)]
    turns = [event for event in events if isinstance(event, UserUttered)]
    intents = _new((turn.intent_name for turn in turns), {*old.intents, *DEFAULT_INTENTS})
    entities = _new((entity["entity"] for turn in turns for entity in turn.entities), old.entities)
    done = (event.name for event in events if isinstance(event, ActionExecuted))
    actions = _new(done, {*old.action_names, *DEFAULT_ACTIONS, *new.responses})
    responses = {name: new.responses[name] for name in new.responses if name not in old.responses}
    text = text or _HEADER
    for section, names in (("intents", intents), ("entities", entities), ("actions", actions)):
        text = with_items(text, section, [f"- {name}" for name in names], file=file)
    blocks = [to_yaml({name: [dict(each) for each in every]}) for name, every in responses.items()]
    return with_items(text, "responses", blocks, file=file)


def _new(names: Iterable[str | None], known: Iterable[str]) -> list[str]:
    """Names in order of their first appearance, without those that are known."""
    seen = set(known)
    return [name for name in dict.fromkeys(names) if name is not None and name not in seen]


def _dedented(item: str) -> str:
    """A list item as it stands at the margin."""
    lines = item.rstrip("\n").split("\n")
    margin = len(lines[0]) - len(lines[0].lstrip())
    return "\n".join(line[margin:] for line in lines)
