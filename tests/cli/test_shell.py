"""The terminal chat, against a server on this machine that answers as the REST channel does."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from turnwise.cli.shell import BotMessage, chat, parse_loop
from turnwise.errors import UsageError

MOODS = [{"title": "Great", "payload": "/mood_great"}, {"title": "Sad", "payload": "/mood_unhappy"}]

ANSWERS: dict[str, list[dict[str, Any]]] = {
    "hi": [{"recipient_id": "me", "text": "Hello!"}, {"text": "How are you?", "buttons": MOODS}],
    "picture": [{"image": "https://example.org/cat.jpg"}],
    "rich": [{"attachment": {"type": "file"}, "custom": {"city": "Zürich"}}],
}


class Bot:
    """A server that answers some words and notes what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.never = asyncio.Event()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.heard.append((body["sender"], body["message"]))
        if body["message"] == "crash":
            return web.Response(status=500, text="out of order")
        response = web.StreamResponse()
        await response.prepare(request)
        for answer in ANSWERS.get(body["message"], []):
            await response.write(json.dumps(answer).encode() + b"\n")
        if body["message"] == "nonsense":
            await response.write(b"<html>\n")
        if body["message"] == "hang":
            await self.never.wait()
        return response


@pytest.fixture
async def bot() -> Bot:
    """A bot that has heard nothing yet."""
    return Bot()


@pytest.fixture
async def url(bot: Bot) -> AsyncIterator[str]:
    """Where the bot is reached."""
    app = web.Application()
    app.router.add_post("/webhooks/rest/webhook", bot.answer)
    server = TestServer(app)
    await server.start_server()
    yield str(server.make_url("/"))
    bot.never.set()
    await server.close()


@pytest.fixture
def types(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts lines on stdin, as a pipe does."""

    def put(*lines: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))

    return put


async def test_a_conversation_can_be_piped(
    bot: Bot, url: str, types: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Both sides are printed, in order; buttons are chosen by number."""
    types("hi", "2", "hi", "1", "picture")
    await chat(url, "me", stream_timeout=10)
    assert [text for _, text in bot.heard] == ["hi", "/mood_unhappy", "hi", "/mood_great", "picture"]
    assert {sender for sender, _ in bot.heard} == {"me"}
    assert capsys.readouterr().out.splitlines()[1:7] == [
        "You: hi",
        "Hello!",
        "How are you?",
        "  1: Great (/mood_great)",
        "  2: Sad (/mood_unhappy)",
        "You: 2",
    ]


@pytest.mark.parametrize("line", ["so so", "3", "0", "²", "/restart"])
async def test_buttons_leave_room_for_free_text(
    line: str, bot: Bot, url: str, types: Callable[..., None]
) -> None:
    """Whatever is no number of a button is sent as it was typed."""
    types("hi", line)
    await chat(url, "me", stream_timeout=10)
    assert bot.heard[-1] == ("me", line)


async def test_stop_ends_the_conversation(bot: Bot, url: str, types: Callable[..., None]) -> None:
    """It is not sent, and nothing after it is read."""
    types("hi", "/stop", "hi")
    await chat(url, "me", stream_timeout=10)
    assert [text for _, text in bot.heard] == ["hi"]


async def test_every_kind_of_message_is_shown(
    url: str, types: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Images by address, attachments and custom messages as JSON, with letters of all languages."""
    types("picture", "rich")
    await chat(url, "me", stream_timeout=10)
    out = capsys.readouterr().out
    assert "Image: https://example.org/cat.jpg\n" in out
    assert 'Attachment: {\n  "type": "file"\n}\n' in out
    assert 'Custom message: {\n  "city": "Zürich"\n}\n' in out


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("crash", "the server answered 500: out of order"),
        ("nonsense", "the server sent what is no message"),
        ("hang", "the server did not go on within 0.05 s"),
    ],
)
async def test_a_failed_turn_is_said_and_the_conversation_goes_on(
    line: str,
    problem: str,
    bot: Bot,
    url: str,
    types: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One sentence on stderr; the next message is sent all the same."""
    types(line, "picture")
    await chat(url, "me", stream_timeout=0.05)
    assert problem in capsys.readouterr().err
    assert bot.heard[-1] == ("me", "picture")


async def test_no_server_is_an_error_that_names_the_address(
    unused_tcp_port: int, types: Callable[..., None]
) -> None:
    """There is nobody to talk with, so the command ends."""
    types("hi")
    address = f"http://localhost:{unused_tcp_port}"
    with pytest.raises(UsageError, match=f"no server answers at {address}"):
        await chat(address, "me", stream_timeout=10)


async def test_what_is_understood_is_shown_as_json(
    types: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Each line is parsed until the input ends; a pipe gets JSON and nothing else."""
    types("Zürich", "", "bye")
    await parse_loop(lambda text: {"text": text, "entities": []})
    out = capsys.readouterr().out
    decoder, parsed = json.JSONDecoder(), []
    while out:
        value, end = decoder.raw_decode(out)
        parsed.append(value["text"])
        out = out[end:].lstrip()
    assert parsed == ["Zürich", "", "bye"]


async def test_parses_are_indented_and_keep_their_letters(
    types: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    """As Rasa prints them: two spaces, no escapes."""
    types("Zürich", "/stop", "never read")
    await parse_loop(lambda text: {"text": text})
    assert capsys.readouterr().out == '{\n  "text": "Zürich"\n}\n'


async def test_a_terminal_shows_explanations_in_words(
    types: Callable[..., None], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is piped stays JSON."""
    parse = {"intent": {"name": "greet", "confidence": 0.5}, "entities": [], "explanation": {}}
    monkeypatch.setenv("NO_COLOR", "1")
    shown = []
    for is_terminal in (True, False):
        monkeypatch.setattr(sys.stdout, "isatty", lambda is_terminal=is_terminal: is_terminal)
        types("hello")
        await parse_loop(lambda text: parse)
        shown.append(capsys.readouterr().out)

    assert "intent   greet 0.50" in shown[0]
    assert json.loads(shown[1]) == parse


def test_a_message_without_words_shows_nothing() -> None:
    """An empty text is not an empty line."""
    assert BotMessage(text="").lines() == []


def test_the_history_stays_with_the_project(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In `.turnwise` beside config.yml; elsewhere in the user's state folder."""
    from turnwise.cli.terminal import history_file

    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    assert history_file() == Path("/state/turnwise/shell_history")
    (folder / "config.yml").touch()
    assert history_file() == Path(".turnwise/shell_history")
