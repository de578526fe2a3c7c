"""What reading a project turned up: mistakes that stop it, and notices that do not."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field

from turnwise.errors import Place, ProjectError, ProjectErrors

_CLOSE = 0.7
"""How alike two names must be, from 0 to 1, for one to be suggested for the other."""
_PREFIXES = ("utter_", "action_", "validate_")
"""What names have in common does not make them alike."""


@dataclass(frozen=True, slots=True, order=True)
class Notice:
    """Something its author probably did not mean; reading goes on."""

    place: Place
    text: str
    fix: str = ""

    def __str__(self) -> str:
        head = f"{self.place}: {self.text}" if str(self.place) else self.text
        return f"{head}\n  fix: {self.fix}" if self.fix else head


@dataclass(slots=True)
class Findings:
    """Collects while files are read, so that all mistakes can be listed at once."""

    mistakes: list[ProjectError] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    def wrong(self, place: Place, problem: str, *, fix: str) -> None:
        """Something that cannot be acted on."""
        self.mistakes.append(ProjectError(place, problem, fix=fix))

    def note(self, place: Place, text: str, *, fix: str = "") -> None:
        """Something to look at."""
        self.notices.append(Notice(place, text, fix))

    def add(self, error: ProjectError) -> None:
        """An error that some reader raised, or all that it gathered."""
        self.mistakes.extend(error.errors if isinstance(error, ProjectErrors) else (error,))

    def stop_on_mistakes(self) -> None:
        """Raises what was found wrong, if anything was.

        Raises:
            ProjectError: the mistake; ProjectErrors if there are several.
        """
        if len(self.mistakes) == 1:
            raise self.mistakes[0]
        if self.mistakes:
            raise ProjectErrors(self.mistakes)


def nearest(name: object, known: Iterable[str], *, otherwise: str = "") -> str:
    """A remedy for a misspelt name: the closest known one, else `otherwise`, else what there is."""
    names = sorted(known)
    prefix = next((prefix for prefix in _PREFIXES if str(name).startswith(prefix)), "")
    by_rest = {known_name.removeprefix(prefix): known_name for known_name in names}
    close = difflib.get_close_matches(str(name).removeprefix(prefix), by_rest, n=1, cutoff=_CLOSE)
    if close:
        return f"did you mean '{by_rest[close[0]]}'?"
    if otherwise:
        return otherwise
    return f"known are: {', '.join(names)}" if names else "there are none yet"
