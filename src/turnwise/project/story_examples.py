"""NLU examples that stories hold: turns with both the words and the intent, as test stories have them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from turnwise.dialogue.events import UserUttered
from turnwise.project.nlu_data import EntitySpan, Example
from turnwise.project.story_steps import StoryGraph


def spoken_examples(graph: StoryGraph, *, known: Iterable[Example]) -> Iterator[Example]:
    """Examples in the stories of a graph, other than those that are known; each once.

    Rasa trains on them too: test stories among the training data teach the words that they test.
    """
    seen = {(example.text, example.intent, example.entities) for example in known}
    for step in graph.steps:
        for event, place in zip(step.events, step.places, strict=True):
            if isinstance(event, UserUttered) and event.text and event.intent_name:
                spans = tuple(_span(entity) for entity in event.entities)
                identity = (event.text, event.intent_name, spans)
                if identity not in seen:
                    seen.add(identity)
                    yield Example(text=event.text, intent=event.intent_name, entities=spans, place=place)


def _span(entity: Mapping[str, Any]) -> EntitySpan:
    return EntitySpan(
        entity=entity["entity"],
        start=entity["start"],
        end=entity["end"],
        value=entity["value"],
        role=entity.get("role"),
        group=entity.get("group"),
    )
