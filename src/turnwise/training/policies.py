"""Training the policies of a project, and making them again from a model."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from turnwise import __version__
from turnwise.dialogue.domain import Domain
from turnwise.dialogue.visible_turns import RuleOnly
from turnwise.errors import NOWHERE, ModelError, Place, ProjectError
from turnwise.nlu.fingerprint import Cache, digest
from turnwise.policies.ensemble import Ensemble
from turnwise.policies.policy import Policy
from turnwise.policies.rules import RulePolicy
from turnwise.policies.training_examples import TrainingConversation
from turnwise.registry import POLICIES, find_class
from turnwise.training.archive import below

PolicyConfig = Mapping[str, Any]
Learned = tuple[Literal["trained", "fine-tuned", "restored"], Mapping[str, bytes]]
"""What was done, and what there is to store."""


KEYS = "keys.json"
"""Fingerprints of the policies, in order."""


class PolicyOutcome(NamedTuple):
    """What training did with one policy."""

    name: str
    did: Literal["trained", "fine-tuned", "restored"]
    seconds: float
    idle: Sequence[str] = ()
    """Settings that have no effect here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierPolicies:
    """The policies of an earlier model of the same configuration, to go on from."""

    files: Mapping[str, bytes]
    """As `train_policies` gave them."""
    epoch_fraction: float = 1.0

    def key(self, index: int) -> str:
        """The fingerprint of the policy at `index`."""
        keys: list[str] = json.loads(self.files[KEYS])
        return keys[index]


def train_policies(
    config: Sequence[PolicyConfig],
    conversations: Callable[[], Sequence[TrainingConversation]],
    domain: Domain,
    data_print: str,
    *,
    cache: Cache | None = None,
    earlier: EarlierPolicies | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> tuple[dict[str, bytes], list[PolicyOutcome]]:
    """Trains every policy, or restores it if nothing that it learns from has changed.

    Args:
        earlier: Policies to go on from; None to learn everything that is not in `cache` anew.
        conversations: Expands stories and rules; called only if something has to be trained.
        data_print: Fingerprint of stories, rules and what they refer to in the domain.
        progress: Told the name of a policy and the share of the work done, from 0 to 1.

    Returns:
        The files of all policies, under `<index>_<name>/`, and what was done.

    Raises:
        ProjectError: a policy is unknown, or what it shall learn contradicts itself.
    """
    classes = policy_classes(config)
    files: dict[str, bytes] = {}
    keys: list[str] = []
    outcomes: list[PolicyOutcome] = []
    for index, (settings, policy_class) in enumerate(zip(config, classes, strict=True)):
        name = settings["name"]
        if progress:
            progress(name, index / len(config))
        began = time.perf_counter()
        version = [__version__, getattr(policy_class, "version", 1)]
        keys.append(digest([name, dict(settings), version, data_print]))
        lesson = _Lesson(policy_class, settings, conversations, domain, keys[-1])
        did, learned = lesson.learned(index, cache, earlier)
        files |= {f"{index}_{name}/{file}": content for file, content in learned.items()}
        idle = policy_class.idle_settings(settings) if hasattr(policy_class, "idle_settings") else ()
        outcomes.append(PolicyOutcome(name, did, time.perf_counter() - began, idle))
    return files | {KEYS: json.dumps(keys).encode()}, outcomes


class _Lesson(NamedTuple):
    """One policy, and what it shall learn."""

    policy_class: Any
    settings: PolicyConfig
    conversations: Callable[[], Sequence[TrainingConversation]]
    domain: Domain
    key: str

    def learned(self, index: int, cache: Cache | None, earlier: EarlierPolicies | None) -> Learned:
        """The policy's files; those of the policy at `index` in `earlier` are gone on from."""
        before = below(f"{index}_{self.settings['name']}/", earlier.files) if earlier else {}
        if earlier and earlier.key(index) == self.key:
            return "restored", before
        resumes = earlier is not None and hasattr(self.policy_class, "resume")
        # What is fine-tuned depends also on what it goes on from.
        fraction = earlier.epoch_fraction if earlier else 1.0
        key = digest([self.key, _print_of(before), fraction]) if resumes else self.key
        known = cache.get(key) if cache else None
        if known is not None:
            return "restored", known
        did, files = self._resumed(before, fraction) if resumes else self._trained()
        if cache:
            cache.put(key, files)
        return did, files

    def _trained(self) -> Learned:
        policy = self.policy_class.train(self.settings, self.conversations(), self.domain)
        return "trained", policy.dump()

    def _resumed(self, files: Mapping[str, bytes], fraction: float) -> Learned:
        policy = self.policy_class.resume(self.settings, self.conversations(), self.domain, files, fraction)
        return self._trained() if policy is None else ("fine-tuned", policy.dump())


def _print_of(files: Mapping[str, bytes]) -> str:
    return hashlib.sha256(b"".join(files[name] for name in sorted(files))).hexdigest()


def policy_classes(config: Sequence[PolicyConfig], *, place: Place | Sequence[Place] = NOWHERE) -> list[Any]:
    """The class of each policy in the configuration, which stands at `place`, or each policy at its own.

    Raises:
        ProjectError: there is no such policy.
    """
    places = [place] * len(config) if isinstance(place, Place) else place
    classes = []
    for settings, where in zip(config, places, strict=True):
        name = settings.get("name")
        if not isinstance(name, str):
            raise ProjectError(where, "a policy needs a key 'name'", fix="write `- name: RulePolicy`")
        found = find_class(name, POLICIES, what="policy", place=where)
        # Policies written for Rasa have something else make them.
        classes.append(found.as_policy(where) if hasattr(found, "as_policy") else found)
    return classes


def load_ensemble(config: Sequence[PolicyConfig], files: Mapping[str, bytes]) -> Ensemble:
    """The policies that `train_policies` wrote.

    Raises:
        ModelError: `files` are damaged, or were written by another version.
    """
    policies: list[Policy] = []
    rule_only = RuleOnly()
    for index, (settings, policy_class) in enumerate(zip(config, policy_classes(config), strict=True)):
        prefix = f"{index}_{settings['name']}/"
        try:
            policy = policy_class.load(settings, below(prefix, files))
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"the model's part '{prefix}' cannot be read ({error}); train again") from error
        policies.append(policy)
        if isinstance(policy, RulePolicy):
            rule_only = policy.rule_only
    return Ensemble(policies, rule_only)
