"""What `rasa run` and `rasa shell` have in common: from flags to an agent and the server around it."""

from __future__ import annotations

import argparse
import asyncio
import logging
import logging.handlers
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from turnwise.cli.console import print_warning
from turnwise.cli.paths import optional_path
from turnwise.errors import UsageError
from turnwise.project.credentials_file import ChannelCredentials, load_credentials
from turnwise.project.endpoints_file import Endpoints, load_endpoints
from turnwise.project.endpoints_own import ModelVersion
from turnwise.server.settings import Jwt, ServerSettings, Tls

if TYPE_CHECKING:
    from turnwise.channels.channel import InputChannel
    from turnwise.server.models import ServedModel

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


def versions_of(args: argparse.Namespace, endpoints: Endpoints) -> Sequence[ModelVersion]:
    """Where the models come from: endpoints.yml, else the remote storage, else the disk; none without one."""
    from turnwise.versions import MAIN

    if endpoints.model_versions:
        return endpoints.model_versions
    source: dict[str, object] = {}
    if endpoints.models is not None:
        source = {"model_server": endpoints.raw["models"]}
    elif args.remote_storage:
        source = {"remote_storage": args.remote_storage, "model_file": args.model}
    elif path := local_model(args):
        source = {"model_file": path}
    return [ModelVersion(name=MAIN, source=source)] if source else []


async def load_models(args: argparse.Namespace, endpoints: Endpoints) -> Sequence[ServedModel]:
    """The models to start with; a server with an API starts without one that cannot be loaded.

    Raises:
        ModelError: a model cannot be loaded, and without an API none could be put in its place.
    """
    from turnwise.server.models import first_models
    from turnwise.training.model import load_assistant

    return await first_models(versions_of(args, endpoints), load_assistant, strict=not args.enable_api)


async def run_server(
    settings: ServerSettings,
    endpoints: Endpoints,
    channels: list[InputChannel],
    models: Sequence[ServedModel],
    listener: socket.socket,
    until: Callable[[], Awaitable[object]],
) -> None:
    """Serves `models` until `until()` returns.

    Raises:
        ProjectError, StorageError: an endpoint cannot be used.
    """
    from turnwise.retention import Retention
    from turnwise.server.app import create_app
    from turnwise.server.assembly import keep_reminders, open_agent
    from turnwise.server.models import give
    from turnwise.server.serve import serve
    from turnwise.server.telemetry import traced
    from turnwise.training.model import load_assistant

    agent = await open_agent(endpoints)
    give(agent, models)
    keep_reminders(agent, channels)
    watching = [asyncio.create_task(model.watch(agent, load_assistant)) for model in models]
    if endpoints.retention:
        watching.append(asyncio.create_task(Retention(agent, days=endpoints.retention.days).watch()))
    try:
        app = create_app(agent, settings, channels, load_model=load_assistant)
        watching.append(asyncio.create_task(app.ctx.orders.follow()))
        with traced(endpoints.raw.get("tracing")) as tracer:
            if tracer is not None:
                tracer.trace_requests(app)
            await serve(app, replace(settings, port=listener.getsockname()[1]), listener, until=until)
    finally:
        for task in watching:
            task.cancel()
        await agent.close()


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
