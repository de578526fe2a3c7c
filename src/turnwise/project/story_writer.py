"""Writing stories, rules and test stories as YAML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from turnwise.dialogue.domain import (
    ACTION_LISTEN,
    ACTION_SESSION_START,
    ACTION_UNLIKELY_INTENT,
    RULE_SNIPPET,
    SESSION_METADATA_SLOT,
)
from turnwise.dialogue.events import (
    ActionExecuted,
    ActiveLoop,
    Event,
    SlotSet,
    UserFeaturization,
    UserUttered,
)
from turnwise.dialogue.slots import SHOULD_NOT_BE_SET
from turnwise.project.nlu_data import PRETRAINED_EXTRACTORS, EntitySpan
from turnwise.project.nlu_writer import annotated
from turnwise.project.story_steps import FULL_RETRIEVAL_INTENT, START, StoryGraph, StoryStep
from turnwise.project.versions import LATEST_VERSION
from turnwise.project.yaml_writer import Quoted, to_yaml

Step = dict[str, Any]

_UNWRITTEN_ACTIONS = frozenset({ACTION_LISTEN, ACTION_SESSION_START, ACTION_UNLIKELY_INTENT, RULE_SNIPPET})


def conversation_yaml(name: str, events: Sequence[Event], *, is_test: bool = False) -> str:
    """One conversation as the story `name`.

    Args:
        is_test: As a test story: each user turn with its words and its intent.
    """
    story = {"story": name, "steps": list(_steps(events, is_test=is_test))}
    return to_yaml({"version": Quoted(LATEST_VERSION), "stories": [story]})


def stories_yaml(graph: StoryGraph, *, is_test: bool = False) -> str:
    """All stories and rules; blocks between checkpoints are written apart."""
    content: dict[str, Any] = {"version": Quoted(LATEST_VERSION)}
    if graph.stories:
        content["stories"] = [_story(step, is_test=is_test) for step in graph.stories]
    if graph.rules:
        content["rules"] = [_rule(step) for step in _rules_in_full(graph.rules)]
    return to_yaml(content)


def _story(block: StoryStep, *, is_test: bool) -> dict[str, Any]:
    steps: list[Step] = []
    for checkpoint in block.start:
        if checkpoint.name != START.name:
            step: Step = {"checkpoint": checkpoint.name}
            if checkpoint.conditions:
                step["slot_was_set"] = [{name: value} for name, value in checkpoint.conditions.items()]
            steps.append(step)
    steps += _steps(block.events, is_test=is_test)
    steps += ({"checkpoint": checkpoint.name} for checkpoint in block.end)
    return {"story": block.name, "steps": steps}


def _rules_in_full(blocks: Sequence[StoryStep]) -> Iterator[StoryStep]:
    """Rules have no checkpoints: those with an or-statement become one rule for each alternative."""
    for block in blocks:
        if block.start == (START,):
            yield from _continued(block, blocks)


def _continued(block: StoryStep, blocks: Sequence[StoryStep]) -> Iterator[StoryStep]:
    names = {checkpoint.name for checkpoint in block.end}
    followers = [other for other in blocks if names & {checkpoint.name for checkpoint in other.start}]
    if not followers:
        yield block
    for follower in followers:
        joined = StoryStep(
            name=block.name,
            events=(*block.events, *follower.events),
            places=(*block.places, *follower.places),
            end=follower.end,
            is_rule=True,
            place=block.place,
        )
        yield from _continued(joined, blocks)


def _rule(block: StoryStep) -> dict[str, Any]:
    events = list(block.events)
    snippets = [index for index, event in enumerate(events) if _is_snippet(event)]
    rule: dict[str, Any] = {"rule": block.name}
    waits = True
    if snippets and snippets[-1] == len(events) - 1 and snippets[-1] > 0:
        waits = False
        events.pop()
        snippets.pop()
    begins = snippets[0] if snippets else 0
    conditions = list(_steps(events[:begins], is_test=False))
    if conditions:
        rule["condition"] = conditions
    if not snippets:
        rule["conversation_start"] = True
    rule["steps"] = list(_steps(events[begins:], is_test=False))
    if not waits:
        rule["wait_for_user_input"] = False
    return rule


def _is_snippet(event: Event) -> bool:
    return isinstance(event, ActionExecuted) and event.name == RULE_SNIPPET


def _steps(events: Sequence[Event], *, is_test: bool) -> Iterator[Step]:
    """The events that are written, as steps."""
    for index, event in enumerate(events):
        if isinstance(event, UserUttered):
            yield _user_step(event, is_test=is_test, by_text=was_taken_as_text(event, events[index + 1 :]))
        elif isinstance(event, ActionExecuted):
            if event.name is None:
                yield {"bot": event.action_text}
            elif event.name not in _UNWRITTEN_ACTIONS:
                yield {"action": event.name}
        elif isinstance(event, SlotSet) and event.name != SESSION_METADATA_SLOT:
            yield {"slot_was_set": [{event.name: _or_null(event.value)}]}
        elif isinstance(event, ActiveLoop):
            yield {"active_loop": _or_null(event.name)}


def _or_null(value: Any) -> Any:
    return None if value == SHOULD_NOT_BE_SET else value


def was_taken_as_text(turn: UserUttered, after: Iterable[Event]) -> bool:
    """Whether policies saw the words of the turn rather than its intent."""
    if turn.text and not turn.intent_name:
        return True
    for event in after:
        if isinstance(event, UserFeaturization):
            return event.use_text_for_featurization
        if isinstance(event, ActionExecuted | UserUttered):
            break
    return False


def _user_step(turn: UserUttered, *, is_test: bool, by_text: bool) -> Step:
    if by_text:
        return {"user": _words(turn)}
    step: Step = {"intent": turn.intent.get(FULL_RETRIEVAL_INTENT) or turn.intent_name or ""}
    if is_test and turn.text is not None:
        return {**step, "user": _words(turn)}
    entities = [_listed(entity) for entity in _written(turn)]
    return {**step, "entities": entities} if entities else step


def _written(turn: UserUttered) -> list[Any]:
    return [entity for entity in turn.entities if entity.get("extractor") not in PRETRAINED_EXTRACTORS]


def _listed(entity: Any) -> Step:
    labels = {key: entity[key] for key in ("role", "group") if entity.get(key)}
    return {entity["entity"]: entity.get("value"), **labels}


def _words(turn: UserUttered) -> str:
    """What the user said, its entities annotated."""
    text = turn.text or ""
    if text.startswith("/"):
        return text
    spans = [
        EntitySpan(
            entity=entity["entity"],
            start=entity["start"],
            end=entity["end"],
            value=entity.get("value"),
            role=entity.get("role"),
            group=entity.get("group"),
        )
        for entity in _written(turn)
        if isinstance(entity.get("start"), int) and isinstance(entity.get("end"), int)
    ]
    return annotated(text, spans)
