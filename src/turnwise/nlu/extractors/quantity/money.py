"""Amounts of money, and spans between two of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from turnwise.nlu.extractors.quantity.numbers import Number, plain
from turnwise.nlu.extractors.quantity.words import GAP, QuantityWords, any_of, just_before

_CENT = "cent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An amount, or one between two."""

    start: int
    end: int
    unit: str
    least: Fraction | None
    most: Fraction | None
    """Both are the same for an amount; None where it is open."""

    def value(self) -> dict[str, Any]:
        """As Duckling writes it."""
        if self.least == self.most and self.least is not None:
            return {**self._end(self.least), "type": "value"}
        ends = {"from": self.least, "to": self.most}
        return {"type": "interval", **{key: self._end(end) for key, end in ends.items() if end is not None}}

    def _end(self, amount: Fraction) -> dict[str, Any]:
        return {"value": plain(amount), "unit": self.unit}


def _amount(start: int, end: int, unit: str, count: Fraction) -> Money:
    return Money(start=start, end=end, unit=unit, least=count, most=count)


class MoneyRules:
    """Amounts of money in one language."""

    def __init__(self, words: QuantityWords) -> None:
        self.units = {form: unit for unit, forms in words.money.items() for form in forms.split("|")}
        signs = any_of(self.units)
        leading = [form for form, unit in self.units.items() if not form.isalpha() or form.upper() == unit]
        self._before = re.compile(rf"(?<![^\W\d_])({any_of(leading)})\s?$")
        self._after = re.compile(rf"{GAP}({signs})(?!\w)")
        self._article = re.compile(rf"\b(?:{any_of(words.article)})\s({signs})(?!\w)")
        self._cents = re.compile(rf"{GAP}{any_of(words.cents)}(?!\w)")
        self._and = re.compile(rf"[\s,]*(?:{any_of(words.conjunction)}\s)?")
        joint = rf"(?:{any_of(words.conjunction)}|{any_of(words.to)}|[-–])"
        self._lead = re.compile(rf"\b{any_of(words.span)}\s$")
        self._joint = re.compile(rf"\s?(?P<joint>{joint})\s?$")
        self._only_to = re.compile(rf"(?:{any_of(words.to)}|[-–])")
        self._less = re.compile(rf"\b(?:{any_of(words.less)})\s$")
        self._more = re.compile(rf"\b(?:{any_of(words.more)})\s$")

    def found(self, text: str, numbers: Sequence[Number]) -> Iterator[Money]:
        """All amounts, also those inside longer ones."""
        wholes = [own for number in numbers if (own := self._amount(text, number))]
        wholes += [
            _amount(match.start(), match.end(), self.units[match[1]], Fraction(1))
            for match in self._article.finditer(text)
        ]
        cents = [own for number in numbers if (own := self._in_cents(text, number))]
        amounts = [*wholes, *cents, *self._with_cents(text, wholes, cents)]
        yield from amounts
        ends = _by_end(amounts, numbers)
        for amount in amounts:
            yield from self._open(text, amount)
            yield from self._spans(text, amount, ends)

    def _amount(self, text: str, number: Number) -> Money | None:
        before = just_before(self._before, text, number.start)
        after = self._after.match(text, number.end)
        if number.ordinal or (number.attached and not after):
            return None
        if before:
            return _amount(before.start(), number.end, self.units[before[1]], number.value)
        return _amount(number.start, after.end(), self.units[after[1]], number.value) if after else None

    def _in_cents(self, text: str, number: Number) -> Money | None:
        cents = self._cents.match(text, number.end)
        if number.ordinal or not cents:
            return None
        return _amount(number.start, cents.end(), _CENT, number.value)

    def _with_cents(self, text: str, wholes: Sequence[Money], cents: Sequence[Money]) -> Iterator[Money]:
        """Such as "five dollars and 50 cents"."""
        parts = {part.start: part for part in cents}
        for whole in wholes:
            between = self._and.match(text, whole.end)
            part = parts.get(between.end()) if between else None
            if part and part.least is not None and whole.least is not None:
                yield _amount(whole.start, part.end, whole.unit, whole.least + part.least / 100)

    def _open(self, text: str, amount: Money) -> Iterator[Money]:
        """Such as "under 50 dollars"."""
        if less := just_before(self._less, text, amount.start):
            yield replace(amount, start=less.start(), least=None)
        if more := just_before(self._more, text, amount.start):
            yield replace(amount, start=more.start(), most=None)

    def _spans(self, text: str, last: Money, ends: Mapping[int, Sequence[_First]]) -> Iterator[Money]:
        """Such as "between 10 and 20 dollars", "10-20 dollars"; the first may go without currency."""
        joint = just_before(self._joint, text, last.start)
        for start, unit, least in ends.get(joint.start(), ()) if joint else ():
            if unit not in (None, last.unit) or last.most is None or least >= last.most:
                continue
            lead = just_before(self._lead, text, start)
            if lead or (joint and self._only_to.fullmatch(joint["joint"])):
                yield replace(last, start=lead.start() if lead else start, least=least)


_First = tuple[int, str | None, Fraction]
"""Where the lower end of a span begins, its currency if it has one, and how much it is."""


def _by_end(amounts: Sequence[Money], numbers: Sequence[Number]) -> Mapping[int, Sequence[_First]]:
    """What the lower end of a span may be, by where it ends."""
    ends: dict[int, list[_First]] = {}
    for own in amounts:
        if own.least is not None:
            ends.setdefault(own.end, []).append((own.start, own.unit, own.least))
    for number in numbers:
        if not number.ordinal:
            ends.setdefault(number.end, []).append((number.start, None, number.value))
    return ends
