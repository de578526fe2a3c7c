"""An intent for each keyword: exact, explainable, and blind to everything else."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from turnwise.errors import ProjectError
from turnwise.nlu.component import Component, TrainingSet
from turnwise.nlu.message import Intent, Message
from turnwise.project.nlu_data import Example

log = logging.getLogger(__name__)

_PLAIN = re.compile(r"[A-Za-z0-9_]+(?: [A-Za-z0-9_]+)*")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeywordSettings:
    """What may stand under `KeywordIntentClassifier`."""

    case_sensitive: bool = True
    """Whether `Hi` and `hi` are different keywords."""


class Keywords:
    r"""Finds which of many keywords stand in a text; each is a regex between two `\b`.

    Keywords of plain words, nearly all, are looked up in a table; only the others are searched for.
    """

    def __init__(self, keywords: Iterable[str], *, case_sensitive: bool) -> None:
        self.flags = re.NOFLAG if case_sensitive else re.IGNORECASE
        self.case_sensitive = case_sensitive
        self.plain: dict[str, list[int]] = {}
        self.patterns: list[tuple[int, re.Pattern[str]]] = []
        self.longest = 0
        for position, keyword in enumerate(keywords):
            if _PLAIN.fullmatch(keyword):
                self.plain.setdefault(self._folded(keyword), []).append(position)
                self.longest = max(self.longest, keyword.count(" ") + 1)
            else:
                self.patterns.append((position, re.compile(rf"\b{keyword}\b", self.flags)))

    def _folded(self, text: str) -> str:
        return text if self.case_sensitive else text.lower()

    def within(self, text: str) -> Iterator[int]:
        """Positions of the keywords found in `text`, in no particular order."""
        words = [found.span() for found in _WORD.finditer(text)]
        for index, (start, _) in enumerate(words):
            for _, end in words[index : index + self.longest]:
                yield from self.plain.get(self._folded(text[start:end]), ())
        yield from (position for position, pattern in self.patterns if pattern.search(text))


class KeywordIntentClassifier(Component[KeywordSettings]):
    """The first keyword, in training order, that stands in the text between word boundaries decides.

    Every training text of an intent is a keyword, read as a regular expression. One that two
    intents claim, or that stands inside a keyword of another intent, is dropped with a warning.
    """

    Settings = KeywordSettings
    writes: ClassVar[frozenset[str]] = frozenset({"intent"})
    learns_from: ClassVar[frozenset[str]] = frozenset({"texts", "intents"})

    keywords_: Mapping[str, str] = {}
    _index: Keywords | None = None

    def train(self, training: TrainingSet) -> None:
        examples = [example for example in training.data.examples if example.intent]
        for example in examples:
            _check(example)
        keywords = _claimed_once(examples)
        for keyword in self._inside_others(keywords):
            log.warning("nlu.keyword.inside_another_intents keyword=%r intent=%s", keyword, keywords[keyword])
            del keywords[keyword]
        self._take(keywords)

    def _inside_others(self, keywords: Mapping[str, str]) -> list[str]:
        """Keywords that stand in a keyword of another intent, in training order."""
        names = list(keywords)
        index = Keywords(names, case_sensitive=self.settings.case_sensitive)
        inside = {
            position
            for other in names
            for position in index.within(other)
            if keywords[names[position]] != keywords[other]
        }
        return [names[position] for position in sorted(inside)]

    def _take(self, keywords: Mapping[str, str]) -> None:
        self.keywords_ = keywords
        self._index = Keywords(keywords, case_sensitive=self.settings.case_sensitive)

    def process(self, message: Message) -> None:
        found = min(self._index.within(message.text), default=None) if self._index else None
        if found is not None:
            message.intent = Intent(name=list(self.keywords_.values())[found], confidence=1.0)
            message.notes["keyword"] = list(self.keywords_)[found]

    def dump(self) -> dict[str, bytes]:
        return {"keywords.json": json.dumps(self.keywords_, ensure_ascii=False).encode()}

    def restore(self, files: Mapping[str, bytes]) -> None:
        self._take(json.loads(files["keywords.json"]))

    def explain(self, message: Message) -> Mapping[str, Any] | None:
        keyword = message.notes.get("keyword")
        return {"because": f"the keyword '{keyword}' is in the text"} if keyword else None


def _check(example: Example) -> None:
    try:
        re.compile(rf"\b{example.text}\b")
    except re.error as error:
        problem = f"'{example.text}' serves as keyword but is no regular expression: {error}"
        fix = "KeywordIntentClassifier reads examples as regexes; escape it or use another classifier"
        raise ProjectError(example.place, problem, fix=fix) from error


def _claimed_once(examples: Iterable[Example]) -> dict[str, str]:
    """Keyword to intent, without those that several intents claim."""
    claimed: dict[str, str] = {}
    contested: set[str] = set()
    for example in examples:
        intent = example.intent or ""
        if claimed.setdefault(example.text, intent) != intent:
            contested.add(example.text)
            log.warning("nlu.keyword.claimed_twice keyword=%r intent=%s", example.text, intent)
    return {keyword: intent for keyword, intent in claimed.items() if keyword not in contested}
