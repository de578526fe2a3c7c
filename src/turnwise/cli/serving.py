"""What `rasa run` and `rasa shell` have in common: from flags to an agent and the server around it."""

from __future__ import annotations

import argparse
import asyncio
import logging
import logging.handlers
import socket
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from turnwise.cli.console import print_warning
from turnwise.cli.paths import optional_path
from turnwise.errors import ModelError, UsageError
from turnwise.project.credentials_file import ChannelCredentials, load_credentials
from turnwise.project.endpoints_file import Endpoints, load_endpoints
from turnwise.server.settings import Jwt, ServerSettings, Tls

if TYPE_CHECKING:
    from turnwise.agent import Agent
    from turnwise.assistant import Assistant
    from turnwise.channels.channel import InputChannel

log = logging.getLogger(__name__)

CREDENTIALS = "credentials.yml"
MODELS = "models"
"""The folder that models are trained into."""


def server_settings(args: argparse.Namespace, endpoints: Endpoints) -> ServerSettings:
    """The server that the flags describe.

    Raises:
        UsageError: a file for TLS does not exist.
    """
    jwt = Jwt(secret=args.jwt_secret, method=args.jwt_method) if args.jwt_secret else None
    return ServerSettings(
        interface=args.interface,
        port=args.port,
        enable_api=args.enable_api,
        auth_token=args.auth_token,
        jwt=jwt,
        cors=tuple(args.cors or ()),
        response_timeout=args.response_timeout,
        tls=_tls(args),
        endpoints=endpoints.raw,
    )


def _tls(args: argparse.Namespace) -> Tls | None:
    if not args.ssl_certificate:
        return None
    paths = {}
    for name in ("ssl_certificate", "ssl_keyfile", "ssl_ca_file"):
        given = getattr(args, name)
        if given and not Path(given).is_file():
            raise UsageError(f"--{name.replace('_', '-')}: there is no file '{given}'")
        paths[name] = Path(given) if given else None
    assert paths["ssl_certificate"] is not None
    return Tls(
        certificate=paths["ssl_certificate"],
        keyfile=paths["ssl_keyfile"],
        ca_file=paths["ssl_ca_file"],
        password=args.ssl_password,
    )


def endpoints_of(args: argparse.Namespace) -> Endpoints:
    """What the endpoints file says; nothing where there is none."""
    return load_endpoints(optional_path(args.endpoints, flag="--endpoints", default="endpoints.yml"))


def channels_of(args: argparse.Namespace) -> list[InputChannel]:
    """The channels to open: `--connector`, or all of the credentials file, or REST where nothing is said.

    Raises:
        ProjectError: a channel does not exist, or its settings make no sense.
    """
    from turnwise.channels.catalogue import open_channels

    path = optional_path(
        args.credentials or "credentials.yml", flag="--credentials", default="credentials.yml"
    )
    credentials = load_credentials(path)
    if credentials is None and args.connector is None:
        print_warning("There is no credentials.yml and no --connector; the REST channel is opened.")
        credentials = (ChannelCredentials(name="rest"),)
    return open_channels(credentials or (), only=args.connector)


def local_model(args: argparse.Namespace) -> Path | None:
    """The archive or folder that `--model` means, if there is a model in it."""
    from turnwise.training.archive import latest_model

    path = optional_path(args.model, flag="--model", default=MODELS)
    if path is None or path.is_file():
        return path
    return path if latest_model(path) else None


async def model_of(args: argparse.Namespace, endpoints: Endpoints) -> Path | None:
    """The model to start with: from the model server, the remote storage, or the disk; None without one.

    Raises:
        ModelError: it was asked for elsewhere, and cannot be had.
    """
    from turnwise.storage.model_sources import fetch_model

    if endpoints.models is not None:
        return await fetch_model({"model_server": endpoints.raw["models"]})
    if args.remote_storage:
        return await fetch_model({"remote_storage": args.remote_storage, "model_file": args.model})
    return local_model(args)


async def load_assistant(args: argparse.Namespace, endpoints: Endpoints) -> Assistant | None:
    """The assistant to start with; a server with an API starts without one that cannot be loaded.

    Raises:
        ModelError: the model cannot be loaded, and without an API none could be put in its place.
    """
    from turnwise.training.model import load_assistant as load

    try:
        path = await model_of(args, endpoints)
        return None if path is None else load(path)
    except ModelError as error:
        if not args.enable_api:
            raise
        log.error("model.not_loaded error=%s", error)
        return None


async def run_server(
    settings: ServerSettings,
    endpoints: Endpoints,
    channels: list[InputChannel],
    assistant: Assistant | None,
    listener: socket.socket,
    until: Callable[[], Awaitable[object]],
) -> None:
    """Serves `assistant` until `until()` returns.

    Raises:
        ProjectError, StorageError: an endpoint cannot be used.
    """
    from turnwise.server.app import create_app
    from turnwise.server.assembly import keep_reminders, open_agent
    from turnwise.server.serve import serve
    from turnwise.training.model import load_assistant as load

    agent = await open_agent(endpoints, assistant)
    keep_reminders(agent, channels)
    watching = asyncio.create_task(_watch(agent, endpoints))
    try:
        app = create_app(agent, settings, channels, load_model=load)
        await serve(app, replace(settings, port=listener.getsockname()[1]), listener, until=until)
    finally:
        watching.cancel()
        await agent.close()


async def _watch(agent: Agent, endpoints: Endpoints) -> None:
    """Takes each newer model of the model server, if there is one; turns in progress end with theirs."""
    from turnwise.storage.model_server import ModelServer, ModelServerSettings
    from turnwise.training.model import load_assistant as load

    if endpoints.models is None:
        return

    async def take(archive: Path) -> None:
        agent.swap(await asyncio.to_thread(load, archive))
        log.info("model.swapped file=%s", archive.name)

    await ModelServer(ModelServerSettings.from_mapping(endpoints.raw["models"])).watch(take)


def log_elsewhere(args: argparse.Namespace) -> None:
    """Writes the log to the file and the syslog server that the flags name, too."""
    handlers: list[logging.Handler] = []
    if args.log_file:
        handlers.append(logging.FileHandler(args.log_file, encoding="utf-8"))
    if args.use_syslog:
        protocol = socket.SOCK_STREAM if args.syslog_protocol.upper() == "TCP" else socket.SOCK_DGRAM
        address = (args.syslog_address, args.syslog_port)
        try:
            handlers.append(logging.handlers.SysLogHandler(address=address, socktype=protocol))
        except OSError as error:
            raise UsageError(
                f"--use-syslog: no syslog server at {address[0]}:{address[1]}: {error}"
            ) from error
    root = logging.getLogger()
    for handler in handlers:
        handler.setFormatter(root.handlers[0].formatter if root.handlers else None)
        root.addHandler(handler)
