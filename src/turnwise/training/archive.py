"""The model archive: a tar.gz of JSON, arrays and CRF files; nothing in it is code."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import tarfile
import zlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from turnwise.errors import ModelError
from turnwise.project.dated_names import dated_name

SUFFIX = ".tar.gz"
METADATA = "metadata.json"

Files = Mapping[str, bytes]


def write_archive(path: Path, metadata: Mapping[str, Any], files: Files) -> None:
    """Writes a model so that whoever reads `path` finds either the old one or the new one, whole.

    The same files give the same bytes: times and owners are left out, members are sorted.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    members = {METADATA: json.dumps(metadata, ensure_ascii=False, indent=1).encode(), **files}
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    with unfinished.open("wb") as raw:
        # No time and no name in the header either.
        with gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=6, mtime=0) as zipped:
            _write_members(zipped, members)
        raw.flush()
        os.fsync(raw.fileno())
    unfinished.replace(path)


def _write_members(zipped: gzip.GzipFile, members: Files) -> None:
    with tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in sorted(members):
            member = tarfile.TarInfo(name)
            member.size = len(members[name])
            archive.addfile(member, io.BytesIO(members[name]))


def read_archive(path: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Metadata and files of a model.

    Raises:
        ModelError: there is no such file, or it is no model that this version can read.
    """
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(path, mode="r:gz") as archive:
            for member in archive:
                content = archive.extractfile(member)
                if content is not None:
                    files[member.name.removeprefix("./")] = content.read()
    except FileNotFoundError:
        raise ModelError(f"there is no model at {path}\n  fix: train one with `rasa train`") from None
    except (OSError, tarfile.TarError, EOFError, zlib.error) as error:
        raise ModelError(f"{path} is not a model archive: {error}") from error
    metadata = files.pop(METADATA, None)
    if metadata is None:
        raise ModelError(f"{path} is not a model: it has no {METADATA}\n  fix: train again with `rasa train`")
    try:
        read: dict[str, Any] = json.loads(metadata)
    except ValueError as error:
        raise ModelError(f"{path} is not a model: its {METADATA} cannot be read: {error}") from error
    return read, files


def below(prefix: str, files: Files) -> dict[str, bytes]:
    """The files whose names begin with `prefix`, without it."""
    return {name[len(prefix) :]: content for name, content in files.items() if name.startswith(prefix)}


def latest_model(folder: Path) -> Path | None:
    """The newest archive in `folder`, by time of change."""
    models = [path for path in folder.glob(f"*{SUFFIX}") if not path.name.startswith(".")]
    return max(models, key=lambda path: path.stat().st_mtime_ns, default=None)


def find_model(path: Path) -> Path:
    """The archive that `path` means: itself, or the newest one in the folder.

    Raises:
        ModelError: there is none.
    """
    found = latest_model(path) if path.is_dir() else path
    if found is None or not found.is_file():
        raise ModelError(
            f"no model found at '{path}'\n  fix: train one with `rasa train`, or name it with -m"
        )
    return found


def model_name(prefix: str, now: datetime, choice: random.Random) -> str:
    """A file name such as `nlu-20240131-120000-calm-harbor.tar.gz`, of Rasa's form."""
    return f"{prefix}{dated_name(now, choice)}{SUFFIX}"


def fixed_model_name(name: str) -> str:
    """`--fixed-model-name` as a file name: directories are dropped, another suffix gives way."""
    base = Path(name).name
    return base if base.endswith(SUFFIX) else Path(base).stem + SUFFIX
