"""What a tagger learns: weights that the labels of an entity share, and how fast it learns each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from turnwise.nlu.models.tag_features import kind_of
from turnwise.nlu.models.tags import States

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.intp]

_PACES = {
    "-3": 0.3, "-2": 0.3, "+2": 0.3, "+3": 0.3, "A": 0.3, "B": 0.3, "C": 0.2, "D": 0.2, "E": 0.2,
    "F": 0.1, "G": 0.1, "p": 1.3, "q": 1.3, "y": 1.5, "z": 1.5,
}  # fmt: skip
"""Length of a step by kind of feature; 1 for the others. AdaGrad moves what is rare as fast as what is
frequent, so kinds with many values, such as words together, would learn by heart what letters can explain."""

_NAMED = 0.05
"""Length of a step towards a role, as a share, for what is said of words of the entity itself."""
_BEFORE = frozenset({"-3", "-2", "-1", "C", "F", "P", "Q", "t", "k"})
_AFTER = frozenset({"+1", "+2", "+3", "D", "G", "R", "S", "u", "l"})
_ALWAYS = frozenset({"i", "x", "X"})
_AROUND = (_BEFORE | _ALWAYS, _ALWAYS, _AFTER | _ALWAYS, _BEFORE | _AFTER | _ALWAYS)
"""Kinds of features that tell of words around the entity at its B, I, L and U, or what authors have said."""


class Tied:
    """Weights that labels of one entity share: `city` as origin and `city` as destination are both cities.

    A state's weight is that of its entity plus, where the entity has several roles or groups, its own.
    """

    def __init__(self, states: States) -> None:
        entities = sorted({label[0] for label in states.labels})
        variants = Counter(label[0] for label in states.labels)
        size, several = (
            len(states.labels),
            [index for index, label in enumerate(states.labels) if variants[label[0]] > 1],
        )
        self.columns = 1 + 4 * (len(entities) + len(several))
        self.mixed = bool(several)
        pairs = [(0, 0)]
        self.is_shared = np.r_[True, np.tile(np.repeat([True, False], [len(entities), len(several)]), 4)]
        for prefix in range(4):
            base = 1 + prefix * (len(entities) + len(several))
            pairs += [
                (base + entities.index(label[0]), 1 + prefix * size + i)
                for i, label in enumerate(states.labels)
            ]
            pairs += [(base + len(entities) + at, 1 + prefix * size + i) for at, i in enumerate(several)]
        columns, targets = np.array(pairs).T
        shape = (self.columns, states.count)
        self._shares = csr_array((np.ones(len(pairs), dtype=np.float32), (columns, targets)), shape=shape)

    def spread(self, weights: Floats) -> Floats:
        """From weights of entities and variants to weights of states; shape (rows, states)."""
        return weights if not self.mixed else (self._shares.T @ weights.T).T

    def parted(self, weights: Floats) -> Floats:
        """From weights of states to weights of entities and variants, such that `spread` gives them back."""
        if not self.mixed:
            return weights
        # What the states of an entity have in common is their mean; what is left of each is its own.
        shared = self.is_shared * self.gathered(weights) / self._shares.sum(axis=1)
        parted: Floats = (shared + self.gathered(weights - self.spread(shared))).astype(np.float32)
        return parted

    def gathered(self, gradient: Floats) -> Floats:
        """From a gradient by state to one by entity and variant; shape (rows, columns)."""
        return gradient if not self.mixed else (self._shares @ gradient.T).T


class Paces:
    """How fast each weight is learned.

    A role is told by the words around the entity: those who write a few dozen examples always come from
    Madrid and go to New York, and a tagger that believes the names gets "to Madrid from New York" wrong.
    """

    def __init__(self, features: Sequence[str], tied: Tied) -> None:
        kinds = [kind_of(feature) for feature in features]
        places = {kind: place for place, kind in enumerate(dict.fromkeys(kinds))}
        self._places = np.array([places[kind] for kind in kinds], dtype=np.intp)
        self._paces = np.array([_PACES.get(kind, 1.0) for kind in places], dtype=np.float32)[:, None]
        if tied.mixed:
            prefixes = np.repeat(np.arange(4), tied.columns // 4)
            named = np.array([[kind not in around for around in _AROUND] for kind in places])
            slow = np.hstack([np.zeros((len(places), 1), dtype=bool), named[:, prefixes]]) & ~tied.is_shared
            self._paces = self._paces * np.where(slow, np.float32(_NAMED), np.float32(1))

    def of(self, rows: Rows | slice) -> Floats:
        """Factors of the steps of some features' weights; shape (rows, columns), or (rows, 1) for all."""
        paces: Floats = self._paces[self._places[rows]]
        return paces
