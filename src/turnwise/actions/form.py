"""Forms: loops that ask for slots until all of them are filled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from turnwise.actions.action import Action, ActionContext
from turnwise.actions.loop import run_loop
from turnwise.actions.slot_extraction import extract_slots
from turnwise.dialogue.domain import ACTION_LISTEN, REQUESTED_SLOT, Form
from turnwise.dialogue.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    Event,
    SlotSet,
    UserUttered,
)
from turnwise.dialogue.tracker import Tracker
from turnwise.errors import ActionRejected


@dataclass(frozen=True, slots=True)
class FormAction:
    """Runs a form of the domain."""

    form: Form

    @property
    def name(self) -> str:
        return self.form.name

    async def run(self, tracker: Tracker, context: ActionContext) -> list[Event]:
        return await run_loop(self, tracker, context)

    # -- beginning -------------------------------------------------------------------------------

    async def activate(self, tracker: Tracker, context: ActionContext) -> tuple[Tracker, list[Event]]:
        """Takes what the user has said already."""
        begun = tracker.after_all(context.stamped([ActiveLoop(name=self.name)]))
        # What was said while slots were filled has been sent once already, before the form began.
        extracted = [e for e in await extract_slots(begun, context) if isinstance(e, SlotSet)]
        filled = tracker.after_all(context.stamped(extracted))
        prefilled = [
            SlotSet(name=name, value=filled.get_slot(name))
            for name in self.form.required_slots
            if filled.get_slot(name) is not None
        ]
        validated = await self._validated(prefilled, begun.after_all(context.stamped(extracted)), context)
        if validated is None:
            return filled, [*extracted]
        names = {event.name for event in validated if isinstance(event, SlotSet)}
        return filled, [*validated, *(event for event in extracted if event.name not in names)]

    # -- each run --------------------------------------------------------------------------------

    async def step(self, tracker: Tracker, context: ActionContext, so_far: Sequence[Event]) -> list[Event]:
        events: list[Event] = []
        if len(so_far) <= 1:  # nothing was taken on activation
            events += await self._take_answer(tracker, context)
        if any(isinstance(event, ActionExecutionRejected) for event in events):
            return events
        return events + await self._ask_next(tracker, context, [*so_far, *events])

    async def _take_answer(self, tracker: Tracker, context: ActionContext) -> list[Event]:
        loop = tracker.state.loop
        answers = tracker.active_loop is None or (
            tracker.latest_action == ACTION_LISTEN and not (loop and loop.is_interrupted)
        )
        if not answers:
            return await self._validated([], tracker, context) or []
        candidates = self._candidates(tracker)
        validated = await self._validated(candidates, tracker, context)
        events = validated or []
        if validated is None and candidates:
            return []
        changed = any(isinstance(event, SlotSet) and event.name != REQUESTED_SLOT for event in events)
        rejected = any(isinstance(event, ActionExecutionRejected) for event in events)
        requested = self._requested(tracker)
        if requested and not candidates and not changed and not rejected:
            raise ActionRejected(self.name, f"nothing was said about '{requested}'")
        return events

    def _candidates(self, tracker: Tracker) -> list[SlotSet]:
        """Slots of the form that the last message filled, each with its last value."""
        wanted = {*self.form.required_slots, self._requested(tracker)}
        values: dict[str, SlotSet] = {}
        for event in reversed(_slots_since_last_message(tracker)):
            if event.name in wanted:
                values[event.name] = event
        return list(values.values())

    async def _validated(
        self, candidates: Sequence[SlotSet], tracker: Tracker, context: ActionContext
    ) -> list[Event] | None:
        """What `validate_<form>` makes of the candidates; None if the project has no such action."""
        validate = f"validate_{self.name}"
        if validate not in context.domain.action_indices:
            return None
        asking = self._hypothetical(tracker, candidates, context)
        return await context.find(validate).run(asking, context)

    # -- the next question -----------------------------------------------------------------------

    async def _ask_next(
        self, tracker: Tracker, context: ActionContext, so_far: Sequence[Event]
    ) -> list[Event]:
        if self.is_done(tracker, so_far):
            return [SlotSet(name=REQUESTED_SLOT, value=None)]
        filled = self._hypothetical(tracker, so_far, context)
        chosen = _first_requested(so_far)
        if chosen is not None:
            return await self._ask(chosen, filled, context)
        missing = next((name for name in self.form.required_slots if filled.get_slot(name) is None), None)
        asked: list[Event] = [SlotSet(name=REQUESTED_SLOT, value=missing)]
        return asked + await self._ask(missing, filled, context) if missing else asked

    async def _ask(self, slot: str, tracker: Tracker, context: ActionContext) -> list[Event]:
        names = (
            f"action_ask_{self.name}_{slot}",
            f"utter_ask_{self.name}_{slot}",
            f"action_ask_{slot}",
            f"utter_ask_{slot}",
        )
        action: Action | None = next(
            (context.find(name) for name in names if name in context.domain.action_indices), None
        )
        return await action.run(tracker, context) if action else []

    def is_done(self, tracker: Tracker, so_far: Sequence[Event]) -> bool:
        if any(isinstance(event, ActionExecutionRejected) for event in so_far):
            return False
        for event in reversed(so_far):
            if isinstance(event, SlotSet) and event.name == REQUESTED_SLOT:
                if event.value is None:
                    return True
                break
        loops = [event.name for event in so_far if isinstance(event, ActiveLoop)]
        return bool(loops) and loops[-1] is None

    async def deactivate(
        self, tracker: Tracker, context: ActionContext, so_far: Sequence[Event]
    ) -> list[Event]:
        return []

    # -- the conversation as the form sees it ---------------------------------------------------

    def _requested(self, tracker: Tracker) -> str | None:
        slot: str | None = tracker.get_slot(REQUESTED_SLOT) if tracker.active_loop == self.name else None
        return slot

    def _hypothetical(self, tracker: Tracker, events: Sequence[Event], context: ActionContext) -> Tracker:
        """The conversation had this form just run and had `events` happened.

        Action servers tell new slots by their place behind the run of the form.
        """
        run = [SlotSet(name=REQUESTED_SLOT, value=self._requested(tracker)), ActionExecuted(name=self.name)]
        return tracker.after_all(context.stamped([*run, *events]))


def _first_requested(events: Sequence[Event]) -> str | None:
    return next(
        (event.value for event in events if isinstance(event, SlotSet) and event.name == REQUESTED_SLOT), None
    )


def _slots_since_last_message(tracker: Tracker) -> list[SlotSet]:
    """Latest first."""
    found: list[SlotSet] = []
    for event in tracker.backwards():
        if isinstance(event, UserUttered):
            break
        if isinstance(event, SlotSet):
            found.append(event)
    return found
