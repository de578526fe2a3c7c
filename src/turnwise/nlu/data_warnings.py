"""What is probably wrong with training data, although it can be trained on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from turnwise.errors import Place
from turnwise.nlu.bilou import misaligned
from turnwise.nlu.message import Message
from turnwise.nlu.models.text_vectors import words_of
from turnwise.nlu.tokenizers.whitespace import tokens_of
from turnwise.project.nlu_data import Example, NLUData

FEWEST_EXAMPLES = 3
"""An intent with fewer is hardly learned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataWarning:
    """A weakness of the training data, and what to do about it."""

    place: Place
    problem: str
    fix: str

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}\n  fix: {self.fix}"


def data_warnings(
    data: NLUData, *, in_stories: Iterable[str] | None = None, words_by_blanks: bool = True
) -> list[DataWarning]:
    """All weaknesses, in the order of their places.

    Args:
        in_stories: Intents that stories and rules use; None leaves those that they do not use unnamed.
        words_by_blanks: Whether WhitespaceTokenizer cuts the texts: spans are compared to its tokens.
    """
    found = [
        *_under_two_intents(data.examples),
        *_few_examples(data.examples),
        *_rare_labels(data.examples),
        *_annotated_in_two_ways(data.examples),
    ]
    if words_by_blanks:
        found += _misaligned(data.examples)
    if in_stories is not None:
        found += _unused(data.examples, frozenset(in_stories))
    return sorted(found, key=lambda warning: (warning.place, warning.problem))


def _under_two_intents(examples: Iterable[Example]) -> Iterator[DataWarning]:
    """The same words, whatever their case and punctuation, with different meanings."""
    first: dict[tuple[str, ...], Example] = {}
    for example in examples:
        meaning = example.response_key or example.intent
        words = tuple(words_of(Message(example.text)))
        if meaning is None or not words:
            continue
        other = first.setdefault(words, example)
        if (other.response_key or other.intent) != meaning:
            problem = (
                f"'{example.text}' stands under '{meaning}' and, at {other.place}, "
                f"under '{other.response_key or other.intent}'"
            )
            yield DataWarning(place=example.place, problem=problem, fix="decide for one of the two")


def _few_examples(examples: Iterable[Example]) -> Iterator[DataWarning]:
    by_intent: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        if example.intent:
            by_intent[example.intent].append(example)
    for intent, own in by_intent.items():
        if len(own) < FEWEST_EXAMPLES:
            problem = f"the intent '{intent}' has {_number(len(own), 'example')}"
            yield DataWarning(place=own[0].place, problem=problem, fix="add others, in other words")


def _rare_labels(examples: Iterable[Example]) -> Iterator[DataWarning]:
    """Entities, roles and groups annotated only once."""
    seen: dict[tuple[str, str], list[Example]] = defaultdict(list)
    for example in examples:
        for span in example.entities:
            for kind, label in (("entity", span.entity), ("role", span.role), ("group", span.group)):
                if label:
                    seen[kind, label].append(example)
    for (kind, label), own in seen.items():
        if len(own) == 1:
            problem = f"the {kind} '{label}' is annotated only once"
            yield DataWarning(place=own[0].place, problem=problem, fix="annotate it in other examples too")


def _misaligned(examples: Iterable[Example]) -> Iterator[DataWarning]:
    """Spans that begin or end within a word: nothing is learned from them."""
    for example in examples:
        if example.entities:
            for span in misaligned(tokens_of(example.text), example.entities):
                value = example.text[span.start : span.end]
                problem = f"'{value}' ({span.entity}) does not begin and end with a word in '{example.text}'"
                fix = "move the brackets to the edges of words, without punctuation"
                yield DataWarning(place=example.place, problem=problem, fix=fix)


def _annotated_in_two_ways(examples: Iterable[Example]) -> Iterator[DataWarning]:
    """Words that nearly always are one entity, and once another: probably a slip."""
    uses: dict[str, list[tuple[str, Example]]] = defaultdict(list)
    for example in examples:
        for span in example.entities:
            uses[example.text[span.start : span.end].lower()].append((span.entity, example))
    for value, own in uses.items():
        counts = Counter(entity for entity, _ in own)
        usual, often = counts.most_common(1)[0]
        for entity, example in own:
            if entity != usual and counts[entity] == 1 and often >= 5:
                problem = f"'{value}' is annotated as '{entity}' here, and {often} times as '{usual}'"
                yield DataWarning(place=example.place, problem=problem, fix=f"check it; is it '{usual}'?")


def _unused(examples: Iterable[Example], in_stories: frozenset[str]) -> Iterator[DataWarning]:
    first: Mapping[str, Example] = {e.intent: e for e in reversed(list(examples)) if e.intent}
    for intent, example in first.items():
        if intent not in in_stories:
            problem = f"the intent '{intent}' occurs in no story or rule"
            yield DataWarning(
                place=example.place, problem=problem, fix="say in a rule what to do, or remove it"
            )


def _number(count: int, what: str) -> str:
    return f"only one {what}" if count == 1 else f"only {count} {what}s"
