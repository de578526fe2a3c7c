"""Going on from an earlier model: what it had learned, and what is new since (`rasa train --finetune`).

Who goes on from earlier weights looks at the examples that are new, and again at ten times as many others,
so that it does not forget them. That is how a change of one example in a hundred takes a fraction of the
time. If more than about a tenth is new there is nothing to gain, and everything is learned anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from turnwise.nlu.arrays import unpacked
from turnwise.project.nlu_data import Example, NLUData

if TYPE_CHECKING:
    from turnwise.nlu.component import TrainingSet

Prints = npt.NDArray[np.uint64]

PIPELINE, EXAMPLES = "pipeline.json", "examples.npz"
"""Names and fingerprints of the components; fingerprints of the examples that they learned from."""
REPEATED, FEWEST_REPEATED = 10, 1000
"""How many known examples are looked at again for each new one, and how many at least."""


def example_prints(data: NLUData) -> Prints:
    """A fingerprint of what each example says and means; shape (examples,)."""
    digests = b"".join(hashlib.blake2b(_told(example), digest_size=8).digest() for example in data.examples)
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


def _told(example: Example) -> bytes:
    spans = [asdict(span) for span in example.entities]
    return json.dumps([example.text, example.intent, example.response_key, spans], default=str).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Previous:
    """The NLU part of an earlier model of the same configuration."""

    files: Mapping[str, bytes]
    """As `Pipeline.dump` gave them."""
    epoch_fraction: float = 1.0
    """Which part of the usual number of passes to make over what is looked at."""

    @property
    def is_whole(self) -> bool:
        """Whether it says what it was learned from; models of older versions do not."""
        return EXAMPLES in self.files

    def key(self, index: int) -> str:
        """The fingerprint of the component at `index`."""
        keys: list[str] = json.loads(self.files[PIPELINE])["keys"]
        return keys[index]

    def files_of(self, index: int, name: str) -> dict[str, bytes]:
        """What the component at `index` had learned."""
        prefix = f"{index}_{name}/"
        return {
            path.removeprefix(prefix): content
            for path, content in self.files.items()
            if path.startswith(prefix)
        }

    def print_of(self, index: int, name: str) -> str:
        """A fingerprint of what that component had learned."""
        files = self.files_of(index, name)
        return hashlib.sha256(b"".join(files[path] for path in sorted(files))).hexdigest()

    def rows(self, prints: Prints, matter: npt.NDArray[np.bool_]) -> list[int] | None:
        """Which examples to look at, in order; None if everything had better be learned anew.

        Args:
            prints: Of all examples, from `example_prints`; shape (examples,).
            matter: Which of them are to be learned from; shape (examples,).
        """
        known = np.isin(prints, unpacked(self.files[EXAMPLES])["prints"])
        new, old = np.flatnonzero(~known & matter), np.flatnonzero(known & matter)
        repeated = max(FEWEST_REPEATED, REPEATED * len(new))
        if not len(new) or repeated >= len(old):
            return None
        chosen = np.random.Generator(np.random.PCG64(1)).permutation(old)[:repeated]
        rows: list[int] = np.sort(np.concatenate([new, chosen])).tolist()
        return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumption:
    """What one component goes on from, and with."""

    files: Mapping[str, bytes]
    """What it had learned, as `dump` gave it."""
    training: TrainingSet
    """The examples to look at: new ones, and some of the others."""
    data: NLUData
    """All examples."""
    epoch_fraction: float

    @classmethod
    def of(
        cls, training: TrainingSet, rows: list[int], files: Mapping[str, bytes], epoch_fraction: float
    ) -> Resumption:
        """From all that there is to learn from, and the positions of the examples to look at."""
        examples = tuple(training.data.examples[row] for row in rows)
        part: Any = replace(
            training, data=replace(training.data, examples=examples), _messages=None, _prepared=0
        )
        return cls(files=files, training=part, data=training.data, epoch_fraction=epoch_fraction)
