"""The project's actions in this process, for development: the same rasa-sdk classes, without a server."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from turnwise.actions.action import ActionResult
from turnwise.actions.action_server import action_call, read_result
from turnwise.dialogue.domain import Domain
from turnwise.dialogue.tracker import Tracker
from turnwise.dialogue.tracker_json import Verbosity, current_state
from turnwise.errors import ActionError, ActionRejected, UsageError

log = logging.getLogger(__name__)


class LocalActions:
    """Runs the rasa-sdk actions of a Python module, found as the action server finds them."""

    def __init__(self, module: str) -> None:
        """
        Args:
            module: Dotted name, as `--actions` of the action server takes it.

        Raises:
            UsageError: the module, or something that it imports, cannot be imported.
        """
        from rasa_sdk.executor import ActionExecutor

        self._executor = ActionExecutor()
        try:
            self._executor.register_package(module)
        except SystemExit as error:  # how the SDK reports it, after logging the reason
            raise UsageError(
                f"cannot import '{module}', which endpoints.yml names as actions_module"
            ) from error

    async def run(self, name: str, tracker: Tracker, domain: Domain) -> ActionResult:
        from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException

        try:
            state = current_state(tracker, Verbosity.ALL)
            result = await self._executor.run(action_call(name, state, domain.source))
        except ActionExecutionRejection as error:
            raise ActionRejected(error.action_name, str(error)) from error
        except ActionNotFoundException as error:
            raise ActionError(f"no class of the actions module has the name '{name}'") from error
        except Exception as error:  # whatever the project's code raises
            log.exception("action.failed name=%s", name)
            raise ActionError(f"action '{name}' failed: {error!r}") from error
        return read_result(name, _as_mapping(result))

    async def close(self) -> None:
        return None


def _as_mapping(result: Any) -> Any:
    """SDK releases return a mapping or a record."""
    if result is None or isinstance(result, Mapping):
        return result
    return {"events": list(result.events), "responses": list(result.responses)}
