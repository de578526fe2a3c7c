"""Requests that nobody thought of: made from `/openapi.json`, by the rules and against them.

`make fuzz` tries more of them: FUZZ_EXAMPLES says how many for each operation.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.server.bot import small_agent, small_assistant
from tests.server.conftest import running
from tests.server.descriptions import document_of
from turnwise.channels.callback import CallbackChannel
from turnwise.channels.channel import InputChannel
from turnwise.channels.rest import RestChannel
from turnwise.channels.twilio_voice import TwilioVoiceChannel, VoiceSettings
from turnwise.openapi import JSON
from turnwise.server.settings import ServerSettings

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "8"))
SETTINGS = ServerSettings(enable_api=True)
LEFT_OUT = {
    ("delete", "/model"),  # what follows would only be told that there is no model
    ("post", "/model/train"),  # takes seconds, in a process of its own
    ("post", "/webhooks/callback/webhook"),  # fails where nobody takes the answers
}
AS_IN_RASA = {
    ("/model/parse", "ParsingError"),  # no text
    ("/conversations/{conversation_id}/tracker/events", "ConversationError"),  # no events
    ("/conversations/{conversation_id}/execute", "ConversationError"),  # no such action
    ("/model/test/intents", "TestingError"),  # a model that understands nothing
}
"""Where an error 500 is the answer of the contract."""


def channels() -> list[InputChannel]:
    return [
        RestChannel(),
        TwilioVoiceChannel(VoiceSettings()),
        CallbackChannel({"url": "http://127.0.0.1:1/"}),
    ]


DOCUMENT = document_of(SETTINGS, channels())
OPERATIONS = [
    (method, path)
    for path, methods in DOCUMENT["paths"].items()
    for method in methods
    if (method, path) not in LEFT_OUT
]


def can_be_wrong(method: str, path: str) -> bool:
    """Whether a request has anything in which it could break the rules."""
    operation = DOCUMENT["paths"][path][method]
    in_query = any(parameter["in"] == "query" for parameter in operation["parameters"])
    return in_query or JSON in operation.get("requestBody", {"content": {}})["content"]


CASES = [
    pytest.param(method, path, mode, id=f"{mode.value} {method} {path}")
    for method, path in OPERATIONS
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    if mode is GenerationMode.POSITIVE or can_be_wrong(method, path)
]
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A server in a thread of its own: the client that makes up requests waits for each answer."""
    ready, found = threading.Event(), []
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        async with running(small_agent(small_assistant()), SETTINGS, channels()) as client:
            found.append(str(client._base_url))
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    ready.wait(10)
    yield found[0].rstrip("/")
    loop.call_soon_threadsafe(stop.set)
    thread.join()
    loop.close()


@pytest.mark.parametrize(("method", "path", "mode"), CASES)
def test_every_request_is_answered_as_described(
    address: str, method: str, path: str, mode: GenerationMode
) -> None:
    """Whatever comes, the status, the type and the form of the answer are those of the description; nothing
    but what Rasa calls an error of the server is one."""
    operation = SCHEMA[path][method]

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def try_it(case: schemathesis.Case[Any]) -> None:
        response = case.call(base_url=address)
        if response.status_code == 413:  # by the web framework: the query alone is longer than it reads
            return
        wanted = [status_code_conformance, content_type_conformance, response_schema_conformance]
        if response.status_code >= 500:
            assert (path, response.json().get("reason")) in AS_IN_RASA, response.text
        case.validate_response(response, checks=wanted)

    try_it()


@pytest.mark.parametrize("path", DOCUMENT["paths"])
@pytest.mark.parametrize("other", ["TRACE", "PATCH"])
def test_methods_that_no_path_has(address: str, path: str, other: str) -> None:
    """Status 405, and the methods that it has."""
    answer = requests.request(other, address + path.replace("{conversation_id}", "ada"), timeout=10)
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {m.upper() for m in DOCUMENT["paths"][path]} | {
        "OPTIONS"
    }
