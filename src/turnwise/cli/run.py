"""`rasa run` and `rasa shell`: a server, and for the shell somebody to talk with it."""

from __future__ import annotations

import argparse
import logging
import os
import tempfile
from collections.abc import Coroutine, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from turnwise.cli.serving import (
    channels_of,
    endpoints_of,
    load_models,
    local_model,
    log_elsewhere,
    run_server,
    server_settings,
    versions_of,
)
from turnwise.errors import UsageError
from turnwise.server.garbage import spare_what_is_loaded
from turnwise.server.metrics import SHARED_FOLDER as METRICS_FOLDER
from turnwise.server.model_orders import FOLDER as ORDERS_FOLDER
from turnwise.server.serve import listening_socket, run_until_done, told_to_stop
from turnwise.server.workers import Workers, number_of_workers
from turnwise.storage.factory import locks_are_shared

if TYPE_CHECKING:
    from turnwise.project.endpoints_file import Endpoints
    from turnwise.server.models import ServedModel

STREAM_TIMEOUT = "RASA_SHELL_STREAM_READING_TIMEOUT_IN_SECONDS"


def run(args: argparse.Namespace) -> int:
    """Serves a model until SIGINT or SIGTERM; returns the exit code."""
    log_elsewhere(args)
    endpoints = endpoints_of(args)
    if not (args.enable_api or versions_of(args, endpoints)):
        raise UsageError(_no_model(args))
    settings = server_settings(args, endpoints)
    channels = channels_of(args)
    listener = listening_socket(settings.interface, settings.port, backlog=settings.backlog)

    models = run_until_done(load_models(args, endpoints))

    def work() -> None:
        run_until_done(run_server(settings, endpoints, channels, models, listener, told_to_stop))

    shared = locks_are_shared(endpoints.raw.get("lock_store"))
    count = number_of_workers(args.workers, locks_are_shared=shared)
    spare_what_is_loaded()
    if count > 1:
        with (
            tempfile.TemporaryDirectory(prefix="turnwise-metrics-") as metrics,
            tempfile.TemporaryDirectory(prefix="turnwise-orders-") as orders,
        ):
            os.environ.setdefault(METRICS_FOLDER, metrics)
            os.environ[ORDERS_FOLDER] = orders
            return Workers(count, work).run()
    work()
    return 0


def run_shell(args: argparse.Namespace) -> int:
    """Talks with a model in the terminal, or (`rasa shell nlu`) shows what it understands."""
    if args.loglevel is None:
        logging.getLogger().setLevel(logging.WARNING)  # the screen belongs to the conversation
    run_until_done(_understand(args) if args.subcommand == "nlu" else _talk(args))
    return 0


async def _understand(args: argparse.Namespace) -> None:
    from turnwise.cli.shell import parse_loop
    from turnwise.training.model import load_assistant as load

    path = local_model(args)
    if path is None:
        raise UsageError(_no_model(args))
    assistant = load(path)
    await parse_loop(assistant.explain if args.explain else assistant.understand)


async def _talk(args: argparse.Namespace) -> None:
    from turnwise.cli.shell import parse_loop

    log_elsewhere(args)
    endpoints = endpoints_of(args)
    models = await load_models(args, endpoints)
    assistant = next((model.assistant for model in models if model.assistant), None)
    if assistant is None:
        raise UsageError(_no_model(args))
    if assistant.has_core:
        await _chat(args, endpoints, models)
    else:
        await parse_loop(assistant.understand)


async def _chat(args: argparse.Namespace, endpoints: Endpoints, models: Sequence[ServedModel]) -> None:
    from turnwise.channels.rest import CommandLineChannel
    from turnwise.cli.shell import chat

    settings = server_settings(args, endpoints)
    listener = listening_socket(settings.interface, settings.port, backlog=settings.backlog)
    scheme = "https" if settings.tls else "http"
    url = f"{scheme}://localhost:{listener.getsockname()[1]}"
    talk: partial[Coroutine[Any, Any, None]] = partial(
        chat, url, args.conversation_id, stream_timeout=_stream_timeout(args)
    )
    await run_server(settings, endpoints, [CommandLineChannel()], models, listener, talk)


def _stream_timeout(args: argparse.Namespace) -> float:
    """Seconds to wait for each message of an answer: the environment's word, else that of the flag."""
    word = os.environ.get(STREAM_TIMEOUT)
    try:
        return float(word) if word else float(args.request_timeout)
    except ValueError:
        raise UsageError(f"{STREAM_TIMEOUT}: '{word}' is no number\n  fix: write seconds") from None


def _no_model(args: argparse.Namespace) -> str:
    return (
        f"there is no model in '{args.model}'\n  fix: train one with `rasa train`, or name one with --model"
    )
