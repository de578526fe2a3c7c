"""Responses made by a server of the project (`nlg` in endpoints.yml)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from turnwise.dialogue.domain import Domain
from turnwise.dialogue.tracker import Tracker
from turnwise.dialogue.tracker_json import encodable_state
from turnwise.errors import ActionError
from turnwise.http_endpoint import HttpEndpoint
from turnwise.responses.response import Message
from turnwise.responses.templates import fitting, unique_id


@dataclass(frozen=True, slots=True)
class NlgServer:
    """Asks a server for each response."""

    endpoint: HttpEndpoint
    domain: Domain

    async def generate(
        self, name: str, tracker: Tracker, channel: str, arguments: Mapping[str, Any]
    ) -> Message | None:
        variations = fitting(self.domain.responses.get(name, ()), tracker.slots, channel)
        body = {
            "response": name,
            "id": unique_id(variations),
            "arguments": dict(arguments),
            "tracker": encodable_state(tracker),
            "channel": {"name": channel},
        }
        answer = await self.endpoint.post(body)
        if answer.status >= 400:
            raise ActionError(f"the NLG server answers {answer.status} for '{name}'")
        return _checked(name, answer.json())


_TYPES: Mapping[str, tuple[type, ...]] = {
    "text": (str,),
    "id": (str, type(None)),
    "buttons": (list, type(None)),
    "elements": (list, type(None)),
    "attachment": (dict, type(None)),
    "image": (str, type(None)),
    "custom": (dict,),
}


def _checked(name: str, answer: Any) -> Message:
    if not isinstance(answer, dict):
        raise ActionError(f"the NLG server's answer for '{name}' is not a JSON object")
    for key, types in _TYPES.items():
        if key in answer and not isinstance(answer[key], types):
            raise ActionError(f"the NLG server's answer for '{name}' has a '{key}' of the wrong type")
    return answer
