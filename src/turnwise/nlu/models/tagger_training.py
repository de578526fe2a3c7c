"""Trains the tagger: a conditional random field, by AdaGrad on batches of texts."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from turnwise.nlu.message import Token
from turnwise.nlu.models.adagrad import AdaGrad, batch_of, shuffled_batches
from turnwise.nlu.models.quantised import Quantised
from turnwise.nlu.models.sentence_lattice import Lattice
from turnwise.nlu.models.tag_features import feature_names
from turnwise.nlu.models.tagger import Tagger
from turnwise.nlu.models.tags import Label, States
from turnwise.nlu.models.tied import Paces, Tied
from turnwise.nlu.models.word_vectors import WordVectors
from turnwise.project.nlu_data import EntitySpan

Floats = npt.NDArray[np.float32]
Path = npt.NDArray[np.intp]

_RATE = 0.08
_EPOCHS = 8
_RESUMED, _MOVED = 1 / 3, 1e-4
"""Share of the passes made over texts that are gone on with, and the sum of squared gradients that weights
learned before begin with: with more passes, or a smaller sum, what was learned before suffers."""
_LARGEST_BATCH = 64
_STEPS = 300
_LEAST = 2
"""In how many places a feature must occur, if there are many texts."""
_LARGEST_MODEL = 9_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotated:
    """A text to learn from."""

    tokens: Sequence[Token]
    spans: Sequence[EntitySpan]
    intent: str | None


def labels_of(texts: Sequence[Annotated]) -> list[Label]:
    """Every combination of entity, role and group that occurs, in alphabetical order."""
    found = {(span.entity, span.role, span.group) for text in texts for span in text.spans}
    return sorted(found, key=lambda label: (label[0], label[1] or "", label[2] or ""))


def trained_tagger(
    texts: Sequence[Annotated],
    *,
    sees_intent: bool,
    meanings: WordVectors | None = None,
    seed: int,
    progress: Callable[[float], None] = lambda share: None,
) -> Tagger | None:
    """A tagger of the spans in `texts`; None when there are none.

    Args:
        sees_intent: Whether the intents of `texts` become features.
        meanings: What words mean, if their kinds are to become features.
    """
    labels = labels_of(texts)
    texts = [text for text in texts if text.tokens]
    if not labels:
        return None
    states = States(labels=labels)
    names, matrix = _matrix(_told(texts, sees_intent, meanings))
    places = {label: index for index, label in enumerate(labels)}
    paths = [states.path(len(text.tokens), _token_spans(text, places)) for text in texts]
    run = _Run(states, names, matrix, paths)
    run.train(seed=seed, progress=progress)
    return _finished(run, names, sees_intent, meanings)


def resumed_tagger(
    before: Tagger,
    texts: Sequence[Annotated],
    *,
    epoch_fraction: float = 1.0,
    seed: int,
    progress: Callable[[float], None] = lambda share: None,
) -> Tagger:
    """The tagger after some more training.

    Args:
        texts: New ones, and known ones lest they be forgotten; their labels are those of `before`.
        epoch_fraction: Which part of the usual number of passes to make.
    """
    texts = [text for text in texts if text.tokens]
    states = before.states
    names, matrix = _matrix(_told(texts, before.sees_intent, before.meanings), known=before.features)
    places = {label: index for index, label in enumerate(states.labels)}
    paths = [states.path(len(text.tokens), _token_spans(text, places)) for text in texts]
    weights = np.zeros((len(names), states.count), dtype=np.float32)
    weights[: len(before.features)] = before.weights.rows(np.arange(len(before.features), dtype=np.int32))
    run = _Run(states, names, matrix, paths, weights=weights, moves=before.moves.astype(np.float32))
    run.train(seed=seed, epoch_fraction=epoch_fraction * _RESUMED, progress=progress)
    return _finished(run, names, before.sees_intent, before.meanings)


def _finished(run: _Run, names: Sequence[str], sees_intent: bool, meanings: WordVectors | None) -> Tagger:
    """The tagger as it is stored: without features in excess, in eight bits."""
    weights = run.weights
    kept = _worth_keeping(weights, run.states.count)
    return Tagger(
        run.states,
        [names[index] for index in kept.tolist()],
        Quantised.of(weights[kept]),
        run.moves.weights.astype(np.float16),
        sees_intent=sees_intent,
        meanings=meanings,
    )


def _told(
    texts: Sequence[Annotated], sees_intent: bool, meanings: WordVectors | None
) -> list[list[list[str]]]:
    """The features of each token of each text."""
    features = feature_names(meanings)
    return [features.of(text.tokens, intent=text.intent if sees_intent else None) for text in texts]


def _matrix(
    told: Sequence[Sequence[Sequence[str]]], known: Sequence[str] = ()
) -> tuple[list[str], csr_array]:
    """Names of the features, and which of them each token has; shape (all tokens, features).

    Args:
        known: Names that come first, whether they occur or not.
    """
    counts = Counter(name for text in told for token in text for name in token)
    least = _LEAST if len(told) > 500 else 1
    added = {name for name, count in counts.items() if count >= least}.difference(known)
    names = [*known, *sorted(added)]
    places = {name: index for index, name in enumerate(names)}
    indices: list[int] = []
    ends = [0]
    for text in told:
        for token in text:
            indices += [place for name in token if (place := places.get(name)) is not None]
            ends.append(len(indices))
    ones = np.ones(len(indices), dtype=np.float32)
    matrix = csr_array(
        (ones, np.array(indices, dtype=np.int32), np.array(ends)), shape=(len(ends) - 1, len(names))
    )
    return names, matrix


def _token_spans(text: Annotated, places: dict[Label, int]) -> list[tuple[int, int, int]]:
    """Spans as first token, last token and label; those that do not fit the tokens are left out."""
    starts = {token.start: index for index, token in enumerate(text.tokens)}
    ends = {token.end: index for index, token in enumerate(text.tokens)}
    return [
        (starts[span.start], ends[span.end], places[span.entity, span.role, span.group])
        for span in text.spans
        if span.start in starts and ends.get(span.end, -1) >= starts[span.start]
    ]


def _worth_keeping(weights: Floats, states: int) -> npt.NDArray[np.intp]:
    """Rows with the largest weights, as many as a model may hold, in their order."""
    largest = np.abs(weights).max(axis=1)
    order = np.argsort(-largest, kind="stable")[: _LARGEST_MODEL // states]
    return np.sort(order[largest[order] > 0])


class _Run:
    """Weights on their way to where the annotated paths are likeliest."""

    def __init__(
        self,
        states: States,
        names: Sequence[str],
        matrix: csr_array,
        paths: Sequence[Path],
        *,
        weights: Floats | None = None,
        moves: Floats | None = None,
    ) -> None:
        """Args:
        names: Of the features, in order of the columns of `matrix`.
        weights: To go on from; shape (features, states). None: none are known.
        moves: To go on from; see `Moves`.
        """
        self.states = states
        self.matrix = matrix
        self.paths = paths
        self.lengths = np.array([len(path) for path in paths], dtype=np.intp)
        self.offsets = np.concatenate([[0], np.cumsum(self.lengths)])
        size = len(states.labels) + 2
        self.tied = Tied(states)
        self.paces = Paces(names, self.tied)
        self._own_moves = [_moves_of(states, path) for path in paths]
        if weights is None:
            self.emissions = AdaGrad(matrix.shape[1], self.tied.columns, rate=_RATE)
            self.moves = AdaGrad(size, size, rate=_RATE)
        else:
            start = self.tied.parted(weights)
            self.emissions = AdaGrad(*start.shape, rate=_RATE, start=start, moved=_MOVED)
            self.moves = AdaGrad(size, size, rate=_RATE, start=moves, moved=_MOVED)

    @property
    def weights(self) -> Floats:
        """Shape (features, states)."""
        return self.tied.spread(self.emissions.weights)

    def train(self, *, seed: int, epoch_fraction: float = 1.0, progress: Callable[[float], None]) -> None:
        count = len(self.paths)
        size = int(np.clip(count // 40, 4, _LARGEST_BATCH))
        epochs = math.ceil(max(_EPOCHS, -(-_STEPS * size // count)) * epoch_fraction)
        for done, chosen in shuffled_batches(count, size, epochs, seed=seed):
            self._step(chosen[np.argsort(-self.lengths[chosen], kind="stable")])
            progress(done)

    def _step(self, chosen: Path) -> None:
        """One batch of texts, the longest first."""
        lengths = self.lengths[chosen]
        rows = np.concatenate([np.arange(self.offsets[i], self.offsets[i] + self.lengths[i]) for i in chosen])
        batch = batch_of(self.matrix, rows)
        inside = np.arange(lengths[0])[None, :] < lengths[:, None]
        emissions = np.zeros((*inside.shape, self.states.count))
        emissions[inside] = self.tied.spread(batch.matrix @ self.emissions.weights[batch.columns])
        expected = Lattice(self.states, self.moves.weights.astype(np.float64), emissions, lengths).expected()
        error = expected.states[inside]
        error[np.arange(len(rows)), np.concatenate([self.paths[i] for i in chosen])] -= 1
        moved = expected.moves - self._seen_moves(chosen)
        gathered = self.tied.gathered((error / len(chosen)).astype(np.float32))
        self.emissions.move(batch.columns, batch.matrix.T @ gathered, pace=self.paces.of(batch.columns))
        self.moves.move(slice(None), (moved / len(chosen)).astype(np.float32))

    def _seen_moves(self, chosen: Path) -> npt.NDArray[np.float64]:
        """How often each move between labels occurs in the annotated paths."""
        size = len(self.states.labels) + 2
        together = np.concatenate([self._own_moves[index] for index in chosen])
        return np.bincount(together, minlength=size * size).reshape(size, size).astype(np.float64)


def _moves_of(states: States, path: Path) -> Path:
    """The moves between labels along a path, as positions in the flattened matrix of `Moves`."""
    size = len(states.labels) + 2
    insides = {first: (last, label) for first, last, label in states.spans(path.tolist())}
    visited = [size - 1]
    token = 0
    while token < len(path):
        last, label = insides.get(token, (token, -1))
        visited.append(1 + label)
        token = last + 1
    visited.append(size - 1)
    return np.array([a * size + b for a, b in itertools.pairwise(visited)], dtype=np.intp)
