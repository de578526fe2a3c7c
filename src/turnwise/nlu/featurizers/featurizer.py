"""What all featurizers share: they describe a text in numbers when, and only when, a component asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeVar

import numpy as np
import numpy.typing as npt

from turnwise.nlu.component import Component
from turnwise.nlu.message import Message

SettingsT = TypeVar("SettingsT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """A vector with few non-zero entries."""

    indices: npt.NDArray[np.int32]
    """Positions of the non-zero entries, ascending."""
    values: npt.NDArray[np.float32]
    """Their values, in the same order."""
    size: int
    """Length of the whole vector."""

    @classmethod
    def dense(cls, vector: npt.NDArray[np.float32]) -> Features:
        return cls(indices=np.arange(len(vector), dtype=np.int32), values=vector, size=len(vector))

    @classmethod
    def of_counts(cls, counts: dict[int, float], size: int) -> Features:
        """The vector with `counts[i]` at position i."""
        positions = sorted(counts)
        return cls(
            indices=np.array(positions, dtype=np.int32),
            values=np.array([counts[position] for position in positions], dtype=np.float32),
            size=size,
        )


class Featurizer(Component[SettingsT]):
    """Leaves itself with the message; `sentence` and `tokens` then answer whoever needs the features."""

    writes: ClassVar[frozenset[str]] = frozenset({"featurizer", "features"})
    prepares: ClassVar[bool] = True

    size: int = 0
    """Length of its vectors; 0 before it has learned anything."""

    @property
    def alias(self) -> str:
        """The name by which `featurizers: [...]` of a classifier refers to it."""
        return getattr(self.settings, "alias", None) or self.name

    def sentence(self, message: Message) -> Features | None:
        """The whole text; None when this featurizer describes tokens only."""
        return None

    def tokens(self, message: Message) -> list[Features] | None:
        """One vector for each token; None when this featurizer describes whole texts only."""
        return None

    def name_at(self, position: int) -> str | None:
        """What stands at a position of the vector of the whole text; None where that has no name."""
        return None

    def process(self, message: Message) -> None:
        if self.size:
            message.featurizers.append(self)


def sentence_features(message: Message, aliases: Sequence[str] = ()) -> Features:
    """The vectors of all featurizers, or of those named in `aliases`, end to end."""
    chosen = [f for f in message.featurizers if not aliases or f.alias in aliases]
    parts = [part for featurizer in chosen if (part := featurizer.sentence(message)) is not None]
    offsets = np.cumsum([0, *(part.size for part in parts)])
    if not parts:
        return Features.of_counts({}, 0)
    return Features(
        indices=np.concatenate(
            [part.indices + offset for part, offset in zip(parts, offsets, strict=False)]
        ).astype(np.int32),
        values=np.concatenate([part.values for part in parts]),
        size=int(offsets[-1]),
    )


def name_at(message: Message, position: int) -> tuple[str, str] | None:
    """Featurizer and name of what stands at a position of `sentence_features`; None if it has no name."""
    for featurizer in message.featurizers:
        part = featurizer.sentence(message)
        if part is not None and position < part.size:
            name = featurizer.name_at(position)
            return None if name is None else (featurizer.alias, name)
        position -= part.size if part is not None else 0
    return None
