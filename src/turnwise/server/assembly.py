"""From endpoints.yml to an agent: each endpoint becomes the store, broker or client that it names."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from turnwise.actions.action import ActionServer, NoActionServer
from turnwise.agent import Agent
from turnwise.assistant import Assistant
from turnwise.channels.channel import InputChannel
from turnwise.conversations import KEPT_EVENTS
from turnwise.errors import NOWHERE, Place, ProjectError
from turnwise.http_endpoint import HttpEndpoint
from turnwise.project.endpoints_file import Endpoint, Endpoints
from turnwise.registry import find_class
from turnwise.responses.response import Nlg
from turnwise.storage.factory import is_sql, make_lock_store, open_outbox, open_tracker_store

NLG_TIMEOUT = ACTION_TIMEOUT = 300.0
"""Seconds that stock Rasa waits for either server."""


async def open_agent(endpoints: Endpoints, assistant: Assistant | None = None) -> Agent:
    """An agent with everything that `endpoints` sets up, and `assistant` as its model, if there is one yet.

    Raises:
        ProjectError: an endpoint names what does not exist, or a setting makes no sense.
        StorageError: a database cannot be used.
    """
    brokers = endpoints.raw.get("event_broker")
    store = await open_tracker_store(
        endpoints.raw.get("tracker_store"),
        place=_place(endpoints.tracker_store),
        fills_outbox=brokers is not None,
    )
    agent = Agent(
        tracker_store=store,
        lock_store=make_lock_store(endpoints.raw.get("lock_store"), place=_place(endpoints.lock_store)),
        action_server=action_server(endpoints.action_endpoint),
        make_nlg=nlg_maker(endpoints.nlg),
        broker=await open_outbox(brokers, store, place=_place(endpoints.event_broker)) if brokers else None,
        kept_events=_kept_events(endpoints.action_endpoint),
    )
    if assistant is not None:
        agent.swap(assistant)
    return agent


def _kept_events(endpoint: Endpoint | None) -> int | None:
    """`tracker_events`: how many events of a long conversation action servers see; None: all."""
    wanted = endpoint.settings.get("tracker_events", KEPT_EVENTS) if endpoint else KEPT_EVENTS
    if wanted == "all":
        return None
    if not isinstance(wanted, int) or wanted < 1:
        assert endpoint is not None
        place = endpoint.place.at("tracker_events")
        raise ProjectError(place, f"'{wanted}' is no number of events", fix="write a number, or all")
    return wanted


def keep_reminders(agent: Agent, channels: Sequence[InputChannel]) -> None:
    """Lets the agent's reminders survive the process, where the tracker store is a SQL database."""
    if not is_sql(agent.tracker_store):
        return
    from turnwise.server.reminders import StoredReminders
    from turnwise.storage.sql_reminders import SqlReminders

    table = SqlReminders(agent.tracker_store.database, agent.clock)
    agent.reminders = StoredReminders(agent.reminders.fire, table, channels, agent.clock)


def action_server(endpoint: Endpoint | None) -> ActionServer:
    """Where custom actions run: behind a URL, or, for `actions_module`, in this process."""
    if endpoint is None:
        return NoActionServer()
    module = endpoint.settings.get("actions_module")
    if module:
        from turnwise.actions.local_actions import LocalActions

        return LocalActions(str(module))
    from turnwise.actions.action_server import HttpActionServer

    return HttpActionServer(
        endpoint=_client(endpoint, timeout=ACTION_TIMEOUT),
        selective_domain=bool(endpoint.settings.get("enable_selective_domain")),
    )


def nlg_maker(endpoint: Endpoint | None) -> Callable[[Assistant], Nlg] | None:
    """Where responses come from: None for the domain, else a server or a class of the project."""
    if endpoint is None or endpoint.type == "response":
        return None
    if endpoint.type in (None, "callback"):
        from turnwise.responses.nlg_server import NlgServer

        client = _client(endpoint, timeout=NLG_TIMEOUT)
        return lambda assistant: NlgServer(client, assistant.domain)
    kind = find_class(str(endpoint.type), {}, what="NLG", place=endpoint.place)

    def make(assistant: Assistant) -> Nlg:
        nlg: Nlg = kind(endpoint_config=endpoint, domain=assistant.domain)
        return nlg

    return make


def _place(endpoint: Endpoint | None) -> Place:
    return endpoint.place if endpoint else NOWHERE


def _client(endpoint: Endpoint, *, timeout: float) -> HttpEndpoint:
    params = {str(name): str(value) for name, value in endpoint.params.items()}
    if endpoint.token:
        params[endpoint.token_name] = endpoint.token
    return HttpEndpoint(
        url=endpoint.url or "",
        params=params,
        headers=endpoint.headers,
        basic_auth=endpoint.basic_auth,
        cafile=endpoint.cafile,
        timeout=timeout,
        compress=os.environ.get("COMPRESS_ACTION_SERVER_REQUEST", "").lower() in ("1", "true", "yes"),
    )
