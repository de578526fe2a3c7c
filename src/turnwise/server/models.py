"""The models of a server: those to start with, and newer ones while it runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from turnwise.agent import Agent
from turnwise.assistant import Assistant
from turnwise.errors import ModelError
from turnwise.project.endpoints_own import ModelVersion
from turnwise.storage.model_server import ModelServer, ModelServerSettings
from turnwise.storage.model_sources import discard, fetch_model

log = logging.getLogger(__name__)

Load = Callable[[Path], Assistant]
"""Reads an archive; raises ModelError."""


class ServedModel:
    """One version of the model: the assistant to begin with, and where newer ones come from."""

    def __init__(self, version: ModelVersion) -> None:
        """
        Raises:
            ModelError: the settings of its model server make no sense.
        """
        self.version = version
        self.assistant: Assistant | None = None
        server = version.source.get("model_server")
        self._server = None if server is None else ModelServer(ModelServerSettings.from_mapping(server))

    async def load(self, load: Load) -> None:
        """Reads the model for the first time.

        Raises:
            ModelError: it cannot be had, or not be read.
        """
        archive = await (self._server.pull() if self._server else fetch_model(self.version.source))
        if archive is None:
            raise ModelError(f"the model server of version '{self.version.name}' has no model")
        self.assistant = await read_model(archive, load)

    async def watch(self, agent: Agent, load: Load) -> None:
        """Gives `agent` each newer model of the server, if there is one, until cancelled."""

        async def take(archive: Path) -> None:
            agent.swap(await read_model(archive, load), self.version.name, share=self._share(agent))
            log.info("model.swapped version=%s file=%s", self.version.name, archive.name)

        if self._server is not None:
            await self._server.watch(take)

    def _share(self, agent: Agent) -> float | None:
        """The share it begins with; later, whatever it was given meanwhile."""
        known = any(version.name == self.version.name for version in agent.versions)
        return None if known else self.version.share


async def read_model(archive: Path, load: Load) -> Assistant:
    """The assistant in an archive, which is then removed if it was fetched from elsewhere.

    Raises:
        ModelError: it cannot be read.
    """
    try:
        return await asyncio.to_thread(load, archive)
    finally:
        discard(archive)


async def first_models(versions: Sequence[ModelVersion], load: Load, *, strict: bool) -> list[ServedModel]:
    """The models to start with.

    Args:
        strict: Whether each of them has to be there; if not, the server starts without those that are not.

    Raises:
        ModelError: a model cannot be loaded, and has to be there; or settings make no sense.
    """
    served = [ServedModel(version) for version in versions]
    for model in served:
        try:
            await model.load(load)
        except ModelError as error:
            if strict:
                raise
            log.error("model.not_loaded version=%s error=%s", model.version.name, error)
    return served


def give(agent: Agent, served: Sequence[ServedModel]) -> None:
    """Lets `agent` answer with those that are loaded."""
    for model in served:
        if model.assistant is not None:
            agent.swap(model.assistant, model.version.name, share=model.version.share)
