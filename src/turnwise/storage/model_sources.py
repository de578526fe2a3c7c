"""Where models come from: a path, a model server, or a bucket."""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from turnwise.errors import ModelError
from turnwise.registry import find_class
from turnwise.storage.model_server import FETCHED, ModelServer, ModelServerSettings

log = logging.getLogger(__name__)

ARCHIVE = ".tar.gz"
SOURCES = ("model_file", "model_server", "remote_storage")
"""What names a model in the body of `PUT /model`."""

BUCKETS: Mapping[str, str] = {
    "aws": "turnwise.storage.model_buckets:S3Models",
    "gcs": "turnwise.storage.model_buckets:GoogleCloudModels",
    "azure": "turnwise.storage.model_buckets:AzureModels",
}
"""What `--remote-storage` takes, and the class behind: no arguments, `retrieve(name, target_path)`."""


async def fetch_model(source: Mapping[str, Any]) -> Path:
    """The archive, or folder of archives, that the body of `PUT /model` names; fetched if it is elsewhere.

    Raises:
        ModelError: it names nothing, or what it names cannot be had.
    """
    if source.get("model_server"):
        settings = ModelServerSettings.from_mapping(source["model_server"])
        pulled = await ModelServer(settings).pull()
        if pulled is None:
            raise ModelError(f"the model server at {settings.url} has no model")
        return pulled
    if source.get("remote_storage"):
        name = str(source.get("model_file") or "")
        return await asyncio.to_thread(fetch_from_bucket, str(source["remote_storage"]), name)
    if not source.get("model_file"):
        raise ModelError("no model is named\n  fix: give model_file, model_server or remote_storage")
    return Path(str(source["model_file"]))


def discard(archive: Path) -> None:
    """Removes an archive that was fetched from elsewhere; one that was on the disk before stays."""
    if archive.parent.name.startswith(FETCHED):
        shutil.rmtree(archive.parent, ignore_errors=True)


def fetch_from_bucket(storage: str, name: str) -> Path:
    """The archive `name` of a remote storage (a name of `BUCKETS`, or a class by dotted path), as a file.

    Raises:
        ModelError: it cannot be had.
        ProjectError: there is no such storage.
    """
    name = name if name.endswith(ARCHIVE) else name + ARCHIVE
    bucket = find_class(storage, BUCKETS, what="remote storage")()
    target = Path(tempfile.mkdtemp(prefix=FETCHED)) / Path(name).name
    try:
        bucket.retrieve(name, str(target))
    except ModelError:
        raise
    except Exception as error:  # each storage has errors of its own, and this one only needs to be told
        raise ModelError(f"'{name}' cannot be had from {storage}: {error}") from error
    return target
