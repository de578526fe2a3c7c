"""An action of the project: it runs on the action server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from turnwise.actions.action import ActionContext, spoken
from turnwise.dialogue.events import Event
from turnwise.dialogue.tracker import Tracker
from turnwise.responses.response import bot_event


@dataclass(frozen=True, slots=True)
class RemoteAction:
    """Whatever the project's action of this name does."""

    name: str

    async def run(self, tracker: Tracker, context: ActionContext) -> list[Event]:
        result = await context.server.run(self.name, tracker, context.domain)
        said: list[Event] = []
        for response in result.responses:
            said += await _said(response, tracker, context)
        return [*said, *result.events]


async def _said(item: Mapping[str, Any], tracker: Tracker, context: ActionContext) -> list[Event]:
    rest = dict(item)
    response = rest.pop("response", None)
    if not response:
        return [bot_event(_without_empty(rest))]
    message = await context.nlg.generate(response, tracker, context.channel, rest)
    if message is None:
        return []
    buttons = [*(message.get("buttons") or []), *(rest.pop("buttons", None) or [])]
    message |= _without_empty(rest)
    if buttons:
        message["buttons"] = buttons
    return [spoken(message, response)]


def _without_empty(item: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in item.items() if value}
