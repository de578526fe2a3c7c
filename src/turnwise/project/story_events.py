"""What single steps of stories and rules mean: user turns, actions, slots, loops."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from turnwise.dialogue import events as ev
from turnwise.dialogue.domain import Domain
from turnwise.dialogue.event_json import EVENT_KINDS
from turnwise.dialogue.slots import SHOULD_NOT_BE_SET, AnySlot, ListSlot, TextSlot
from turnwise.errors import Place
from turnwise.project.cursor import Cursor, described
from turnwise.project.findings import nearest
from turnwise.project.story_steps import Checkpoint, Option, StoryBuilder
from turnwise.project.story_turns import UserTurnReader

_USER_KEYS = ("intent", "user", "entities")
_ALLOWED: Mapping[str, tuple[str, ...]] = {
    "intent": _USER_KEYS,
    "user": _USER_KEYS,
    "or": ("or",),
    "action": ("action",),
    "bot": ("bot",),
    "checkpoint": ("checkpoint", "slot_was_set"),
    "slot_was_set": ("slot_was_set",),
    "active_loop": ("active_loop",),
    "metadata": ("metadata",),
}
"""Kinds of steps in the order they are looked for, and what may stand beside them."""
_NOT_IN_RULES = ("bot", "checkpoint")

_EVENTS_AS_ACTIONS: Mapping[str, Callable[[], ev.Event]] = {
    "restart": ev.Restarted,
    "rewind": ev.UserUtteranceReverted,
    "undo": ev.ActionReverted,
    "pause": ev.ConversationPaused,
    "resume": ev.ConversationResumed,
    "reset_slots": ev.AllSlotsReset,
    "session_started": ev.SessionStarted,
    "export": ev.StoryExported,
    "bot": ev.BotUttered,
    "cancel_reminder": ev.ReminderCancelled,
    "entities": ev.EntitiesAdded,
    "user_featurization": ev.UserFeaturization,
    "agent": ev.AgentUttered,
    "loop_interrupted": lambda: ev.LoopInterrupted(is_interrupted=False),
    "form_validation": lambda: ev.LoopInterrupted(is_interrupted=False),
    "active_loop": lambda: ev.ActiveLoop(name="active_loop"),
    "form": lambda: ev.ActiveLoop(name="form"),
}
"""Steps `action: <kind of event>` are that event; those which need more than a name are refused."""
_READ_AS_ACTION = frozenset({"action"})


class StepReader:
    """Reads the steps of a file's stories into builders."""

    def __init__(self, domain: Domain | None, *, is_test: bool) -> None:
        self.domain = domain
        self.is_test = is_test
        self.user_turns = UserTurnReader(is_test=is_test)

    def read(self, step: Cursor, builder: StoryBuilder) -> None:
        """One item under `steps`."""
        if not step.is_mapping("intent: name"):
            return
        kind = next((key for key in _ALLOWED if key in step.value), None)
        if kind is None and not step.value:
            step.note("the empty step is skipped", fix="remove it")
            return
        if kind is None:
            found = ", ".join(map(str, step.value))
            fix = nearest(next(iter(step.value)), _ALLOWED)
            step.wrong(f"a step cannot be '{found}'", fix=fix)
            return
        if builder.is_rule and kind in _NOT_IN_RULES:
            step.wrong(f"a rule cannot have the step '{kind}'", fix="write a story, or use intent and action")
            return
        if step.has_only(_ALLOWED[kind]):
            self._read_kind(kind, step, builder)

    def _read_kind(self, kind: str, step: Cursor, builder: StoryBuilder) -> None:
        if kind in ("intent", "user"):
            event = self.user_turns.read(step)
            if event is not None:
                builder.add(event, step.place)
        elif kind == "or":
            self._read_options(step.child("or"), builder)
        elif kind == "action":
            self._read_action(step.child("action"), builder)
        elif kind == "bot":
            self._read_bot(step.child("bot"), builder)
        elif kind == "checkpoint":
            self._read_checkpoint(step, builder)
        elif kind in ("slot_was_set", "active_loop"):
            self._read_slots_or_loop(kind, step, builder)

    def read_condition(self, condition: Cursor, builder: StoryBuilder) -> None:
        """One item under `condition` of a rule."""
        if not condition.is_mapping("active_loop: name"):
            return
        kind = next((key for key in ("slot_was_set", "active_loop") if key in condition.value), None)
        if kind is None:
            fix = "write active_loop: or slot_was_set:"
            condition.wrong(f"a condition cannot be '{', '.join(map(str, condition.value))}'", fix=fix)
        elif condition.has_only((kind,)):
            self._read_slots_or_loop(kind, condition, builder)

    def _read_slots_or_loop(self, kind: str, step: Cursor, builder: StoryBuilder) -> None:
        if kind == "slot_was_set":
            for event, place in self._slot_events(step.child(kind), in_rule=builder.is_rule):
                builder.add(event, place)
            return
        loop = step.child("active_loop")
        if loop.value is None:
            builder.add(ev.ActiveLoop(name=SHOULD_NOT_BE_SET if builder.is_rule else None), step.place)
        elif loop.is_text("the name of a form, or null"):
            builder.add(ev.ActiveLoop(name=loop.value), step.place)

    def _read_action(self, action: Cursor, builder: StoryBuilder) -> None:
        if action.value is None or action.value == "":
            action.note("the step names no action and is skipped", fix="write a name after 'action:'")
            return
        if not action.is_text("the name of an action"):
            return
        name = action.value
        if name not in EVENT_KINDS or name in _READ_AS_ACTION:
            builder.add(ev.ActionExecuted(name=name), action.place)
        elif name in _EVENTS_AS_ACTIONS:
            action.note(f"'{name}' is an event, not an action", fix="give the action another name")
            builder.add(_EVENTS_AS_ACTIONS[name](), action.place)
        else:
            action.wrong(f"'{name}' is the name of an event", fix="give the action another name")

    def _read_bot(self, bot: Cursor, builder: StoryBuilder) -> None:
        if bot.value is None:
            bot.note("the assistant says nothing here; the step is skipped", fix="write a text after 'bot:'")
        elif bot.is_text("what the assistant says"):
            builder.add(ev.ActionExecuted(name=None, action_text=bot.value), bot.place)

    def _read_checkpoint(self, step: Cursor, builder: StoryBuilder) -> None:
        name = step.child("checkpoint")
        if not name.value or not name.is_text("the name of a checkpoint"):
            return
        conditions: dict[str, Any] = {}
        listed = step.get("slot_was_set")
        if listed is not None and listed.value is not None:
            if not listed.is_list("- slot: value"):
                return
            for item in listed.items():
                if not isinstance(item.value, dict):
                    item.note("a condition needs a value; the checkpoint is skipped", fix="write slot: value")
                    return
                conditions.update(item.value)
        if conditions and not builder.at_start:
            step.note("only checkpoints at the start of a story have conditions", fix="remove slot_was_set")
        builder.add_checkpoint(Checkpoint(name=name.value, conditions=conditions))

    def _read_options(self, listed: Cursor, builder: StoryBuilder) -> None:
        if not listed.is_list("- intent: name"):
            return
        options: list[Option] = []
        for item in listed.items():
            if not item.is_mapping("intent: name"):
                return
            if "intent" in item.value and item.has_only(_USER_KEYS):
                event = self.user_turns.read(item)
                if event is None:
                    return
                options.append([(event, item.place)])
            elif "slot_was_set" in item.value and item.has_only(("slot_was_set",)):
                slots = self._slot_events(item.child("slot_was_set"), in_rule=builder.is_rule)
                options.extend([(event, place)] for event, place in slots)
            elif "user" in item.value:
                item.note("texts cannot be alternatives; the step is skipped", fix="write a story for each")
                return
            else:
                item.wrong("'or' takes intents or slots", fix="write intent: or slot_was_set:")
                return
        builder.add_options(options)

    def _slot_events(self, listed: Cursor, *, in_rule: bool) -> Iterator[tuple[ev.SlotSet, Place]]:
        if not listed.is_list("- slot: value"):
            return
        for item in listed.items():
            if isinstance(item.value, dict):
                values = list(item.value.items())
            elif isinstance(item.value, str):
                values = [(item.value, self._some_value(item))]
            else:
                item.note(f"{described(item.value)} is no slot and is skipped", fix="write slot: value")
                continue
            for name, value in values:
                wanted = SHOULD_NOT_BE_SET if in_rule and value is None else value
                yield ev.SlotSet(name=str(name), value=wanted), item.place

    def _some_value(self, item: Cursor) -> Any:
        """What a slot has that is named without a value."""
        if self.domain is None:
            return "filled"
        slot = self.domain.slots.get(item.value)
        if slot is None:
            item.wrong(f"unknown slot '{item.value}'", fix=nearest(item.value, self.domain.slots))
            return None
        if isinstance(slot, TextSlot):
            return "filled"
        if isinstance(slot, ListSlot):
            return ["filled"]
        if slot.influence_conversation and not isinstance(slot, AnySlot):
            item.note(
                f"without a value the {slot.type} slot '{slot.name}' counts as empty", fix="add a value"
            )
        return None
