"""A BERT encoder in NumPy: sentence vectors from pretrained weights, without any framework.

(Devlin et al. 2018, arXiv:1810.04805; sentence vectors are means over tokens, as in Reimers &
Gurevych 2019, arXiv:1908.10084.)
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from turnwise.nlu.models.safetensors import read_tensors
from turnwise.nlu.models.wordpiece import WordPieces

Floats = npt.NDArray[np.float32]

_BATCH = 32


class Bert:
    """An encoder from a folder with `config.json`, `model.safetensors` and `vocab.txt`."""

    def __init__(
        self, pieces: WordPieces, config: dict[str, Any], tensors: dict[str, npt.NDArray[Any]]
    ) -> None:
        self.pieces = pieces
        self.size: int = config["hidden_size"]
        """Length of its vectors."""
        self._heads: int = config["num_attention_heads"]
        self._layers: int = config["num_hidden_layers"]
        self._epsilon: float = config.get("layer_norm_eps", 1e-12)
        self._longest = min(int(config.get("max_position_embeddings", 512)), 256)
        prefix = "bert." if "bert.embeddings.word_embeddings.weight" in tensors else ""
        self._tensors = {name.removeprefix(prefix): tensor for name, tensor in tensors.items()}

    @classmethod
    def read(cls, folder: Path) -> Bert:
        """Raises:
        OSError: a file is missing.
        ValueError: a file is damaged, or the model is no BERT.
        """
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        if config.get("model_type") != "bert":
            raise ValueError(f"{folder}: a model of type '{config.get('model_type')}', not 'bert'")
        told = folder / "tokenizer_config.json"
        settings = json.loads(told.read_text(encoding="utf-8")) if told.exists() else {}
        pieces = WordPieces.read(folder / "vocab.txt", lowercase=bool(settings.get("do_lower_case", True)))
        return cls(pieces, config, read_tensors(folder / "model.safetensors"))

    def vectors(self, texts: Sequence[str]) -> Floats:
        """Vectors of unit length; shape (texts, size)."""
        ids = [self.pieces.ids(text, most=self._longest) for text in texts]
        result = np.empty((len(texts), self.size), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda index: len(ids[index]))
        for start in range(0, len(order), _BATCH):
            chosen = order[start : start + _BATCH]
            result[chosen] = self._encoded([ids[index] for index in chosen])
        return result

    def _encoded(self, ids: Sequence[Sequence[int]]) -> Floats:
        longest = max(map(len, ids))
        padded = np.zeros((len(ids), longest), dtype=np.int64)
        for row, own in enumerate(ids):
            padded[row, : len(own)] = own
        inside = np.arange(longest)[None, :] < np.array([len(own) for own in ids])[:, None]
        hidden = self._embedded(padded)
        unseen = np.where(inside, 0.0, -1e9).astype(np.float32)[:, None, None, :]
        for layer in range(self._layers):
            hidden = self._layer(hidden, unseen, f"encoder.layer.{layer}.")
        weights = inside[:, :, None].astype(np.float32)
        means = (hidden * weights).sum(axis=1) / weights.sum(axis=1)
        vectors: Floats = means / np.maximum(np.sqrt(np.square(means).sum(axis=1, keepdims=True)), 1e-9)
        return vectors

    def _embedded(self, ids: npt.NDArray[np.int64]) -> Floats:
        words = self._tensors["embeddings.word_embeddings.weight"][ids]
        places = self._tensors["embeddings.position_embeddings.weight"][: ids.shape[1]]
        kind = self._tensors["embeddings.token_type_embeddings.weight"][0]
        return self._normed((words + places + kind).astype(np.float32), "embeddings.LayerNorm")

    def _layer(self, hidden: Floats, unseen: Floats, name: str) -> Floats:
        """One layer of the encoder; hidden: shape (texts, tokens, size)."""
        texts, tokens, size = hidden.shape
        split = (texts, tokens, self._heads, size // self._heads)
        query, key, value = (
            self._linear(hidden, f"{name}attention.self.{part}").reshape(split).transpose(0, 2, 1, 3)
            for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 1, 3, 2) / np.float32(np.sqrt(size // self._heads)) + unseen
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        seen = (shares @ value).transpose(0, 2, 1, 3).reshape(texts, tokens, size)
        seen = self._linear(seen, f"{name}attention.output.dense")
        hidden = self._normed(hidden + seen, f"{name}attention.output.LayerNorm")
        inner = _gelu(self._linear(hidden, f"{name}intermediate.dense"))
        return self._normed(hidden + self._linear(inner, f"{name}output.dense"), f"{name}output.LayerNorm")

    def _linear(self, hidden: Floats, name: str) -> Floats:
        flat = hidden.reshape(-1, hidden.shape[-1])
        product: Floats = flat @ self._tensors[f"{name}.weight"].T + self._tensors[f"{name}.bias"]
        return product.reshape(*hidden.shape[:-1], -1)

    def _normed(self, hidden: Floats, name: str) -> Floats:
        centred = hidden - hidden.mean(axis=-1, keepdims=True)
        spread = np.sqrt(np.square(centred).mean(axis=-1, keepdims=True) + np.float32(self._epsilon))
        normed: Floats = centred / spread * self._tensors[f"{name}.weight"] + self._tensors[f"{name}.bias"]
        return normed


def _gelu(values: Floats) -> Floats:
    """x times the share of a normal distribution below x, by Abramowitz & Stegun 7.1.26 (error < 2e-7)."""
    scaled = np.abs(values) * np.float32(1 / np.sqrt(2))
    part = 1 / (1 + np.float32(0.3275911) * scaled)
    factors = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)
    series = np.zeros_like(part)
    for factor in factors:
        series = (series + np.float32(factor)) * part
    error = 1 - series * np.exp(-scaled * scaled)
    below: Floats = values * np.float32(0.5) * (1 + np.sign(values) * error)
    return below
