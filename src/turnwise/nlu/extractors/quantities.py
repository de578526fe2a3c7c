"""Numbers, money, durations and times without a server, in the shape that Duckling gives them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from turnwise.nlu.component import Component, SettingError
from turnwise.nlu.extractors.duckling import as_entity
from turnwise.nlu.extractors.quantity.grammar import Found, Grammar
from turnwise.nlu.extractors.quantity.languages import WORDS
from turnwise.nlu.message import Message

Dimension = Literal["number", "ordinal", "amount-of-money", "duration", "time"]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantitySettings:
    """What may stand under `QuantityEntityExtractor`."""

    dimensions: list[Dimension] | None = None
    """What to look for; None for all."""
    locale: str | None = None
    """Such as de_DE; None for the project's language. English, German, French and Spanish are spoken."""
    timezone: str = "UTC"
    """Where "five o'clock" is five o'clock, such as Europe/Berlin."""

    def __post_init__(self) -> None:
        if self.locale is not None and language_of(self.locale) not in WORDS:
            problem = f"the language of '{self.locale}' is not spoken"
            raise SettingError("locale", problem, fix=f"choose from {', '.join(sorted(WORDS))}")
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            problem = f"there is no time zone '{self.timezone}'"
            raise SettingError("timezone", problem, fix="write one such as Europe/Berlin") from error


class QuantityEntityExtractor(Component[QuantitySettings]):
    """Finds quantities by rules; number words are read by the library text2num. Learns nothing.

    "Tomorrow" counts from the time the message was sent, or else from now.
    """

    Settings = QuantitySettings
    writes: ClassVar[frozenset[str]] = frozenset({"entities"})
    languages: ClassVar[tuple[str, ...]] = ("en", "de", "fr", "es")

    _grammar: Grammar | None = None

    def get_ready(self) -> None:
        self.grammar()

    def process(self, message: Message) -> None:
        sent_at = message.notes.get("sent_at")
        zone = ZoneInfo(self.settings.timezone)
        now = (
            datetime.fromtimestamp(sent_at, zone)
            if sent_at is not None
            else datetime.now(UTC).astimezone(zone)
        )
        wanted = self.settings.dimensions
        found = [
            own for own in self.grammar().found(message.text, now) if wanted is None or own.dim in wanted
        ]
        message.entities += [as_entity(_match(own, message.text), self.name) for own in _outermost(found)]

    def grammar(self) -> Grammar:
        if self._grammar is None:
            locale = self.settings.locale or self.language
            self._grammar = Grammar(language_of(locale), locale[3:].upper())
        return self._grammar


def language_of(locale: str) -> str:
    """The language of a locale such as de_DE or de-AT."""
    return locale.replace("-", "_").partition("_")[0].lower()


def _outermost(found: Sequence[Found]) -> list[Found]:
    """Without what lies inside something longer, such as the 2 of "2 weeks"; from left to right."""
    kept: list[Found] = []
    taken: set[int] = set()
    for own in sorted(found, key=lambda one: (one.start - one.end, one.start)):
        if own.start not in taken and own.end - 1 not in taken:  # nothing longer comes any more
            kept.append(own)
            taken.update(range(own.start, own.end))
    return sorted(kept, key=lambda one: one.start)


def _match(found: Found, text: str) -> dict[str, object]:
    """A match as Duckling's server would report it."""
    body = text[found.start : found.end]
    return {"dim": found.dim, "start": found.start, "end": found.end, "body": body, "value": found.value}
