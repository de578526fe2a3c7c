"""From the steps of a story as written to the events of a conversation: listens and slots are added."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from turnwise.dialogue.domain import ACTION_LISTEN, Domain
from turnwise.dialogue.events import ActionExecuted, Event, SlotSet, UserFeaturization, UserUttered
from turnwise.dialogue.slots import SHOULD_NOT_BE_SET, ListSlot, SlotMapping
from turnwise.errors import Place
from turnwise.project.story_steps import STORY_START, StoryStep

PlacedEvent = tuple[Event, Place]

_LISTEN = ActionExecuted(name=ACTION_LISTEN)
_BY_TEXT = UserFeaturization(use_text_for_featurization=True)
"""Of an end-to-end turn policies see the words, and no entities."""


def conversation_events(step: StoryStep, domain: Domain) -> list[PlacedEvent]:
    """What happens in a block, each event with the place of the step it comes from.

    The assistant listens before each user turn, and at the end of a block where the story ends. After
    a user turn its entities fill slots. The first action of a story in which nobody has spoken before
    is marked as unpredictable: nothing could tell a policy to take it.
    """
    events: list[PlacedEvent] = []
    for event, place in zip(_with_unpredictable(step), step.places, strict=True):
        if isinstance(event, UserUttered):
            _listen(events, place)
            events.append((event, place))
            if event.text and not event.intent_name:
                events.append((_BY_TEXT, place))
            events += ((slot, place) for slot in filled_slots(event, domain, in_rule=step.is_rule))
        else:
            events.append((event, place))
    if not step.end:
        _listen(events, step.places[-1] if step.places else step.place)
    return events


def _listen(events: list[PlacedEvent], place: Place) -> None:
    last = events[-1][0] if events else None
    if not (isinstance(last, ActionExecuted) and last.name == ACTION_LISTEN):
        events.append((_LISTEN, place))


def _with_unpredictable(step: StoryStep) -> tuple[Event, ...]:
    if STORY_START not in {checkpoint.name for checkpoint in step.start}:
        return step.events
    for index, event in enumerate(step.events):
        if isinstance(event, UserUttered):
            break
        if isinstance(event, ActionExecuted):
            marked = replace(event, unpredictable=True)
            return (*step.events[:index], marked, *step.events[index + 1 :])
    return step.events


def filled_slots(message: UserUttered, domain: Domain, *, in_rule: bool = False) -> Iterator[SlotSet]:
    """Slots that the entities of a user turn in a story fill, in the order of the domain.

    A list takes the values that any of its mappings finds, other slots the last of them.
    """
    if not message.entities or not domain.store_entities_as_slots:
        return
    for slot in domain.slots.values():
        values = [value for mapping in slot.mappings for value in _values(mapping, message)]
        if values:
            value = values if isinstance(slot, ListSlot) else values[-1]
            yield SlotSet(name=slot.name, value=SHOULD_NOT_BE_SET if in_rule and value is None else value)


def _values(mapping: SlotMapping, message: UserUttered) -> list[object]:
    if mapping.type != "from_entity" or (mapping.conditions and mapping.conditions[0].active_loop):
        return []
    return [entity.get("value") for entity in message.entities if _fits(entity, mapping)]


def _fits(entity: object, mapping: SlotMapping) -> bool:
    return isinstance(entity, dict) and (
        entity.get("entity") == mapping.entity
        and entity.get("role") == mapping.role
        and entity.get("group") == mapping.group
    )
