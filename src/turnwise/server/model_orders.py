"""Orders about models: one worker of a server is given them, all carry them out, in the same order."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from turnwise.agent import Agent
from turnwise.server.models import Load, read_model
from turnwise.storage.model_sources import fetch_model
from turnwise.versions import MAIN

log = logging.getLogger(__name__)

FOLDER = "TURNWISE_MODEL_ORDERS"
"""Environment variable: where the workers of one server pass orders on; unset, there is one worker."""
LOOK_AGAIN = 0.5
"""Seconds between looks whether another worker was given an order."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A model to take, a share to change, or a version to drop."""

    version: str | None = None
    """None: the first one; to drop, all of them."""
    source: dict[str, Any] = {}
    """`model_file`, `model_server` or `remote_storage`; empty where the model stays."""
    share: float | None = None
    drop: bool = False


class ModelOrders:
    """Carries orders out on the agent of this worker: its own, and those of others."""

    def __init__(self, agent: Agent, load: Load, *, folder: Path | None = None) -> None:
        self._agent = agent
        self._load = load
        self._folder = folder
        self._next = 1
        self._one_at_a_time = asyncio.Lock()

    async def give(self, order: Order) -> None:
        """Carries `order` out, after all that came before it; other workers follow within a second.

        Raises:
            TurnwiseError: it cannot be carried out; nothing has changed.
        """
        if self._folder is None:
            async with self._one_at_a_time:
                await self._carry_out(order)
        else:
            await self._catch_up(own=self._written(self._folder, order))

    async def follow(self) -> None:
        """Carries out what other workers were told, until cancelled; at once where there is only one."""
        while self._folder is not None:
            await self._catch_up()
            await asyncio.sleep(LOOK_AGAIN)

    async def _catch_up(self, own: int | None = None) -> None:
        async with self._one_at_a_time:
            while (text := self._text(self._next)) is not None:
                number, self._next = self._next, self._next + 1
                try:
                    await self._carry_out(msgspec.json.decode(text, type=Order))
                except Exception as error:
                    if number == own:
                        raise
                    log.error("model.order_failed number=%s error=%s", number, error)

    def _text(self, number: int) -> bytes | None:
        assert self._folder is not None
        try:
            return _file(self._folder, number).read_bytes()
        except FileNotFoundError:
            return None

    def _written(self, folder: Path, order: Order) -> int:
        """Writes an order whole, under the next number that is free; returns the number."""
        draft = folder / f"draft-{os.getpid()}"
        draft.write_bytes(msgspec.json.encode(order))
        for number in itertools.count(self._next):
            try:
                _file(folder, number).hardlink_to(draft)
            except FileExistsError:
                continue
            draft.unlink()
            return number
        raise AssertionError("there is always another number")

    async def _carry_out(self, order: Order) -> None:
        versions = self._agent.versions
        name = order.version or (versions.main.name if versions.main else MAIN)
        if order.drop and order.version is None:
            versions.clear()
        elif order.drop:
            versions.drop(name)
        elif order.share is not None and not order.source:
            versions.resize(name, order.share)
        else:
            assistant = await read_model(await fetch_model(order.source), self._load)
            self._agent.swap(assistant, name, share=order.share)


def _file(folder: Path, number: int) -> Path:
    return folder / f"{number:08}.json"


def orders_folder(environment: Mapping[str, str] = os.environ) -> Path | None:
    """Where orders are passed on; None in a server of one process."""
    return Path(environment[FOLDER]) if environment.get(FOLDER) else None
