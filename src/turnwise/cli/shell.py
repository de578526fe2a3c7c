"""`rasa shell`: the client half, which talks with a server over REST and shows what it answers."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec

from turnwise.cli.console import CYAN, GREEN, coloured, print_error, print_info
from turnwise.cli.explanation import explained
from turnwise.cli.terminal import Terminal, open_terminal
from turnwise.errors import TurnwiseError, UsageError

STOP = "/stop"
"""What ends a conversation; everything else, `/restart` included, is the assistant's business."""

PATH = "/webhooks/rest/webhook?stream=true"


class Button(msgspec.Struct, frozen=True, kw_only=True):
    """A suggested answer: what is shown, and what is sent when it is chosen."""

    title: str = ""
    payload: str | None = None

    @property
    def answer(self) -> str:
        """What is sent: the payload, or the title where there is none."""
        return self.payload or self.title


class BotMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One message of the bot, as the REST channel sends it."""

    text: str | None = None
    image: str | None = None
    attachment: Any = None
    custom: Any = None
    buttons: list[Button] = []

    def lines(self) -> list[str]:
        """What a terminal shows of the message, without its buttons."""
        shown = [self.text] if self.text else []
        if self.image:
            shown.append(f"Image: {self.image}")
        if self.attachment:
            shown.append(f"Attachment: {_readable(self.attachment)}")
        if self.custom:
            shown.append(f"Custom message: {_readable(self.custom)}")
        return shown


class NoAnswer(TurnwiseError):
    """The server took a message but did not answer it as it should."""


async def chat(url: str, sender_id: str, *, stream_timeout: float) -> None:
    """Holds one conversation in the terminal, until `/stop` or the end of the input.

    Args:
        url: The server's address, such as "http://localhost:5005".
        sender_id: Id of the conversation.
        stream_timeout: Seconds to wait for the next message of an answer.

    Raises:
        UsageError: no server is there.
    """
    terminal = open_terminal(echo=True)
    print_info(f"The bot is ready. Type a message and press enter; {STOP} ends.")
    line = await terminal.line()
    while line is not None and line.strip() != STOP:
        try:
            answer = [message async for message in _answer(url, sender_id, line, stream_timeout)]
        except NoAnswer as error:
            print_error(str(error))
            answer = []
        line = await _next_line(terminal, answer)


async def parse_loop(parse: Callable[[str], dict[str, Any]]) -> None:
    """Shows as JSON how each line is understood, until `/stop` or the end of the input.

    Explanations are for people, so that a terminal shows them in words.
    """
    # What is piped on must be JSON and nothing else.
    terminal = open_terminal(echo=False)
    if sys.stdout.isatty():
        print_info(f"The model is ready. Type a message and press enter; {STOP} ends.")
    line = await terminal.line()
    while line is not None and line.strip() != STOP:
        found = parse(line)
        if "explanation" in found and sys.stdout.isatty():
            print("\n".join(explained(found)), flush=True)
        else:
            print(json.dumps(found, indent=2, ensure_ascii=False), flush=True)
        line = await terminal.line()


async def _next_line(terminal: Terminal, answer: list[BotMessage]) -> str | None:
    """The user's next line: one of the buttons of the last message, if it has some."""
    buttons = answer[-1].buttons if answer else []
    if not buttons:
        return await terminal.line()
    return await terminal.choose([(button.answer, f"{button.title} ({button.answer})") for button in buttons])


async def _answer(url: str, sender_id: str, text: str, stream_timeout: float) -> AsyncIterator[BotMessage]:
    """Sends a message, and shows each message of the answer as soon as it arrives."""
    import aiohttp

    timeout = aiohttp.ClientTimeout(total=None, sock_read=stream_timeout)
    body = {"sender": sender_id, "message": text}
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(url.rstrip("/") + PATH, json=body) as response,
        ):
            if response.status != 200:
                raise NoAnswer(f"the server answered {response.status}: {(await response.text())[:500]}")
            async for line in response.content:
                if line.strip():
                    message = _decoded(line)
                    _show(message)
                    yield message
    except aiohttp.ClientConnectorError as error:
        raise UsageError(
            f"no server answers at {url} ({error.strerror})\n  fix: start it, or mend the port"
        ) from error
    except TimeoutError as error:
        raise NoAnswer(
            f"the server did not go on within {stream_timeout:g} s"
            "\n  fix: give it longer: --request-timeout, or RASA_SHELL_STREAM_READING_TIMEOUT_IN_SECONDS"
        ) from error
    except aiohttp.ClientError as error:
        raise NoAnswer(f"the server broke off: {error}") from error


def _decoded(line: bytes) -> BotMessage:
    try:
        return msgspec.json.decode(line, type=BotMessage)
    except msgspec.MsgspecError as error:
        raise NoAnswer(f"the server sent what is no message: {error}") from error


def _show(message: BotMessage) -> None:
    for line in message.lines():
        print(coloured(line, GREEN, sys.stdout), flush=True)


def _readable(content: Any) -> str:
    text = json.dumps(content, indent=2, ensure_ascii=False)
    return coloured(text, CYAN, sys.stdout)
