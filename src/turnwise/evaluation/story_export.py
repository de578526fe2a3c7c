"""Conversations as test stories: what was said and done, to be replayed later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from turnwise.dialogue.domain import ACTION_LISTEN, ACTION_SESSION_START, ACTION_UNLIKELY_INTENT, RULE_SNIPPET
from turnwise.dialogue.events import (
    ActionExecuted,
    ActiveLoop,
    Event,
    SlotSet,
    UserUttered,
)
from turnwise.evaluation.story_yaml import Literal, WrittenStep, WrittenStory, stories_document
from turnwise.project.entity_annotations import BadAnnotation, parse_annotated
from turnwise.project.nlu_data import EntitySpan
from turnwise.project.nlu_writer import annotated
from turnwise.project.story_steps import FULL_RETRIEVAL_INTENT
from turnwise.project.story_writer import was_taken_as_text

_UNWRITTEN = frozenset({ACTION_LISTEN, ACTION_SESSION_START, ACTION_UNLIKELY_INTENT, RULE_SNIPPET})


def session_stories_yaml(
    sender_id: str, events: Sequence[Event], *, until: float | None = None, all_sessions: bool = False
) -> str:
    """A conversation as test stories, one for each of its sessions (`GET /conversations/{id}/story`).

    Args:
        sender_id: Name of the story; with several, `sender_id, story 1` and so on.
        until: Seconds since 1970 after which nothing counts; None: now.
        all_sessions: Whether sessions before the last one are written too.
    """
    sessions = split_sessions(events)
    sessions = sessions if all_sessions else sessions[-1:]
    if until is not None:
        sessions = [[event for event in session if event.timestamp <= until] for session in sessions]
    sessions = [session for session in sessions if session]
    names = [sender_id] if len(sessions) == 1 else _numbered(sender_id, len(sessions))
    stories = [
        WrittenStory(name=name, steps=list(written_steps(session, is_test=True)))
        for name, session in zip(names, sessions, strict=True)
    ]
    return stories_document(stories)


def _numbered(sender_id: str, count: int) -> list[str]:
    return [f"{sender_id}, story {number}" for number in range(1, count + 1)]


def split_sessions(events: Sequence[Event]) -> list[list[Event]]:
    """The events of each session; one begins where `action_session_start` ran."""
    begins = [index for index, event in enumerate(events) if _starts_session(event)]
    bounds = [0, *(index for index in begins if index), len(events)]
    return [list(events[start:end]) for start, end in pairwise(bounds) if start < end]


def _starts_session(event: Event) -> bool:
    return isinstance(event, ActionExecuted) and event.name == ACTION_SESSION_START


def written_steps(events: Sequence[Event], *, is_test: bool = False) -> Iterator[WrittenStep]:
    """The events that stories speak of, as steps.

    Args:
        is_test: Each user turn with its words.
    """
    for index, event in enumerate(events):
        if isinstance(event, UserUttered):
            by_text = was_taken_as_text(event, events[index + 1 :])
            yield WrittenStep(content=user_content(event, is_test=is_test, by_text=by_text))
        else:
            content = other_content(event)
            if content:
                yield WrittenStep(content=content)


def other_content(event: Event) -> dict[str, Any]:
    """The keys of a step that is no user turn; none for what stories do not speak of."""
    if isinstance(event, ActionExecuted):
        if event.name in _UNWRITTEN:
            return {}
        return {"action": event.name} if event.name else {"bot": event.action_text}
    if isinstance(event, SlotSet):
        return {"slot_was_set": [{event.name: event.value}]}
    if isinstance(event, ActiveLoop):
        return {"active_loop": event.name}
    return {}


def user_content(turn: UserUttered, *, is_test: bool, by_text: bool) -> dict[str, Any]:
    """The keys of a user turn."""
    content: dict[str, Any] = {}
    if turn.intent_name and not by_text:
        content["intent"] = turn.intent.get(FULL_RETRIEVAL_INTENT) or turn.intent_name
    if turn.entities and not is_test:
        content["entities"] = [listed_entity(entity) for entity in turn.entities]
    if turn.text and (by_text or is_test):
        content["user"] = Literal(annotated_text(turn.text, turn.entities))
    return content


def listed_entity(entity: Mapping[str, Any]) -> Any:
    """An entity under `entities`: its name, with its value if it has one."""
    return {entity["entity"]: entity["value"]} if "value" in entity else entity["entity"]


def annotated_text(text: str, entities: Iterable[Mapping[str, Any]]) -> str:
    """What the user said, its entities annotated; `/intent` messages hold theirs already."""
    if text.startswith("/"):
        return text
    try:
        text = parse_annotated(text)[0]
    except BadAnnotation:
        return text
    spans = [
        EntitySpan(
            entity=str(entity["entity"]),
            start=entity["start"],
            end=entity["end"],
            value=entity.get("value"),
            role=entity.get("role"),
            group=entity.get("group"),
        )
        for entity in entities
        if "start" in entity and "end" in entity
    ]
    return annotated(text, spans)
