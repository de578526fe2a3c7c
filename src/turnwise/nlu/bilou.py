"""Entities as one tag for each token, and back: Begin, Inside, Last, Unit, and O for none."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from turnwise.nlu.message import Entity, Token
from turnwise.project.nlu_data import EntitySpan

if TYPE_CHECKING:
    from turnwise.nlu.component import TrainingSet

log = logging.getLogger(__name__)

OUTSIDE = "O"
_PREFIXES = ("B-", "I-", "L-", "U-")

Tags = list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagging:
    """What a tagger says of each token for one attribute (entity, role or group)."""

    tags: Tags
    confidences: list[float]
    """In [0, 1], one for each token."""


def prefix_of(tag: str) -> str:
    """`B-`, `I-`, `L-` or `U-`; empty for plain tags and `O`."""
    return tag[:2] if tag[:2] in _PREFIXES else ""


def label_of(tag: str) -> str:
    """The tag without its prefix."""
    return tag[2:] if tag[:2] in _PREFIXES else tag


def labels_of(span: EntitySpan) -> Mapping[str, str | None]:
    """The label of each attribute that a span may carry."""
    return {"entity": span.entity, "role": span.role, "group": span.group}


def gold_tags(
    tokens: Sequence[Token], spans: Iterable[EntitySpan], attribute: str, *, bilou: bool = True
) -> Tags:
    """The tags of an annotated text; spans that do not begin and end with a token get none."""
    tags = [OUTSIDE] * len(tokens)
    starts = {token.start: index for index, token in enumerate(tokens)}
    ends = {token.end: index for index, token in enumerate(tokens)}
    for span in spans:
        label, first, last = labels_of(span)[attribute], starts.get(span.start), ends.get(span.end)
        if label and first is not None and last is not None:
            tags[first : last + 1] = (
                _tagged(label, last - first + 1) if bilou else [label] * (last - first + 1)
            )
    return tags


def _tagged(label: str, length: int) -> Tags:
    if length == 1:
        return [f"U-{label}"]
    return [f"B-{label}", *[f"I-{label}"] * (length - 2), f"L-{label}"]


def misaligned(tokens: Sequence[Token], spans: Iterable[EntitySpan]) -> list[EntitySpan]:
    """Spans that do not begin and end with a token, from which a tagger cannot learn."""
    starts, ends = {token.start for token in tokens}, {token.end for token in tokens}
    return [span for span in spans if span.start not in starts or span.end not in ends]


def tell_misaligned(component: str, training: TrainingSet) -> None:
    """Logs how many spans a tagger cannot learn from; `rasa data validate` lists them."""
    pairs = zip(training.messages, training.data.examples, strict=True)
    places = [
        example.place
        for message, example in pairs
        for _ in misaligned(message.tokens or (), example.entities)
    ]
    if places:
        log.warning("nlu.misaligned component=%s spans=%d first=%s", component, len(places), places[0])


def repaired(tagging: Tagging) -> Tagging:
    """The tagging with every `B-` closed by an `L-`, and one label from there to here.

    Where labels differ inside, the best wins: by the harmonic mean of its average confidence and its
    share of the tokens. Tokens that change their label get that score as confidence.
    """
    tags, confidences = list(tagging.tags), list(tagging.confidences)
    for start, tag in enumerate(tags):
        if prefix_of(tag) != "B-":
            continue
        end = _end(tags, start)
        labels = [label_of(inner) for inner in tags[start:end]]
        label = labels[0]
        if len(set(labels)) > 1:
            label, score = _best(labels, confidences[start:end])
            for index, own in enumerate(labels, start):
                confidences[index] = confidences[index] if own == label else round(score, 2)
        tags[start:end] = _tagged(label, end - start)
    return Tagging(tags=tags, confidences=confidences)


def _end(tags: Sequence[str], start: int) -> int:
    """One past the last token of the entity that begins at `start`."""
    for index in range(start + 1, len(tags)):
        prefix = prefix_of(tags[index])
        if prefix == "L-":
            return index + 1
        if prefix != "I-":
            return index
    return len(tags)


def _best(labels: Sequence[str], confidences: Sequence[float]) -> tuple[str, float]:
    """The label to use for all tokens, and its score."""
    scores: dict[str, float] = {}
    for label in dict.fromkeys(labels):
        own = [value for value, name in zip(confidences, labels, strict=True) if name == label]
        average, share = round(sum(own) / len(own), 2), round(len(own) / len(labels), 2)
        scores[label] = 2 * average * share / (average + share)
    best = max(scores, key=scores.__getitem__)
    return best, scores[best]


@dataclass(frozen=True, slots=True, kw_only=True)
class Splitting:
    """Whether tokens of one label with punctuation between them are entities of their own."""

    default: bool = True
    by_entity: Mapping[str, bool]

    @classmethod
    def configured(cls, setting: bool | Mapping[str, bool]) -> Splitting:
        """From `split_entities_by_comma`: one answer for all, or a map that says no for some."""
        if isinstance(setting, bool):
            return cls(default=setting, by_entity={})
        return cls(by_entity=dict(setting))

    def splits(self, entity: str) -> bool:
        return self.by_entity.get(entity, self.default)


def entities_of(
    text: str,
    tokens: Sequence[Token],
    taggings: Mapping[str, Tagging],
    *,
    splitting: Splitting,
    extractor: str,
) -> list[Entity]:
    """The entities that tags stand for.

    Args:
        taggings: By attribute; "entity" always, "role" and "group" where a tagger for them exists.
    """
    groups: list[tuple[int, int]] = []
    before = _NOTHING
    entity_tags = taggings["entity"].tags
    for index, token in enumerate(tokens):
        if label_of(entity_tags[index]) == OUTSIDE or not token.text:  # an empty text has an empty token
            if before.label != OUTSIDE:
                # Rasa forgets the entity at an outside token, but not its role and group.
                before = before._replace(tag=OUTSIDE, label=OUTSIDE)
            continue
        here = _At.of(taggings, index)
        gap = token.start - tokens[index - 1].end if index else 0
        if _begins(here, before) or not _continues(gap, here.label, splitting):
            groups.append((index, index + 1))
        else:
            groups[-1] = (groups[-1][0], index + 1)
        before = here
    return [_entity(text, tokens, taggings, first, end, extractor) for first, end in groups]


class _At(NamedTuple):
    """The tags at one token, roles and groups without prefix; a tuple, since every token makes one."""

    tag: str
    label: str
    role: str
    group: str

    @classmethod
    def of(cls, taggings: Mapping[str, Tagging], index: int) -> _At:
        tags = {attribute: tagging.tags[index] for attribute, tagging in taggings.items()}
        return cls(
            tag=tags["entity"],
            label=label_of(tags["entity"]),
            role=label_of(tags.get("role", OUTSIDE)),
            group=label_of(tags.get("group", OUTSIDE)),
        )


_NOTHING = _At(tag=OUTSIDE, label=OUTSIDE, role=OUTSIDE, group=OUTSIDE)


def _begins(here: _At, before: _At) -> bool:
    if (here.role, here.group) != (before.role, before.group):
        return True
    prefix = prefix_of(here.tag)
    if not prefix:
        return here.tag != before.tag
    opens = prefix == "B-" and here.tag != before.tag
    return opens or prefix == "U-" or before.label == OUTSIDE


def _continues(gap: int, label: str, splitting: Splitting) -> bool:
    """Whether a token `gap` characters after the one before may belong to the same entity."""
    return gap <= 1 or (gap <= 3 and not splitting.splits(label))


def _entity(
    text: str, tokens: Sequence[Token], taggings: Mapping[str, Tagging], first: int, end: int, extractor: str
) -> Entity:
    labels: dict[str, str | None] = {}
    sure: dict[str, float | None] = {}
    for attribute, tagging in taggings.items():
        label = label_of(tagging.tags[first])
        if label != OUTSIDE:
            labels[attribute], sure[attribute] = label, min(tagging.confidences[first:end])
    start, stop = tokens[first].start, tokens[end - 1].end
    return Entity(
        entity=labels["entity"] or OUTSIDE,
        start=start,
        end=stop,
        value=text[start:stop],
        extractor=extractor,
        confidence_entity=sure["entity"],
        role=labels.get("role"),
        confidence_role=sure.get("role"),
        group=labels.get("group"),
        confidence_group=sure.get("group"),
    )
