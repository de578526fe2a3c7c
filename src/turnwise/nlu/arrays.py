"""Arrays in files: `.npz` without pickle, the same bytes for the same arrays."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

_EPOCH = (1980, 1, 1, 0, 0, 0)


def packed(arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """An `.npz` file with `arrays`, in alphabetical order.

    `numpy.savez` stamps the time of writing into the file; here it is always the first day of 1980.
    Nothing is compressed, since the output of zlib differs between its versions.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(arrays):
            content = io.BytesIO()
            np.lib.format.write_array(content, np.ascontiguousarray(arrays[name]), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", date_time=_EPOCH), content.getvalue())
    return buffer.getvalue()


def unpacked(content: bytes) -> dict[str, npt.NDArray[Any]]:
    """The arrays in an `.npz` file.

    Raises:
        ValueError: the file is damaged, or holds Python objects.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            return dict(archive)
    except zipfile.BadZipFile as error:
        raise ValueError(f"damaged array file: {error}") from error
