"""Everything Turnwise raises on purpose.

TurnwiseError
├── ProjectError           a project file says something Turnwise cannot act on
│   └── ProjectErrors      several of them, listed at once
├── ModelError             a model is missing, unreadable or of another version
├── UsageError             the command line, or a setting, asks for something impossible
│   └── NothingToTrain     there are no data for what is to be trained
├── ActionError            an action could not be run
│   └── ActionRejected     an action refused to run; another one is predicted
├── StorageError           a conversation could not be read or kept
│   └── ConversationMoved  another worker appended to the conversation first
├── LockError              a conversation's lock could not be had
└── BadMessage             a channel received something it cannot understand
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where in a project something stands."""

    file: str = ""
    """Path as the user gave it; empty for what has no file."""
    line: int = 0
    """1-based; 0 when unknown."""
    keys: tuple[str, ...] = ()
    """Keys from the top of the file down to the value, such as ("slots", "city", "type")."""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        path = " > ".join(self.keys)
        return f"{where}: {path}" if where and path else where or path

    def at(self, *keys: str) -> Place:
        """The same place, further in."""
        return Place(self.file, self.line, (*self.keys, *keys))


NOWHERE = Place()
"""The place of what did not come from a file."""


class TurnwiseError(Exception):
    """Base of all errors whose message is meant for the user, without a traceback."""


class ProjectError(TurnwiseError):
    """A project file says something Turnwise cannot act on.

    domain.yml:14: slots > city > type: unknown type 'txt'
      fix: write 'text' (or any, bool, categorical, float, list)
    """

    def __init__(self, place: Place, problem: str, *, fix: str = "") -> None:
        head = f"{place}: {problem}" if str(place) else problem
        super().__init__(f"{head}\n  fix: {fix}" if fix else head)
        self.place = place
        self.problem = problem
        self.fix = fix


class ProjectErrors(ProjectError):
    """Every mistake found in a project, in the order of its files."""

    def __init__(self, errors: Sequence[ProjectError]) -> None:
        self.errors = tuple(sorted(errors, key=lambda error: error.place))
        TurnwiseError.__init__(self, "\n".join(str(error) for error in self.errors))
        self.place = self.errors[0].place if self.errors else Place()
        self.problem = "; ".join(error.problem for error in self.errors)
        self.fix = ""


class ModelError(TurnwiseError):
    """A model is missing, cannot be read, or was made for another engine version."""


class UsageError(TurnwiseError):
    """A flag, a setting or a combination of them asks for something impossible."""


class NothingToTrain(UsageError):
    """There are no data for what is to be trained."""


class ActionError(TurnwiseError):
    """An action could not be run: no endpoint, no answer, or an answer that makes no sense."""


class ActionRejected(ActionError):
    """An action refused to run; the policies choose another one."""

    def __init__(self, action_name: str, reason: str = "") -> None:
        super().__init__(reason or f"action '{action_name}' refused to run")
        self.action_name = action_name


class StorageError(TurnwiseError):
    """A conversation could not be read from, or written to, its store."""


class ConversationMoved(StorageError):
    """Another worker appended to the conversation since it was read; nothing was written."""


class LockError(TurnwiseError):
    """The lock of a conversation could not be acquired."""


class BadMessage(TurnwiseError):
    """What a channel received is not a message."""

    def __init__(self, *, channel: str, problem: str) -> None:
        super().__init__(f"{channel}: {problem}")
        self.channel = channel
        self.problem = problem
