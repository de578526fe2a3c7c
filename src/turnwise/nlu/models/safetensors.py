"""Reads arrays from a `.safetensors` file: a header in JSON, then the numbers as they lie in memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

_TYPES = {"F32": "<f4", "F16": "<f2", "F64": "<f8", "I64": "<i8", "I32": "<i4"}


def read_tensors(path: Path) -> dict[str, npt.NDArray[Any]]:
    """The arrays in a file, by name; mapped into memory, read when used.

    Raises:
        ValueError: the file is damaged, or holds numbers of a kind NumPy does not know.
    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
    content = np.memmap(path, dtype=np.uint8, mode="r", offset=8 + length)
    tensors: dict[str, npt.NDArray[Any]] = {}
    for name, told in header.items():
        if name == "__metadata__":
            continue
        if told["dtype"] not in _TYPES:
            raise ValueError(f"{path}: array '{name}' has the type {told['dtype']}, which is not supported")
        start, end = told["data_offsets"]
        tensors[name] = content[start:end].view(_TYPES[told["dtype"]]).reshape(told["shape"])
    return tensors
