"""From endpoints.yml to an agent: each server and store that the file names, or what stands in for it."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from typing import Any

from turnwise.actions.action import ActionServer, NoActionServer
from turnwise.agent import Agent
from turnwise.assistant import Assistant
from turnwise.errors import ActionError, ProjectError
from turnwise.http_endpoint import HttpEndpoint
from turnwise.project.endpoints_file import Endpoint, Endpoints
from turnwise.registry import find_class
from turnwise.responses.response import Nlg
from turnwise.storage.factory import make_lock_store, open_tracker_store

log = logging.getLogger(__name__)

_NOT_UNDERSTOOD: Mapping[str, Any] = {"intent": {"name": "", "confidence": 0.0}, "entities": [], "text": ""}


async def assemble(assistant: Assistant | None, endpoints: Endpoints) -> Agent:
    """An agent with everything that endpoints.yml asks for.

    Raises:
        ProjectError: the file names something that does not exist.
        StorageError: a store cannot be opened.
    """
    return Agent(
        assistant=assistant,
        tracker_store=await open_tracker_store(_section(endpoints, "tracker_store")),
        lock_store=make_lock_store(_section(endpoints, "lock_store")),
        action_server=action_server_of(endpoints.action_endpoint),
        make_nlg=_nlg_of(endpoints.nlg),
        parse_remotely=_remote_nlu(endpoints.nlu),
    )


def _section(endpoints: Endpoints, name: str) -> Mapping[str, Any] | None:
    section: Mapping[str, Any] | None = endpoints.raw.get(name)
    return section


def action_server_of(endpoint: Endpoint | None) -> ActionServer:
    """The client of the action server that `action_endpoint` names.

    `actions_module: actions` runs the classes of that module in this process instead.
    """
    if endpoint is None:
        return NoActionServer()
    module = endpoint.settings.get("actions_module")
    if module:
        from turnwise.actions.local_actions import LocalActions

        return LocalActions(str(module))
    if endpoint.url is None:
        raise ProjectError(endpoint.place, "the action server has no address", fix="add `url:`")
    from turnwise.actions.action_server import HttpActionServer

    compress = os.environ.get("COMPRESS_ACTION_SERVER_REQUEST", "").lower() in ("1", "true", "yes")
    selective = bool(endpoint.settings.get("enable_selective_domain"))
    return HttpActionServer(endpoint=http_endpoint(endpoint, compress=compress), selective_domain=selective)


def http_endpoint(endpoint: Endpoint, *, compress: bool = False) -> HttpEndpoint:
    """A client for an endpoint with an address."""
    params = {name: str(value) for name, value in endpoint.params.items()}
    if endpoint.token:
        params[endpoint.token_name] = endpoint.token
    return HttpEndpoint(
        url=endpoint.url or "",
        params=params,
        headers=endpoint.headers,
        basic_auth=endpoint.basic_auth,
        cafile=endpoint.cafile,
        compress=compress,
    )


def _nlg_of(endpoint: Endpoint | None) -> Callable[[Assistant], Nlg] | None:
    if endpoint is None or (endpoint.type or "").lower() == "response":
        return None
    if endpoint.type is None or endpoint.type.lower() == "callback":
        from turnwise.responses.nlg_server import NlgServer

        client = http_endpoint(endpoint)
        return lambda assistant: NlgServer(client, assistant.domain)
    custom = find_class(endpoint.type, {}, what="NLG", place=endpoint.place)
    return lambda assistant: custom(endpoint_config=endpoint, domain=assistant.domain)


def _remote_nlu(endpoint: Endpoint | None) -> Callable[[str, str], Any] | None:
    if endpoint is None or endpoint.url is None:
        return None
    client = http_endpoint(endpoint)

    async def parse(text: str, sender_id: str) -> Mapping[str, Any]:
        try:
            answer = await client.post(
                {"token": endpoint.token, "text": text, "message_id": sender_id}, path="/model/parse"
            )
            if answer.status == 200:
                read: Mapping[str, Any] = answer.json()
                return read
            log.error("nlu.remote_failed status=%d", answer.status)
        except ActionError as error:
            log.error("nlu.remote_failed: %s", error)
        return _NOT_UNDERSTOOD

    return parse
