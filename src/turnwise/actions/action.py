"""What an action is, and what it may use while it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from turnwise.dialogue.domain import Domain
from turnwise.dialogue.events import BotUttered, Event
from turnwise.dialogue.tracker import Tracker
from turnwise.errors import ActionError
from turnwise.responses.response import Nlg, bot_event


class Action(Protocol):
    """Something the assistant can do."""

    @property
    def name(self) -> str: ...

    async def run(self, tracker: Tracker, context: ActionContext) -> list[Event]:
        """What happened. The action itself changes nothing: the turn applies its events.

        Raises:
            ActionRejected: it will not run now; policies choose another one.
            ActionError: it failed.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionResult:
    """What an action of the project returned."""

    events: Sequence[Event] = ()
    responses: Sequence[Mapping[str, Any]] = ()


class ActionServer(Protocol):
    """Runs the project's own actions."""

    async def run(self, name: str, tracker: Tracker, domain: Domain) -> ActionResult:
        """Runs action `name`.

        Raises:
            ActionRejected: the action refused.
            ActionError: there is no such action, it failed, or nobody answers.
        """

    async def close(self) -> None:
        """Releases connections."""


class NoActionServer:
    """Stands in where endpoints.yml names no action server."""

    async def run(self, name: str, tracker: Tracker, domain: Domain) -> ActionResult:
        raise ActionError(
            f"cannot run '{name}': endpoints.yml names no 'action_endpoint', the address of the action server"
        )

    async def close(self) -> None:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionContext:
    """What actions may use."""

    domain: Domain
    nlg: Nlg
    server: ActionServer
    find: Callable[[str], Action]
    """The action of a name; UnknownAction if there is none."""
    clock: Callable[[], float]
    """Seconds since 1970."""
    channel: str = ""
    """Name of the output channel."""

    async def say(
        self, response: str, tracker: Tracker, arguments: Mapping[str, Any] | None = None
    ) -> list[Event]:
        """The event of saying a response; none if there is nothing to say."""
        message = await self.nlg.generate(response, tracker, self.channel, arguments or {})
        return [] if message is None else [spoken(message, response)]

    def stamped(self, events: Sequence[Event]) -> list[Event]:
        """`events` as if they happened now."""
        now = self.clock()
        return [event.at(now, event.metadata) for event in events]

    def with_channel(self, channel: str) -> ActionContext:
        return replace(self, channel=channel)


class UnknownAction(ActionError):
    """The domain has no action of this name."""


def spoken(message: Mapping[str, Any], response: str) -> BotUttered:
    """The event of having said `message`, made from `response`."""
    return bot_event({**message, "utter_action": response})
