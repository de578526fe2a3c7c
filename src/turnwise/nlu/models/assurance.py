"""How sure one may be of the best intent: whether the message is like those that were classified rightly.

The likelihood of the best intent alone says little of requests that belong to no intent at all. Such
requests also have unusual scores for the other intents; how unusual, the Mahalanobis distance to the
usual scores of the intents in question tells (Lee et al. 2018, arXiv:1807.03888, on the last layer).
And they have no known text nearby (`models.nearness`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from turnwise.nlu.classifiers.ranking import softmax
from turnwise.nlu.models.nearness import Nearness, to_remember

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.intp]

_CANDIDATES = 3
"""Intents whose usual scores a message is compared with: the likeliest ones."""
_USUAL = 0.75
"""Share of known messages whose distance counts as usual."""
_WEIGHT = 1.0
"""How much a distance of 1 beyond the usual takes from the log-likelihood, if there are many messages."""
_LACK = 0.5
"""How much a spread beyond the usual cosine to the nearest text takes, likewise."""
_MOST = 8.0
"""Distances and spreads beyond the usual from which nothing is more unusual: where texts are all of a few
patterns, every other text is thousands away."""
_FEW, _MANY = 10, 40
"""Messages for each intent up to which distances mean nothing, and from which they mean what they say."""
_STRUCTURE = 2.0
"""How many messages the guess is worth that all intents have usual scores of one pattern."""
_TRUST, _DOUBT = 30.0, 3.0
"""How many messages two guesses are worth: that a model sure of itself is right, and that one that knows
nothing is right by chance. Few messages, or none in error, would teach nothing of that."""
_LEAST = -10.0
"""Log-odds below which nothing means less: five in a hundred thousand."""
_NUMBERS = ("usual", "trust", "telling", "slope", "offset")


class _Rows(NamedTuple):
    """Where a text stands among those remembered; -1 if it does not."""

    by_scores: int
    by_meaning: int


_NONE = _Rows(-1, -1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assurance:
    """What was learned from scores of messages that the model had not seen."""

    centres: Floats
    """Usual scores of the messages of each intent; shape (intents, intents)."""
    precision: Floats
    """Inverse covariance of the scores around them; shape (intents, intents)."""
    usual: float
    """Distance up to which a message is not unusual."""
    near: Nearness
    """Known texts, compared by scores."""
    near_in_meaning: Nearness | None
    """Known texts, compared by dense features; None if there are none."""
    trust: float
    """How much unusual scores count, in [0, 1]; the less, the fewer texts were held out."""
    telling: float
    """How much unusual dense features count, in [0, 1]. They come from elsewhere, and mean the same where
    there are few texts."""
    slope: float
    offset: float

    def confidence(self, scores: Floats, dense: Floats) -> float:
        """The chance that the best intent of a message is right, in [0, 1].

        Args:
            scores: As the model gives them; shape (intents,).
            dense: Dense features of the message; shape (size,), size 0 if there are none.
        """
        raised = self.slope * self._evidence(scores, dense) + self.offset
        return float(1 / (1 + np.exp(-max(raised, _LEAST))))

    def _evidence(self, scores: Floats, dense: Floats, *, besides: _Rows = _NONE) -> float:
        """The log-likelihood of the best intent, less by what makes the message unusual."""
        evidence, best = float(np.log(softmax(scores).max())), int(scores.argmax())
        if self.trust:
            excess = max(0.0, distance(scores, self.centres, self.precision) - self.usual)
            lack = self.near.lack(_centred(scores), best, besides=besides.by_scores)
            evidence -= self.trust * (_WEIGHT * min(excess, _MOST) + _LACK * min(lack, _MOST))
        if self.telling and self.near_in_meaning is not None:
            lack = self.near_in_meaning.lack(dense, best, besides=besides.by_meaning)
            evidence -= self.telling * _LACK * min(lack, _MOST)
        return evidence

    @classmethod
    def learned(cls, scores: Floats, labels: Labels, dense: Floats, *, telling: float = 1.0) -> Assurance:
        """From texts, of which some or all were held out.

        Args:
            scores: By models not trained on the text; NaN for texts not held out. Shape (texts, intents).
            labels: What they are; shape (texts,).
            dense: Their dense features; shape (texts, size), size 0 if there are none.
            telling: How much unusual dense features count, in [0, 1].
        """
        held, intents = np.flatnonzero(~np.isnan(scores).any(axis=1)), scores.shape[1]
        # Scores of a text are of use if a model had not seen it; dense features are always.
        near, rows = _remembered(_centred(scores), labels, held, intents)
        near_in_meaning, dense_rows = _remembered(dense, labels, np.arange(len(labels)), intents)
        scores, labels, dense = scores[held], labels[held], dense[held]
        centres = _centres(scores, labels)
        precision = _precision(scores - centres[labels])
        distances = np.array([distance(own, centres, precision) for own in scores])
        plain = cls(
            centres=centres,
            precision=precision,
            usual=float(np.round(np.quantile(distances, _USUAL), 4)) if len(scores) else 1.0,
            near=near,
            near_in_meaning=near_in_meaning if dense.shape[1] else None,
            trust=float(np.round(np.clip((len(scores) / intents - _FEW) / (_MANY - _FEW), 0, 1), 3)),
            telling=telling,
            slope=1.0,
            offset=0.0,
        )
        besides = map(_Rows, rows[held].tolist(), dense_rows[held].tolist())
        evidence = np.array(
            [
                plain._evidence(own, part, besides=itself)
                for own, part, itself in zip(scores, dense, besides, strict=True)
            ]
        )
        slope, offset = _logistic(evidence, scores.argmax(axis=1) == labels, intents)
        return replace(plain, slope=slope, offset=offset)

    def knowing(self, dense: Floats, labels: Labels) -> Assurance:
        """The same with more texts that a message may be near to in meaning.

        Args:
            dense: Their dense features; shape (texts, size).
            labels: What they are; shape (texts,).
        """
        if self.near_in_meaning is None:
            return self
        return replace(self, near_in_meaning=self.near_in_meaning.grown(dense, labels))

    def numbers(self) -> dict[str, Any]:
        """What to store as JSON; the rest is in `arrays`."""
        near, meaning = self.near, self.near_in_meaning
        return {
            **{name: getattr(self, name) for name in _NUMBERS},
            "near": near.numbers(),
            "near_in_meaning": None if meaning is None else meaning.numbers(),
        }

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """What to store as arrays."""
        meaning = self.near_in_meaning
        return {
            "centres": self.centres.astype(np.float16),
            "precision": self.precision.astype(np.float16),
            **self.near.arrays("texts"),
            **({} if meaning is None else meaning.arrays("meanings")),
        }

    @classmethod
    def of(cls, numbers: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> Assurance:
        """From what `numbers` and `arrays` gave."""
        meaning = numbers["near_in_meaning"]
        return cls(
            centres=arrays["centres"].astype(np.float32),
            precision=arrays["precision"].astype(np.float32),
            near=Nearness.of("texts", numbers["near"], arrays),
            near_in_meaning=None if meaning is None else Nearness.of("meanings", meaning, arrays),
            **{name: numbers[name] for name in _NUMBERS},
        )


def _remembered(seen: Floats, labels: Labels, known: Labels, intents: int) -> tuple[Nearness, Labels]:
    """Some known texts of each intent, and the row of each text among them; -1 for those not remembered."""
    chosen = known[to_remember(labels[known])]
    rows = np.full(len(labels), -1)
    rows[chosen] = np.arange(len(chosen))
    return Nearness.learned(seen, labels, chosen, intents), rows


def _centred(scores: Floats) -> Floats:
    """Scores as texts are compared by them: against their mean."""
    centred: Floats = scores - scores.mean(axis=-1, keepdims=True)
    return centred


def distance(scores: Floats, centres: Floats, precision: Floats) -> float:
    """Squared Mahalanobis distance to the nearest of the likeliest intents, for each dimension.

    An intent's own score counts only where it is lower than usual: to be surer than usual is not odd.
    """
    likeliest = np.argsort(-scores, kind="stable")[:_CANDIDATES]
    apart = scores - centres[likeliest]
    rows = np.arange(len(likeliest))
    apart[rows, likeliest] = np.minimum(apart[rows, likeliest], 0)
    return float(np.einsum("ij,jk,ik->i", apart, precision, apart).min() / len(scores))


def _centres(scores: Floats, labels: Labels) -> Floats:
    """Mean scores by label, drawn towards one pattern: an intent's own score, and that of all others."""
    count = scores.shape[1]
    own = np.zeros(scores.shape, dtype=bool)
    own[np.arange(len(labels)), labels] = True
    pattern = np.full((count, count), scores[~own].mean() if (~own).any() else 0.0)
    np.fill_diagonal(pattern, scores[own].mean() if own.any() else 1.0)
    sums = _STRUCTURE * pattern
    np.add.at(sums, labels, scores)
    return _rounded(sums / (_STRUCTURE + np.bincount(labels, minlength=count))[:, None])


def _precision(apart: Floats) -> Floats:
    """Inverse covariance, drawn towards equal variances; the more, the fewer messages there are."""
    messages, count = apart.shape
    covariance = apart.T.astype(np.float64) @ apart / max(messages, 1)
    variance = max(float(np.trace(covariance)) / count, 1e-3)
    share = max(0.1, count / (messages + count))
    return _rounded(np.linalg.inv((1 - share) * covariance + share * variance * np.eye(count)))


def _rounded(matrix: npt.NDArray[np.floating]) -> Floats:
    """On a coarse grid, for the same bytes on every machine."""
    return matrix.astype(np.float16).astype(np.float32)


def _logistic(
    evidence: npt.NDArray[np.float64], right: npt.NDArray[np.bool_], intents: int
) -> tuple[float, float]:
    """Slope and offset of the logistic curve from evidence to being right (Platt 1999)."""
    known = np.concatenate([evidence, [0.0, -np.log(intents)]])
    inputs = np.stack([known, np.ones(len(known))])
    targets = np.concatenate([right.astype(np.float64), [0.99, 1 / intents]])
    weights = np.concatenate([np.ones(len(evidence)), [_TRUST, _DOUBT]])
    curve = np.array([1.0, 1.0])
    for _ in range(25):
        chances = 1 / (1 + np.exp(-np.clip(curve @ inputs, -30, 30)))
        gradient = inputs @ (weights * (chances - targets)) + 0.01 * (curve - 1)
        hessian = (inputs * (weights * chances * (1 - chances))) @ inputs.T + 0.01 * np.eye(2)
        curve = curve - np.clip(np.linalg.solve(hessian, gradient), -2, 2)
    return float(np.round(max(curve[0], 0.05), 3)), float(np.round(curve[1], 3))
