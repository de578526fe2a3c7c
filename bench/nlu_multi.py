"""Sets with combined intents such as `card_arrival+change_pin`, of which there are few examples."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from pathlib import Path

from turnwise.project.nlu_data import Example, NLUData
from turnwise.project.nlu_file import load_nlu
from turnwise.project.nlu_writer import nlu_yaml

SYMBOL = "+"
"""Stands between the parts of an intent."""
KINDS = ("single", "combined")
"""What `test.yml` holds, and one copy of it each holds alone."""

_EXAMPLES, _FEW, _TESTS = 15, 5, 20
"""Examples of an intent and of a combination, and test messages of either."""
_JOINTS = (" and ", " and also ", ", also ", ", ", ". ", ". Also, ", "? ", " ")
"""What people write between two requests."""


def combined(folder: Path, out: Path, *, intents: int, pairs: int, seed: int) -> Path:
    """Writes a set of some intents and of pairs of them; messages of pairs are two of `folder` joined.

    Returns:
        The folder of the set.
    """
    dice = random.Random(seed)
    train, test = load_nlu(folder / "train.yml"), load_nlu(folder / "test.yml")
    names = dice.sample(train.intents, intents)
    chosen = dice.sample(list(itertools.combinations(sorted(names), 2)), pairs)
    out.mkdir(parents=True)
    single, both = _parts(train, names, chosen, dice, examples=_EXAMPLES, few=_FEW)
    _write(out / "train.yml", single + both)
    single, both = _parts(test, names, chosen, dice, examples=_TESTS, few=_TESTS)
    _write(out / "test.yml", single + both)
    for kind, own in zip(KINDS, (single, both), strict=True):
        _write(out / f"test-{kind}.yml", own)
    return out


def _parts(
    source: NLUData,
    names: Sequence[str],
    pairs: Sequence[tuple[str, str]],
    dice: random.Random,
    *,
    examples: int,
    few: int,
) -> tuple[list[Example], list[Example]]:
    """Examples of single intents, and of pairs of them."""
    texts = {name: [own.text for own in source.examples if own.intent == name] for name in names}
    single = [
        Example(text=text, intent=name) for name in names for text in dice.sample(texts[name], examples)
    ]
    both = [
        Example(text=_joined([dice.choice(texts[name]) for name in pair], dice), intent=SYMBOL.join(pair))
        for pair in pairs
        for _ in range(few)
    ]
    return single, both


def _joined(texts: Sequence[str], dice: random.Random) -> str:
    """Two requests as one message, in either order."""
    first, second = dice.sample(texts, 2)
    joint = dice.choice(_JOINTS)
    if joint[0] not in ".?":
        second = second[:1].lower() + second[1:]
    return first.rstrip(".?! ") + joint + second


def _write(path: Path, examples: Sequence[Example]) -> None:
    path.write_text(nlu_yaml(NLUData(examples=tuple(examples))), encoding="utf-8")
