"""Connectors written for Rasa 3 serve here unchanged."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from tests.rasa_api import parts
from tests.rasa_api.conftest import Parts
from tests.server.bot import small_agent, small_assistant
from tests.server.conftest import Open
from turnwise.channels.catalogue import open_channels
from turnwise.channels.channel import InputChannel
from turnwise.errors import ProjectError
from turnwise.project.credentials_file import credentials_from_text


def opened(credentials: str) -> InputChannel:
    (channel,) = open_channels(credentials_from_text(credentials))
    return channel


async def test_the_documented_connector_answers_with_the_request(open_server: Open, part: Parts) -> None:
    """Below its own name, with its credentials; metadata are kept with the message."""
    channel = opened(f"{part(parts.CHANNEL)}.MyIO:\n  secret: sesame\n")
    agent = small_agent(small_assistant())
    client = await open_server(agent=agent, channels=[channel])
    body = {"sender": "ada", "text": " /ask ", "device": "watch"}
    async with client.post("/webhooks/myio/webhook", json=body, headers={"X-Secret": "sesame"}) as answer:
        (message,) = await answer.json()
    assert (message["recipient_id"], message["text"]) == ("ada", "Sure?")
    async with client.post("/webhooks/myio/webhook", json=body) as answer:
        assert answer.status == 403
    async with client.get("/webhooks/myio/") as answer:
        assert await answer.json() == {"status": "ok"}
    said = (await agent.conversations.whole("ada")).latest_message
    assert said is not None
    assert (said.text, said.input_channel, said.metadata["from"]) == ("/ask", "myio", "watch")


def test_a_connector_that_lacks_its_settings_says_so(part: Parts) -> None:
    with pytest.raises(ProjectError, match="the channel 'myio' needs settings"):
        opened(f"{part(parts.CHANNEL)}.MyIO:\n")


async def test_an_output_channel_reaches_users_by_itself(open_server: Open, part: Parts) -> None:
    """Each part of a message goes to the method for it; text is what all others become."""
    name = part(parts.LOUD)
    channel = opened(f"{name}.Loud:\n")
    said: list[Any] = sys.modules[name].LoudOutput.said
    output = channel.get_output_channel()
    assert output is not None
    assert (channel.name(), output.name, output.collects) == ("loud", "loud", False)
    button = {"title": "Yes", "payload": "/affirm"}
    await output.send("ada", {"text": "Sure?", "buttons": [button], "image": "cat.png"})
    await output.send("ada", {"custom": {"a": 1}})

    assert said == [
        ("ada", "SURE?"),
        ("ada", "1: YES (/AFFIRM)"),
        ("ada", "<cat.png>"),
        ("ada", '{"A": 1}'),
    ]


async def test_the_rest_channel_can_be_derived_from(open_server: Open, part: Parts) -> None:
    agent = small_agent(small_assistant())
    client = await open_server(agent=agent, channels=[opened(f"{part(parts.LOUD)}.SignedRest:\n")])
    headers = {"user-agent": "phone"}
    body = {"sender": "ada", "message": "/ask"}
    async with client.post("/webhooks/signed/webhook", json=body, headers=headers) as answer:
        assert [message["text"] for message in await answer.json()] == ["Sure?"]
    said = (await agent.conversations.whole("ada")).latest_message
    assert said is not None
    assert (said.input_channel, said.metadata["agent"]) == ("signed", "phone")
