"""Training the policies of a project, and making them again from a model."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

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

PolicyConfig = Mapping[str, Any]


class PolicyOutcome(NamedTuple):
    """What training did with one policy."""

    name: str
    was_restored: bool
    seconds: float


def train_policies(
    config: Sequence[PolicyConfig],
    conversations: Callable[[], Sequence[TrainingConversation]],
    domain: Domain,
    data_print: str,
    *,
    cache: Cache | None = None,
    progress: Callable[[str, float], None] | None = None,
    place: Place = NOWHERE,
) -> tuple[dict[str, bytes], list[PolicyOutcome]]:
    """Trains every policy, or restores it if nothing that it learns from has changed.

    Args:
        conversations: Expands stories and rules; called only if something has to be trained.
        data_print: Fingerprint of stories, rules and what they refer to in the domain.
        progress: Told the name of a policy and the share of the work done, from 0 to 1.

    Returns:
        The files of all policies, under `<index>_<name>/`, and what was done.

    Raises:
        ProjectError: a policy is unknown, or what it shall learn contradicts itself.
    """
    classes = policy_classes(config, place=place)
    files: dict[str, bytes] = {}
    outcomes: list[PolicyOutcome] = []
    for index, (settings, policy_class) in enumerate(zip(config, classes, strict=True)):
        name = settings["name"]
        if progress:
            progress(name, index / len(config))
        began = time.perf_counter()
        version = [__version__, getattr(policy_class, "version", 1)]
        key = digest([name, dict(settings), version, data_print])
        learned = cache.get(key) if cache else None
        restored = learned is not None
        if learned is None:
            learned = policy_class.train(settings, conversations(), domain).dump()
            if cache:
                cache.put(key, learned)
        files |= {f"{index}_{name}/{file}": content for file, content in learned.items()}
        outcomes.append(PolicyOutcome(name, restored, time.perf_counter() - began))
    return files, outcomes


def policy_classes(config: Sequence[PolicyConfig], *, place: Place = NOWHERE) -> list[Any]:
    """The class of each policy in the configuration.

    Raises:
        ProjectError: there is no such policy.
    """
    classes = []
    for index, settings in enumerate(config):
        name = settings.get("name")
        if not isinstance(name, str):
            raise ProjectError(
                place.at("policies", str(index)),
                "a policy needs a key 'name'",
                fix="write `- name: RulePolicy`",
            )
        classes.append(find_class(name, POLICIES, what="policy", place=place.at("policies", str(index))))
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
        own = {name[len(prefix) :]: content for name, content in files.items() if name.startswith(prefix)}
        try:
            policy = policy_class.load(settings, own)
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"the model's part '{prefix}' cannot be read ({error}); train again") from error
        policies.append(policy)
        if isinstance(policy, RulePolicy):
            rule_only = policy.rule_only
    return Ensemble(policies, rule_only)
