"""The features of many messages as one sparse matrix, for training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array

from turnwise.nlu.featurizers.featurizer import sentence_features
from turnwise.nlu.message import Message


def feature_matrix(messages: Sequence[Message], aliases: Sequence[str] = ()) -> csr_array:
    """Shape (messages, features), float64; the columns are those of `sentence_features`."""
    rows = [sentence_features(message, aliases) for message in messages]
    ends = np.cumsum([0, *(len(row.indices) for row in rows)])
    values = np.concatenate([row.values for row in rows]).astype(np.float64)
    indices = np.concatenate([row.indices for row in rows])
    return csr_array((values, indices, ends), shape=(len(rows), rows[0].size if rows else 0))
