"""Conversations over HTTP: read, append to, replace, predict and execute."""

from __future__ import annotations

from http import HTTPStatus

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import empty, text

from turnwise import interventions
from turnwise.agent import Agent
from turnwise.channels.collector import Collector
from turnwise.dialogue.tracker import Tracker
from turnwise.dialogue.tracker_json import Verbosity, current_state
from turnwise.errors import StorageError
from turnwise.evaluation.story_export import session_stories_yaml
from turnwise.openapi import TEXT, Content, Parameter, describe
from turnwise.server.answers import (
    NO_BODY,
    ApiError,
    bad_request,
    checked,
    fails_as,
    failure,
    flag,
    json_answer,
    json_body,
    needs_agent,
)
from turnwise.server.bodies import (
    ActionRequest,
    IntentRequest,
    MessageRequest,
    PredictionBody,
    TrackerBody,
    TurnBody,
)
from turnwise.server.event_bodies import EventList, NewEvents
from turnwise.server.queries import (
    EXPLAIN,
    INCLUDE_EVENTS,
    OUTPUT_CHANNEL,
    UNTIL,
    collected,
    conversation,
    events_in,
    output_for,
    time_limit,
    until,
    verbosity,
)

routes = Blueprint("conversations", url_prefix="/conversations")

SIDE_EFFECTS = Parameter(
    name="execute_side_effects",
    about="Whether messages among the events are sent, and reminders scheduled or cancelled.",
    kind=bool,
)
ALL_SESSIONS = Parameter(
    name="all_sessions", about="Whether every session becomes a story; else only the latest.", kind=bool
)

_TRACKER = Content(about="The conversation.", kind=TrackerBody)
_TURN = Content(about="The conversation, and what the assistant says.", kind=TurnBody)
_BAD_REQUEST = failure("The body or the query makes no sense; nothing has happened.")
_UNKNOWN = failure("There is no such conversation.")

_fails = fails_as("ConversationError", "the conversation could not be worked on")


@routes.get("/<conversation_id:path>/tracker")
@describe(query=(INCLUDE_EVENTS, UNTIL), answers={200: _TRACKER, 400: _BAD_REQUEST})
@needs_agent
@_fails
async def tracker(request: Request, conversation_id: str) -> HTTPResponse:
    """A conversation with all its sessions; `until` shows it as it was at a time.

    One that does not exist is shown as it would begin; it does not exist afterwards, either.
    """
    shown = verbosity(request)
    found = await interventions.fetch_or_start(_agent(request), conversation(conversation_id), Collector())
    return json_answer(current_state(until(found, time_limit(request)), shown))


@routes.delete("/<conversation_id:path>/tracker")
@describe(answers={204: NO_BODY, 400: _BAD_REQUEST, 404: _UNKNOWN})
@needs_agent
@_fails
async def erase(request: Request, conversation_id: str) -> HTTPResponse:
    """Erases a conversation for good."""
    if not await interventions.erase(_agent(request), conversation(conversation_id)):
        raise ApiError(HTTPStatus.NOT_FOUND, "NotFound", "there is no such conversation")
    return empty()


@routes.post("/<conversation_id:path>/tracker/events")
@describe(
    query=(INCLUDE_EVENTS, OUTPUT_CHANNEL, SIDE_EFFECTS),
    body=Content(about="An event, or a list of events.", kind=NewEvents),
    answers={200: _TRACKER, 400: _BAD_REQUEST},
)
@needs_agent
@_fails
async def append_events(request: Request, conversation_id: str) -> HTTPResponse:
    """Adds an event, or several, to a conversation."""
    shown, sender_id = verbosity(request), conversation(conversation_id)
    body = json_body(request, empty="events are missing")
    events = events_in(body if isinstance(body, list) else [body])
    if not body:  # an error of the server, as in Rasa
        raise StorageError("there are no events to append")
    output = await output_for(request, sender_id)
    after = await interventions.append_events(
        _agent(request), sender_id, events, output=output, side_effects=flag(request, SIDE_EFFECTS)
    )
    return json_answer(current_state(after, shown))


@routes.put("/<conversation_id:path>/tracker/events")
@describe(
    query=(INCLUDE_EVENTS,),
    body=Content(about="A list of events.", kind=EventList),
    answers={200: _TRACKER, 400: _BAD_REQUEST},
)
@needs_agent
@_fails
async def replace_events(request: Request, conversation_id: str) -> HTTPResponse:
    """Makes the given events the whole conversation."""
    shown, sender_id = verbosity(request), conversation(conversation_id)
    events = events_in(json_body(request, empty="events are missing"))
    after = await interventions.replace_events(_agent(request), sender_id, events)
    return json_answer(current_state(after, shown))


@routes.get("/<conversation_id:path>/story")
@describe(
    query=(UNTIL, ALL_SESSIONS),
    answers={200: Content(about="Test stories in YAML.", media=(TEXT,)), 400: _BAD_REQUEST, 404: _UNKNOWN},
)
@needs_agent
@_fails
async def story(request: Request, conversation_id: str) -> HTTPResponse:
    """A conversation as a test story."""
    found = await _known(request, conversation(conversation_id))
    written = session_stories_yaml(
        found.sender_id,
        found.events,
        until=time_limit(request),
        all_sessions=flag(request, ALL_SESSIONS),
    )
    return text(written)


@routes.post("/<conversation_id:path>/execute")
@describe(
    query=(INCLUDE_EVENTS, OUTPUT_CHANNEL),
    body=Content(about="The action.", kind=ActionRequest),
    answers={200: _TURN, 400: _BAD_REQUEST, 404: _UNKNOWN},
)
@needs_agent
@_fails
async def execute(request: Request, conversation_id: str) -> HTTPResponse:
    """Runs an action; `tracker` in the answer is the conversation before it."""
    shown, sender_id = verbosity(request), conversation(conversation_id)
    await _known(request, sender_id)
    asked = checked(json_body(request, empty="the name of an action is missing"), ActionRequest)
    output = await output_for(request, sender_id)
    before = await interventions.execute(
        _agent(request), sender_id, asked.name, asked.policy, asked.confidence, output
    )
    return json_answer({"tracker": current_state(before, shown), "messages": collected(output)})


@routes.post("/<conversation_id:path>/trigger_intent")
@describe(
    query=(INCLUDE_EVENTS, OUTPUT_CHANNEL),
    body=Content(about="The intent.", kind=IntentRequest),
    answers={200: _TURN, 400: _BAD_REQUEST, 404: failure("The domain has no such intent.")},
)
@needs_agent
@_fails
async def trigger_intent(request: Request, conversation_id: str) -> HTTPResponse:
    """Lets something that happened outside take part in a conversation."""
    shown, sender_id = verbosity(request), conversation(conversation_id)
    body = json_body(request, empty="the name of an intent is missing")
    name = checked(body, IntentRequest).name
    agent = _agent(request)
    assert agent.assistant is not None
    if name not in agent.assistant.domain.intents:
        raise ApiError(HTTPStatus.NOT_FOUND, "NotFound", f"the domain has no intent '{name}'")
    output = await output_for(request, sender_id)
    after = await agent.trigger_intent(sender_id, name, body.get("entities"), output)
    return json_answer({"tracker": current_state(after, shown), "messages": collected(output)})


@routes.post("/<conversation_id:path>/predict")
@describe(
    query=(EXPLAIN,),
    answers={
        200: Content(about="The prediction; the likeliest action first.", kind=PredictionBody),
        400: _BAD_REQUEST,
        404: _UNKNOWN,
    },
)
@needs_agent
@_fails
async def predict(request: Request, conversation_id: str) -> HTTPResponse:
    """The next action of a conversation; with `explain=true` also what decided, by policy."""
    sender_id = conversation(conversation_id)
    await _known(request, sender_id)
    found = await interventions.predict(_agent(request), sender_id, explain=flag(request, EXPLAIN))
    answer = found.to_json()
    answer["scores"].sort(key=lambda score: (-score["score"], score["action"]))
    return json_answer({**answer, "tracker": current_state(found.tracker, Verbosity.AFTER_RESTART)})


@routes.post("/<conversation_id:path>/messages")
@describe(
    query=(INCLUDE_EVENTS,),
    body=Content(about="The message.", kind=MessageRequest),
    answers={200: _TRACKER, 400: _BAD_REQUEST},
)
@needs_agent
@_fails
async def add_message(request: Request, conversation_id: str) -> HTTPResponse:
    """Keeps a message of the user without answering it."""
    shown, sender_id = verbosity(request), conversation(conversation_id)
    body = json_body(request, empty="a message is missing")
    if isinstance(body, dict) and body.get("sender") != "user":
        raise bad_request("only messages of the sender 'user' can be kept", parameter="sender")
    text = checked(body, MessageRequest).text
    # A parse that says nothing is none.
    after = await interventions.log_message(_agent(request), sender_id, text, body.get("parse_data") or None)
    return json_answer(current_state(after, shown))


def _agent(request: Request) -> Agent:
    agent: Agent = request.app.ctx.agent
    return agent


async def _known(request: Request, sender_id: str) -> Tracker:
    found = await interventions.full_tracker(_agent(request), sender_id)
    if found is None:
        raise ApiError(HTTPStatus.NOT_FOUND, "Not found", f"there is no conversation '{sender_id}'")
    return found
