"""What is probably wrong with training data, although it can be trained on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from turnwise.errors import Place
from turnwise.nlu.bilou import misaligned
from turnwise.nlu.message import Message
from turnwise.nlu.models.text_vectors import words_of
from turnwise.nlu.tokenizers.whitespace import tokens_of
from turnwise.project.checks import Finding, Severity, found
from turnwise.project.nlu_data import Example
from turnwise.project.project import Project

FEWEST_EXAMPLES = 3
"""An intent with fewer is hardly learned."""
_USUAL = 5
"""How often words must be one entity for another annotation of them to look like a slip."""


def under_two_intents(project: Project) -> Iterator[Finding]:
    """The same words with different meanings; letter by letter, or but for case and punctuation."""
    first: dict[tuple[str, ...], Example] = {}
    for example in project.nlu.examples:
        words = tuple(words_of(Message(example.text)))
        if example.intent is None or not words:
            continue
        other = first.setdefault(words, example)
        if _meaning(other) != _meaning(example):
            problem = f"'{example.text}' is an example of '{_meaning(other)}' too ({_where(other.place)})"
            # Rasa compares texts and intents as they are written, and fails on nothing else.
            same = other.text == example.text and other.intent != example.intent
            severity = Severity.WARNING if same else Severity.DOUBT
            yield found(severity, example.place, problem, fix="decide for one of the two")


def _meaning(example: Example) -> str:
    return example.response_key or example.intent or ""


def _where(place: Place) -> str:
    return f"{place.file}:{place.line}"


def few_examples(project: Project) -> Iterator[Finding]:
    """Intents and response keys with too few examples to learn them by."""
    by_meaning: dict[str, list[Example]] = defaultdict(list)
    for example in project.nlu.examples:
        if example.intent:
            by_meaning[_meaning(example)].append(example)
    for meaning, own in by_meaning.items():
        if len(own) < FEWEST_EXAMPLES:
            problem = f"the intent '{meaning}' has only {len(own)} example{'s'[: len(own) != 1]}"
            yield found(Severity.DOUBT, own[0].place, problem, fix="add others, differently worded")


def rare_labels(project: Project) -> Iterator[Finding]:
    """Entities, roles and groups annotated only once."""
    seen: dict[tuple[str, str], list[Example]] = defaultdict(list)
    for example in project.nlu.examples:
        for span in example.entities:
            for kind, label in (("entity", span.entity), ("role", span.role), ("group", span.group)):
                if label:
                    seen[kind, label].append(example)
    for (kind, label), own in seen.items():
        if len(own) == 1:
            problem = f"the {kind} '{label}' is annotated only once"
            yield found(Severity.DOUBT, own[0].place, problem, fix="annotate it in other examples too")


def misaligned_spans(project: Project) -> Iterator[Finding]:
    """Spans that begin or end within a word, where words are what WhitespaceTokenizer makes of a text."""
    pipeline = project.config.completed().pipeline or ()
    if not any(component.name.endswith("WhitespaceTokenizer") for component in pipeline):
        return
    for example in project.nlu.examples:
        for span in misaligned(tokens_of(example.text), example.entities) if example.entities else ():
            value = example.text[span.start : span.end]
            problem = f"'{value}' ({span.entity}) does not begin and end with a word in '{example.text}'"
            fix = "move the brackets to the edges of words, without punctuation"
            yield found(Severity.DOUBT, example.place, f"{problem}: it is not learned from", fix=fix)


def annotated_in_two_ways(project: Project) -> Iterator[Finding]:
    """Words that nearly always are one entity, and once another: probably a slip."""
    uses: dict[str, list[tuple[str, Example]]] = defaultdict(list)
    for example in project.nlu.examples:
        for span in example.entities:
            uses[example.text[span.start : span.end].lower()].append((span.entity, example))
    for value, own in uses.items():
        counts = Counter(entity for entity, _ in own)
        usual, often = counts.most_common(1)[0]
        for entity, example in own:
            if entity != usual and counts[entity] == 1 and often >= _USUAL:
                problem = f"'{value}' is annotated as '{entity}' here, and {often} times as '{usual}'"
                yield found(Severity.DOUBT, example.place, problem, fix=f"check it; is it '{usual}'?")


def unanswered_keys(project: Project) -> Iterator[Finding]:
    """Response keys that have examples and nothing to say."""
    first = {example.response_key: example for example in reversed(project.nlu.examples)}
    for key, example in sorted(first.items(), key=lambda item: item[0] or ""):
        if key and f"utter_{key}" not in project.domain.responses:
            problem = f"there is no response 'utter_{key}' to the examples of '{key}'"
            yield found(Severity.DOUBT, example.place, problem, fix="write it under 'responses'")
