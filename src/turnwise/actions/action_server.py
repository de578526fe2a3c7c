"""The client of the action server: Rasa's webhook over kept-alive connections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from turnwise import RASA_VERSION
from turnwise.actions.action import ActionResult
from turnwise.dialogue.domain import Domain
from turnwise.dialogue.event_json import BadEvent, event_from_json
from turnwise.dialogue.events import Event
from turnwise.dialogue.tracker import Tracker
from turnwise.dialogue.tracker_json import encodable_state
from turnwise.errors import ActionError, ActionRejected
from turnwise.http_endpoint import Answer, BadAnswer, EndpointUnreachable, HttpEndpoint


@dataclass(slots=True, kw_only=True)
class HttpActionServer:
    """Runs actions by posting to the webhook of an action server."""

    endpoint: HttpEndpoint
    selective_domain: bool = False
    """Send the domain only to actions that ask for it."""
    _encoded: tuple[Domain, msgspec.Raw] | None = None
    """The domain that was sent last; encoding it costs more than all the rest."""

    async def run(self, name: str, tracker: Tracker, domain: Domain) -> ActionResult:
        call = action_call(name, encodable_state(tracker), self._domain(name, domain))
        try:
            answer = await self.endpoint.post(call)
        except EndpointUnreachable as error:
            raise EndpointUnreachable(f"{error}\n  fix: start the action server: rasa run actions") from error
        if answer.status == 400:
            raise _rejection(name, answer)
        if answer.status >= 400:
            raise ActionError(f"the action server answers {answer.status} for '{name}': {_excerpt(answer)}")
        return read_result(name, answer.json())

    def _domain(self, name: str, domain: Domain) -> msgspec.Raw | None:
        if self.selective_domain and name not in domain.actions_with_domain:
            return None
        if self._encoded is None or self._encoded[0] is not domain:
            self._encoded = domain, msgspec.Raw(msgspec.json.encode(domain.source, enc_hook=str))
        return self._encoded[1]

    async def close(self) -> None:
        await self.endpoint.close()


def action_call(name: str, tracker: Mapping[str, Any], domain: Any) -> dict[str, Any]:
    """The request for one run of an action.

    Args:
        tracker: The conversation's state, as `tracker_json.py` gives it.
        domain: The serialised domain; None leaves it out.
    """
    call: dict[str, Any] = {"next_action": name, "sender_id": tracker["sender_id"], "tracker": tracker}
    if domain is not None:
        call["domain"] = domain
    call["version"] = RASA_VERSION
    return call


def read_result(name: str, body: Any) -> ActionResult:
    """What an action returned, checked.

    Raises:
        BadAnswer: it is not an object with lists of known events and of responses.
    """
    if not isinstance(body, dict):
        raise BadAnswer(f"the answer for '{name}' is not a JSON object")
    responses = _objects(name, body.get("responses", []), "responses")
    events: list[Event] = []
    for item in _objects(name, body.get("events", []), "events"):
        try:
            event = event_from_json(_checked(item))
        except BadEvent as error:
            raise BadAnswer(f"the answer for '{name}' has a bad event: {error}") from error
        if event is not None:
            events.append(event)
    return ActionResult(events=events, responses=responses)


def _checked(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """`item`, if Rasa's schema for events from action servers lets it pass."""
    if item.get("event") == "user" and "parse_data" in item and not isinstance(item["parse_data"], dict):
        raise BadEvent("'parse_data' of a user event must be an object")
    if item.get("event") == "slot" and "value" not in item:
        raise BadEvent("a slot event needs a key 'value'")
    timestamp = item.get("timestamp")
    if timestamp is not None and not isinstance(timestamp, int | float):
        raise BadEvent("'timestamp' must be a number or null")
    if not isinstance(item.get("metadata"), dict | None):
        raise BadEvent("'metadata' must be an object or null")
    return item


def _objects(name: str, items: Any, key: str) -> Sequence[Mapping[str, Any]]:
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise BadAnswer(f"'{key}' of the answer for '{name}' is not a list of objects")
    return items


def _rejection(name: str, answer: Answer) -> ActionError:
    try:
        body = answer.json()
    except BadAnswer:
        body = None
    if isinstance(body, dict) and body.get("action_name"):
        return ActionRejected(body["action_name"], str(body.get("error") or ""))
    return ActionError(f"the action server answers 400 for '{name}': {_excerpt(answer)}")


def _excerpt(answer: Answer) -> str:
    return answer.body[:300].decode("utf-8", "replace")
