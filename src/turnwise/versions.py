"""The models that answer: usually one; or several side by side, each with a share of the conversations."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from turnwise.actions.action import ActionContext
from turnwise.assistant import Assistant
from turnwise.dialogue.domain import Domain
from turnwise.dialogue.visible_turns import RuleOnly
from turnwise.errors import ModelError

MAIN = "main"
"""The version of a server whose endpoints name none."""


@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """A loaded model under the name that it is exchanged by."""

    name: str
    assistant: Assistant
    context: ActionContext
    """What actions may use; it belongs to the model's domain."""

    @property
    def domain(self) -> Domain:
        return self.assistant.domain

    @property
    def rule_only(self) -> RuleOnly:
        return self.assistant.ensemble.rule_only if self.assistant.ensemble else RuleOnly()


@dataclass(slots=True)
class Versions:
    """Finds the model that answers a conversation.

    A conversation keeps its model: the one that its latest event names, for as long as that one is loaded,
    whatever happens to shares. For new conversations, and those whose model is gone, a hash of the
    conversation's name decides, so that all workers agree without asking each other.
    """

    _loaded: dict[str, Version] = field(default_factory=dict)
    _shares: dict[str, float] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Version]:
        return iter(self._loaded.values())

    def __len__(self) -> int:
        return len(self._loaded)

    @property
    def main(self) -> Version | None:
        """The first one, which speaks where no conversation is in question; None if none is loaded."""
        return next(iter(self), None)

    def shares(self) -> Mapping[str, float]:
        """The part of new conversations that each version gets; together 1."""
        total = sum(self._shares[name] for name in self._loaded)
        return {name: self._shares[name] / total for name in self._loaded} if total else {}

    def put(self, version: Version, share: float | None = None) -> None:
        """Adds a version, or exchanges the model of the one of that name.

        Args:
            share: Part of the conversations, in relation to the others'; None: as before.

        Raises:
            ModelError: no version would have a share, or none is said for a new one; nothing has changed.
        """
        if share is None:
            share = self._shares.get(version.name, 1.0)
            if version.name not in self._loaded and self._loaded:
                raise ModelError(f"version '{version.name}' is new\n  fix: say its share")
        if self._loaded:
            self._check({**self._shares, version.name: share})
        self._loaded[version.name] = version
        self._shares[version.name] = share

    def resize(self, name: str, share: float) -> None:
        """Gives a version another share; conversations that run keep their model.

        Raises:
            ModelError: there is no such version, or none would have a share.
        """
        self._check_name(name)
        self._check({**self._shares, name: share})
        self._shares[name] = share

    def drop(self, name: str) -> None:
        """Forgets a version; its conversations go on with another.

        Raises:
            ModelError: there is no such version, or those that are left have no share.
        """
        self._check_name(name)
        left = {each: share for each, share in self._shares.items() if each != name}
        if left:
            self._check(left)
        del self._loaded[name], self._shares[name]

    def clear(self) -> None:
        """Forgets all of them."""
        self._loaded.clear()
        self._shares.clear()

    def has(self, version: Version) -> bool:
        """Whether this very model is still loaded."""
        return self._loaded.get(version.name) is version

    def of(self, sender_id: str, model_id: str | None = None) -> Version:
        """The version that answers a conversation.

        Args:
            model_id: What the latest event of the conversation names; None for a new one.

        Raises:
            ModelError: no model is loaded.
        """
        if not self._loaded:
            raise ModelError("no model is loaded")
        known = [version for version in self if version.assistant.model_id == model_id]
        candidates = known or [version for version in self if self._shares[version.name]] or list(self)
        if len(candidates) == 1:
            return candidates[0]
        # Weighted rendezvous hashing: when shares change, only as many go elsewhere as have to.
        return min(candidates, key=lambda version: self._distance(version.name, sender_id))

    def _distance(self, name: str, sender_id: str) -> float:
        """How far a conversation is from a version: exponentially distributed, its rate being the share."""
        share = self._shares[name]
        return -math.log(_uniform(f"{name}\0{sender_id}")) / share if share else math.inf

    def _check_name(self, name: str) -> None:
        if name not in self._loaded:
            raise ModelError(f"there is no version '{name}'\n  fix: name one of {', '.join(self._loaded)}")

    def _check(self, shares: Mapping[str, float]) -> None:
        if not any(share > 0 for share in shares.values()) or min(shares.values()) < 0:
            raise ModelError("no version would have a share\n  fix: give one of them a share above 0")


def _uniform(text: str) -> float:
    """A number between 0 and 1, both excluded; the same in every process."""
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return (int.from_bytes(digest) + 0.5) / 2**64
