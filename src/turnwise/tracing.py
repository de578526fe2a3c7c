"""Spans: what a turn does, and how long each part takes, for whoever watches; nothing where nobody does.

The core says what happens; who writes it down is set by the server (`server/telemetry.py`). Which
conversation a turn is about is known here in any case, so that each line of the log can say it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, nullcontext
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Protocol


class Tracer(Protocol):
    """Writes down spans. Each belongs to the one that is open around it, in the same task or its parent."""

    def span(self, name: str, kind: str, attributes: Mapping[str, Any]) -> AbstractContextManager[object]:
        """A span around what is done inside."""

    def note(self, attributes: Mapping[str, Any]) -> None:
        """Adds to the open span."""

    def headers(self) -> Mapping[str, str]:
        """What an HTTP request carries, so that spans of its server belong to the open one."""


INTERNAL, CLIENT, PRODUCER = "INTERNAL", "CLIENT", "PRODUCER"
"""Kinds of spans: work of this process, a call of another, a message for another."""

_NOTHING: AbstractContextManager[object] = nullcontext()
_tracer: Tracer | None = None
_NO_TURN: Mapping[str, str] = {}
_turn: ContextVar[Mapping[str, str]] = ContextVar("turn", default=_NO_TURN)


def trace_with(tracer: Tracer | None) -> None:
    """From now on `tracer` writes spans down; None: nobody does."""
    global _tracer  # one for the process, as its log
    _tracer = tracer


def span(name: str, kind: str = INTERNAL, **attributes: Any) -> AbstractContextManager[object]:
    """A span around what is done inside; attributes that are None are left out."""
    return _NOTHING if _tracer is None else _tracer.span(name, kind, attributes)


def note(**attributes: Any) -> None:
    """Adds to the open span."""
    if _tracer is not None:
        _tracer.note(attributes)


def headers() -> Mapping[str, str]:
    """What an HTTP request to another service carries."""
    return {} if _tracer is None else _tracer.headers()


class Waiting:
    """Enters a context; the span is the wait for it, not what is done inside."""

    __slots__ = ("_manager", "_name")

    def __init__(self, name: str, manager: AbstractAsyncContextManager[object]) -> None:
        self._name = name
        self._manager = manager

    async def __aenter__(self) -> object:
        with span(self._name):
            return await self._manager.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return await self._manager.__aexit__(kind, error, trace)


class turn_of:  # noqa: N801 - it reads as a function; as a class it costs a third
    """What is done inside belongs to a conversation, and to a message of it unless that is empty."""

    __slots__ = ("_before", "_ids")

    def __init__(self, conversation: str, message: str = "") -> None:
        self._ids = {"conversation": conversation, "message": message}
        if not message:
            del self._ids["message"]

    def __enter__(self) -> None:
        self._before = _turn.get()
        _turn.set(self._ids)
        if _tracer is not None:
            _tracer.note(self._ids)

    def __exit__(self, *_: object) -> None:
        _turn.set(self._before)


def current_turn() -> Mapping[str, str]:
    """What the running task is about: `conversation` and `message`, as far as it is in a turn."""
    return _turn.get()
