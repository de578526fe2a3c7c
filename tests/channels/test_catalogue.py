"""Channels by name and by dotted path."""

from __future__ import annotations

import pytest

from tests.server.conftest import Open
from turnwise.channels.catalogue import CHANNELS, open_channels
from turnwise.channels.channel import Credentials, InputChannel, OnMessage, UserMessage
from turnwise.channels.collector import Collector
from turnwise.errors import ProjectError
from turnwise.project.credentials_file import ChannelCredentials, credentials_from_text
from turnwise.registry import find_class

OWN = f"{__name__}.DoorBell"


class DoorBell(InputChannel):
    """A connector as projects write it."""

    def __init__(self, greeting: str) -> None:
        self.greeting = greeting

    @classmethod
    def name(cls) -> str:
        return "door"

    @classmethod
    def from_credentials(cls, credentials: Credentials) -> DoorBell:
        return cls(credentials["greeting"])

    def blueprint(self, on_message: OnMessage):  # type: ignore[no-untyped-def]  # a project need not be typed
        from sanic import Blueprint
        from sanic.response import json

        routes = Blueprint("door")

        @routes.get("/ring/<who:str>")
        async def ring(request, who):  # type: ignore[no-untyped-def]
            output = Collector()
            await on_message(UserMessage(text=self.greeting, sender_id=who, output=output))
            return json([message["text"] for message in output.messages])

        return routes


async def test_a_channel_of_the_project(open_server: Open) -> None:
    """Its class stands in credentials.yml by dotted path; its routes are below its own name."""
    channels = open_channels(credentials_from_text(f"{OWN}:\n  greeting: /ask\n"))
    client = await open_server(channels=channels)
    async with client.get("/webhooks/door/ring/ada") as response:
        assert await response.json() == ["Sure?"]


@pytest.mark.parametrize("name", CHANNELS)
def test_every_name_has_a_class(name: str) -> None:
    """The table names classes that exist, and that are input channels."""
    assert issubclass(find_class(name, CHANNELS, what="channel"), InputChannel)


def test_the_connector_is_opened_alone() -> None:
    """With its credentials, if there are some."""
    credentials = [ChannelCredentials(name="rest"), ChannelCredentials(name=OWN, settings={"greeting": "hi"})]
    (alone,) = open_channels(credentials, only=OWN)
    assert isinstance(alone, DoorBell)
    assert [channel.name() for channel in open_channels([], only="cmdline")] == ["cmdline"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("rset:\n", "credentials.yml:1: rset: unknown channel 'rset'\n  fix: did you mean 'rest'"),
        ("rest:\ncallback:\n", "credentials.yml:2: callback: .*url"),
        ("no.such.Channel:\n", "there is no module 'no"),
    ],
)
def test_mistakes_are_told_with_their_place(text: str, problem: str) -> None:
    """File and line, what is wrong, and the nearest name."""
    with pytest.raises(ProjectError, match=problem):
        open_channels(credentials_from_text(text))
