"""Numbers in digits and words, the beginning of every quantity."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from turnwise.errors import UsageError
from turnwise.nlu.extractors.quantity.words import GAP, PAD, QuantityWords, any_of, just_before

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\S")
_ORDINAL_END = r"(?:st|nd|rd|th|er|ère|ème|e|º|ª)"
_HALVES = {"anderthalb": 1, "eineinhalb": 1}
"""German numbers that are a half more than a whole one, and are not made of its word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number in a text."""

    start: int
    end: int
    value: Fraction
    ordinal: bool = False
    attached: bool = False
    """Whether letters follow at once, as in "5km": then it is one only together with a unit."""


class Numbers:
    """The numbers of one language."""

    def __init__(self, language: str, words: QuantityWords) -> None:
        self.words = words
        self._spelled = _number_reader(language)
        grouping = r"[.,\u202f\u00a0 ]" if words.spaced else r"[.,\u202f\u00a0]"
        # What is longer than 15 digits is no quantity.
        groups = rf"(?:{grouping}\d{{3}}(?!\d)){{,4}}"
        self._digits = re.compile(rf"(?<![\w.,])\d{{1,15}}{groups}(?:[.,]\d{{1,15}})?(?!\.?\d)")
        self._ordinals = re.compile(rf"(?<![\w.,])(\d{{1,3}}){_ORDINAL_END}(?!\w)")
        signs = [scale for scale in words.scales if len(scale) == 1]  # 12k, but not 12 k
        long = any_of(words.scales.keys() - set(signs))
        self._scale = re.compile(rf"(?:{GAP}(?P<long>{long})|(?P<sign>{any_of(signs)}))(?!\w)")
        self._minus = re.compile(rf"(?:(?<![\w.,)])-|\b{any_of(words.minus)}\s)$")
        self._half = re.compile(rf"{GAP}{any_of(words.and_half)}\b")
        self._no_number = re.compile(rf"\b{any_of(words.no_number)}(?!\w)")
        self._after_digits = re.compile(r"\d\s?$")

    def in_digits(self, text: str) -> str:
        """`text` with digits in place of what is spelled out; whatever is shorter is filled up with `PAD`."""
        pieces, done = [], 0
        for start, end, digits in sorted([*self._halves(text), *self._words(text)]):
            if start >= done and len(digits) <= end - start:
                pieces += [text[done:start], digits.ljust(end - start, PAD)]
                done = end
        return "".join([*pieces, text[done:]])

    def _words(self, text: str) -> Iterator[tuple[int, int, str]]:
        others = [match.span() for match in self._no_number.finditer(text)]
        for start, end, value, ordinal in self._spelled(text):
            scaled = just_before(self._after_digits, text, start)  # the "million" of "3 million" is no number
            if not scaled and not any(first <= start and end <= last for first, last in others):
                short = value % 1000 == 0 and end - start < len(str(value))  # "mil"
                yield start, end, f"{value // 1000}k" if short else f"{value}{'e' if ordinal else ''}"

    def _halves(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Such as "zweieinhalb"."""
        for match in re.finditer(r"\b(?:anderthalb|(\w+)einhalb|eineinhalb)\b", text):
            whole = _HALVES.get(match[0])
            read = [] if whole or not match[1] else list(self._spelled(match[1]))
            if whole or read:
                yield match.start(), match.end(), f"{whole or read[0][2]},5"

    def found(self, text: str) -> Iterator[Number]:
        """The numbers of a text in which they are digits, from left to right."""
        for match in self._digits.finditer(text):
            end, value = match.end(), self._value(match[0])
            scale = self._scale.match(text, end)
            if scale:
                end, value = scale.end(), value * self.words.scales[scale["long"] or scale["sign"]]
            half = self._half.match(text, end)
            if half and value.denominator == 1:
                end, value = half.end(), value + Fraction(1, 2)
            minus = just_before(self._minus, text, match.start())
            start = minus.start() if minus else match.start()
            end = _padded(text, end)
            attached = end < len(text) and (text[end].isalpha() or text[end] == "_")
            yield Number(start=start, end=end, value=-value if minus else value, attached=attached)
        for match in self._ordinals.finditer(text):
            yield Number(
                start=match.start(), end=_padded(text, match.end()), value=Fraction(match[1]), ordinal=True
            )

    def _value(self, digits: str) -> Fraction:
        """`1,234.5` is read in English, `1.234,5` elsewhere; `5.30` is a fraction everywhere."""
        point = self.words.point
        comma = "," if point == "." else "."
        digits = re.sub(r"[\u202f\u00a0 ]", "", digits)
        if re.fullmatch(rf"\d{{1,3}}(?:{re.escape(comma)}\d{{3}})+(?:{re.escape(point)}\d+)?", digits):
            digits = digits.replace(comma, "")
        whole, _, fraction = digits.replace(",", ".").rpartition(".")
        return Fraction(f"{whole.replace('.', '')}.{fraction}" if whole else fraction)


def plain(value: Fraction) -> float:
    """Whole numbers without a fraction, as Duckling writes them."""
    return value.numerator if value.denominator == 1 else float(value)


def _padded(text: str, end: int) -> int:
    """Where the word ends that was put into digits."""
    while text[end : end + 1] == PAD:
        end += 1
    return end


def _number_reader(language: str) -> Callable[[str], Iterator[tuple[int, int, int, bool]]]:
    """A function from a text to the numbers that it spells out: start, end, value, and whether it is a rank.

    Raises:
        UsageError: the library is not installed.
    """
    try:
        from text_to_num import find_numbers  # type: ignore[import-untyped]  # ships no types
    except ModuleNotFoundError as error:
        problem = "QuantityEntityExtractor needs the package text2num"
        raise UsageError(f'{problem}\n  fix: pip install "turnwise[quantities]"') from error

    def read(text: str) -> Iterator[tuple[int, int, int, bool]]:
        words = [_Word(match) for match in _WORD.finditer(text)]
        for found in find_numbers(words, language, threshold=0):
            span = words[found.start : found.end]
            if not any(word.text().isdigit() for word in span) and float(found.value).is_integer():
                yield span[0].start, span[-1].end, int(found.value), found.is_ordinal

    return read


class _Word:
    """A word, as text2num wants it."""

    def __init__(self, match: re.Match[str]) -> None:
        self.start, self.end = match.span()
        self._text = match[0]

    def text(self) -> str:
        return self._text

    def nt_separated(self, previous: _Word) -> bool:
        return False

    def not_a_number_part(self) -> bool:
        return False
