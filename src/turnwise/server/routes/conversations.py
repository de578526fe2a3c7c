"""Conversations over HTTP: read, append to, replace, predict and execute."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import empty, text

from turnwise import interventions
from turnwise.agent import Agent
from turnwise.channels.collector import Collector
from turnwise.dialogue.tracker import Tracker
from turnwise.dialogue.tracker_json import Verbosity, current_state
from turnwise.errors import StorageError
from turnwise.evaluation.story_export import session_stories_yaml
from turnwise.server.answers import (
    ApiError,
    bad_request,
    fails_as,
    flag,
    json_answer,
    json_body,
    json_object,
    needs_agent,
)
from turnwise.server.queries import (
    collected,
    conversation,
    events_in,
    output_for,
    time_limit,
    until,
    verbosity,
)

routes = Blueprint("conversations", url_prefix="/conversations")

_fails = fails_as("ConversationError", "the conversation could not be worked on")


@routes.get("/<conversation_id:path>/tracker")
@needs_agent
@_fails
async def tracker(request: Request, conversation_id: str) -> HTTPResponse:
    """A conversation with all its sessions; `until` shows it as it was at a time."""
    shown = verbosity(request)
    found = await interventions.fetch_or_start(_agent(request), conversation(conversation_id), Collector())
    return json_answer(current_state(until(found, time_limit(request)), shown))


@routes.delete("/<conversation_id:path>/tracker")
@needs_agent
@_fails
async def erase(request: Request, conversation_id: str) -> HTTPResponse:
    """Erases a conversation for good."""
    if not await interventions.erase(_agent(request), conversation(conversation_id)):
        raise ApiError(HTTPStatus.NOT_FOUND, "NotFound", "there is no such conversation")
    return empty()


@routes.post("/<conversation_id:path>/tracker/events")
@needs_agent
@_fails
async def append_events(request: Request, conversation_id: str) -> HTTPResponse:
    """Adds an event, or several, to a conversation."""
    shown, sender_id = verbosity(request), conversation(conversation_id)
    body = json_body(request, empty="events are missing")
    events = events_in(body if isinstance(body, list) else [body])
    if not events:
        raise StorageError("there are no events to append")
    output = await output_for(request, sender_id)
    after = await interventions.append_events(
        _agent(request), sender_id, events, output=output, side_effects=flag(request, "execute_side_effects")
    )
    return json_answer(current_state(after, shown))


@routes.put("/<conversation_id:path>/tracker/events")
@needs_agent
@_fails
async def replace_events(request: Request, conversation_id: str) -> HTTPResponse:
    """Makes the given events the whole conversation."""
    shown = verbosity(request)
    body = json_body(request, empty="events are missing")
    if not isinstance(body, list):
        raise TypeError("the events must be a list")
    after = await interventions.replace_events(
        _agent(request), conversation(conversation_id), events_in(body)
    )
    return json_answer(current_state(after, shown))


@routes.get("/<conversation_id:path>/story")
@needs_agent
@_fails
async def story(request: Request, conversation_id: str) -> HTTPResponse:
    """A conversation as a test story."""
    found = await _known(request, conversation(conversation_id))
    written = session_stories_yaml(
        found.sender_id,
        found.events,
        until=time_limit(request),
        all_sessions=flag(request, "all_sessions"),
    )
    return text(written)


@routes.post("/<conversation_id:path>/execute")
@needs_agent
@_fails
async def execute(request: Request, conversation_id: str) -> HTTPResponse:
    """Runs an action; `tracker` in the answer is the conversation before it."""
    shown, sender_id = verbosity(request), conversation(conversation_id)
    body = json_object(request, empty="the name of an action is missing")
    name = _name_in(body, "the name of an action is missing")
    await _known(request, sender_id)
    output = await output_for(request, sender_id)
    before = await interventions.execute(
        _agent(request), sender_id, name, body.get("policy"), body.get("confidence"), output
    )
    return json_answer({"tracker": current_state(before, shown), "messages": collected(output)})


@routes.post("/<conversation_id:path>/trigger_intent")
@needs_agent
@_fails
async def trigger_intent(request: Request, conversation_id: str) -> HTTPResponse:
    """Lets something that happened outside take part in a conversation."""
    shown, sender_id = verbosity(request), conversation(conversation_id)
    body = json_object(request, empty="the name of an intent is missing")
    name = _name_in(body, "the name of an intent is missing")
    agent = _agent(request)
    assert agent.assistant is not None
    if name not in agent.assistant.domain.intents:
        raise ApiError(HTTPStatus.NOT_FOUND, "NotFound", f"the domain has no intent '{name}'")
    output = await output_for(request, sender_id)
    after = await agent.trigger_intent(sender_id, name, body.get("entities"), output)
    return json_answer({"tracker": current_state(after, shown), "messages": collected(output)})


@routes.post("/<conversation_id:path>/predict")
@needs_agent
@_fails
async def predict(request: Request, conversation_id: str) -> HTTPResponse:
    """The next action of a conversation."""
    sender_id = conversation(conversation_id)
    await _known(request, sender_id)
    found = await interventions.predict(_agent(request), sender_id)
    answer = found.to_json()
    answer["scores"].sort(key=lambda score: (-score["score"], score["action"]))
    return json_answer({**answer, "tracker": current_state(found.tracker, Verbosity.AFTER_RESTART)})


@routes.post("/<conversation_id:path>/messages")
@needs_agent
@_fails
async def add_message(request: Request, conversation_id: str) -> HTTPResponse:
    """Keeps a message of the user without answering it."""
    shown = verbosity(request)
    body = json_object(request, empty="a message is missing")
    if body.get("sender") != "user":
        raise bad_request("only messages of the sender 'user' can be kept", parameter="sender")
    sender_id, text = conversation(conversation_id), str(body.get("text") or "")
    after = await interventions.log_message(_agent(request), sender_id, text, body.get("parse_data"))
    return json_answer(current_state(after, shown))


def _agent(request: Request) -> Agent:
    agent: Agent = request.app.ctx.agent
    return agent


def _name_in(body: Mapping[str, Any], problem: str) -> str:
    name = body.get("name")
    if not name or not isinstance(name, str):
        raise bad_request(problem, parameter="name")
    return name


async def _known(request: Request, sender_id: str) -> Tracker:
    found = await interventions.full_tracker(_agent(request), sender_id)
    if found is None:
        raise ApiError(HTTPStatus.NOT_FOUND, "Not found", f"there is no conversation '{sender_id}'")
    return found
