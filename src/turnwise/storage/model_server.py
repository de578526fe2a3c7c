"""Models from a server: asked again and again whether it has a newer one."""

from __future__ import annotations

import asyncio
import base64
import logging
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from turnwise.errors import ModelError, TurnwiseError

log = logging.getLogger(__name__)

TIMEOUT = 300.0
"""Seconds a download may take."""
FETCHED = "turnwise-model-"
"""How the names of folders begin that hold an archive from elsewhere until it is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelServerSettings:
    """What stands under `models` in `endpoints.yml`."""

    url: str
    wait_time_between_pulls: float | None = 100
    """Seconds; 0 or none: the server is asked once."""
    token: str | None = None
    token_name: str = "token"
    headers: dict[str, str] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    basic_auth: dict[str, str] = field(default_factory=dict)
    """`username` and `password`."""

    @classmethod
    def from_mapping(cls, section: Mapping[str, Any]) -> ModelServerSettings:
        """
        Raises:
            ModelError: `url` is missing, or a setting has the wrong type.
        """
        try:
            return msgspec.convert(section, cls, strict=False)
        except msgspec.ValidationError as error:
            raise ModelError(f"model server: {error}") from error


class ModelServer:
    """One model server, and the fingerprint of the model that was taken from it last."""

    def __init__(self, settings: ModelServerSettings) -> None:
        self.settings = settings
        self._fingerprint: str | None = None

    async def pull(self) -> Path | None:
        """The server's model as a file; None if it is the one that was pulled before.

        Raises:
            ModelError: the server cannot be reached, or does not answer with a model.
        """
        import aiohttp

        settings = self.settings
        headers = {**settings.headers, **_login(settings.basic_auth)}
        if self._fingerprint:
            headers["If-None-Match"] = self._fingerprint
        params = dict(settings.params)
        if settings.token:
            params[settings.token_name] = settings.token
        timeout = aiohttp.ClientTimeout(total=TIMEOUT)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.get(settings.url, headers=headers, params=params) as response,
            ):
                if response.status in (204, 304):
                    return None
                if response.status != 200:
                    raise ModelError(f"the model server at {settings.url} answers {response.status}")
                archive = await response.read()
                self._fingerprint = response.headers.get("ETag")
                return _written(archive, response.headers.get("filename"))
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ModelError(f"the model server at {settings.url} cannot be reached: {error}") from error

    async def watch(self, take: Callable[[Path], Awaitable[None]]) -> None:
        """Hands each newer model to `take`, until cancelled; whatever fails, the next try comes."""
        pause = self.settings.wait_time_between_pulls
        while pause:
            await asyncio.sleep(pause)
            try:
                archive = await self.pull()
                if archive is not None:
                    await take(archive)
            except TurnwiseError as error:
                log.warning("model_server.no_new_model error=%s", error)
            except Exception:
                log.exception("model_server.no_new_model")


def _login(basic_auth: Mapping[str, str]) -> dict[str, str]:
    """The header of HTTP basic authentication (RFC 7617), if there is anything to say in it."""
    if not basic_auth:
        return {}
    credentials = f"{basic_auth.get('username', '')}:{basic_auth.get('password', '')}"
    return {"Authorization": f"Basic {base64.b64encode(credentials.encode()).decode()}"}


def _written(archive: bytes, name: str | None) -> Path:
    # Only the last part of the name: a server must not choose where its file goes.
    path = Path(tempfile.mkdtemp(prefix=FETCHED)) / (Path(name or "").name or "model.tar.gz")
    path.write_bytes(archive)
    return path
