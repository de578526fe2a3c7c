"""From an action's name to the action."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from turnwise.actions import default_actions as defaults
from turnwise.actions.action import Action, UnknownAction
from turnwise.actions.form import FormAction
from turnwise.actions.remote import RemoteAction
from turnwise.actions.slot_extraction import ExtractSlots
from turnwise.actions.two_stage_fallback import TwoStageFallback
from turnwise.actions.utterances import EndToEndUtterance, RetrievalUtterance, Utterance
from turnwise.dialogue import domain as names
from turnwise.dialogue.domain import Domain
from turnwise.dialogue.events import Restarted, UserUtteranceReverted

UTTER = "utter_"

_DEFAULTS: Mapping[str, Callable[[], Action]] = {
    names.ACTION_LISTEN: lambda: defaults.Nothing(names.ACTION_LISTEN),
    names.ACTION_RESTART: lambda: defaults.SayThen(names.ACTION_RESTART, "utter_restart", (Restarted(),)),
    names.ACTION_SESSION_START: defaults.SessionStart,
    names.ACTION_DEFAULT_FALLBACK: lambda: defaults.SayThen(
        names.ACTION_DEFAULT_FALLBACK, "utter_default", (UserUtteranceReverted(),)
    ),
    names.ACTION_DEACTIVATE_LOOP: defaults.DeactivateLoop,
    names.ACTION_REVERT_FALLBACK_EVENTS: defaults.RevertFallbackEvents,
    names.ACTION_DEFAULT_ASK_AFFIRMATION: defaults.AskAffirmation,
    names.ACTION_DEFAULT_ASK_REPHRASE: lambda: defaults.SayThen(
        names.ACTION_DEFAULT_ASK_REPHRASE, "utter_ask_rephrase"
    ),
    names.ACTION_TWO_STAGE_FALLBACK: TwoStageFallback,
    names.ACTION_UNLIKELY_INTENT: lambda: defaults.Nothing(names.ACTION_UNLIKELY_INTENT),
    names.ACTION_BACK: lambda: defaults.SayThen(
        names.ACTION_BACK, "utter_back", (UserUtteranceReverted(), UserUtteranceReverted())
    ),
    names.RULE_SNIPPET: lambda: defaults.Nothing(names.RULE_SNIPPET),
    names.ACTION_EXTRACT_SLOTS: ExtractSlots,
}


@dataclass(frozen=True, slots=True)
class ActionTable:
    """Every action of a domain, made when first asked for."""

    domain: Domain
    _made: dict[str, Action] = field(default_factory=dict)

    def find(self, name: str) -> Action:
        """The action called `name`.

        Raises:
            UnknownAction: the domain has none.
        """
        action = self._made.get(name)
        if action is None:
            action = self._made[name] = self._make(name)
        return action

    def _make(self, name: str) -> Action:
        domain = self.domain
        if name not in domain.action_indices:
            raise UnknownAction(f"the domain has no action '{name}'")
        if name in _DEFAULTS and name not in domain.user_actions:
            return _DEFAULTS[name]()
        if name.startswith(UTTER) and name[len(UTTER) :] in domain.retrieval_intents:
            return RetrievalUtterance(name, name[len(UTTER) :])
        if name in domain.action_texts:
            return EndToEndUtterance(name)
        if name.startswith(UTTER):
            return Utterance(name)
        if name in domain.forms and name not in domain.user_actions:
            return FormAction(domain.forms[name])
        return RemoteAction(name)
