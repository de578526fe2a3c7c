"""Replaying a test story: at each step the assistant says what it would do, then what is written happens.

A wrong prediction does not derail the rest: whatever is predicted, the story decides what
happens. Nothing is executed; slots change only where the story says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from turnwise.assistant import Assistant
from turnwise.dialogue.domain import ACTION_LISTEN, ACTION_SESSION_START, ACTION_UNLIKELY_INTENT
from turnwise.dialogue.events import (
    ActionExecuted,
    ActionExecutionRejected,
    EntitiesAdded,
    Event,
    SlotSet,
    UserFeaturization,
    UserUttered,
)
from turnwise.dialogue.tracker import Tracker
from turnwise.evaluation.nlu_results import EntityResult
from turnwise.evaluation.replayed_story import ActionChoice, ReplayedStory, WrongPrediction
from turnwise.evaluation.story_export import other_content, user_content
from turnwise.evaluation.story_yaml import WrittenStep, stories_document
from turnwise.evaluation.user_turns import read_turn, wrong_turn
from turnwise.policies.policy import Prediction
from turnwise.training.stories import TrainingTracker
from turnwise.turn import prediction_limit

CIRCUIT_BREAKER = "circuit breaker tripped"
"""Stands for the prediction where a story does more in one turn than the assistant ever would."""

Understand = Callable[[str], Mapping[str, Any]]


class _Predicted(NamedTuple):
    action: str
    prediction: Prediction


@dataclass(slots=True, kw_only=True)
class _Replay:
    """A story on its way."""

    assistant: Assistant
    tracker: Tracker
    result: ReplayedStory
    understand: Understand | None
    """Reads the users' words; None: they mean what the story says."""
    fails_early: bool

    # -- users -------------------------------------------------------------------------------------

    def hear(self, turn: UserUttered) -> None:
        if self.understand is not None:
            parse = self.understand(turn.text) if turn.text else turn.parse_data
            reading = read_turn(turn, parse)
            self.result.readings.append(reading)
            self._write(wrong_turn(turn, reading) if not reading.is_right else self._written_turn(turn))
            if not reading.is_right:
                self._fail("understood a message otherwise")
            selectors = parse.get("response_selector")
            if reading.is_right and selectors:
                turn = replace(turn, parse_data={**turn.parse_data, "response_selector": selectors})
        else:
            self._write(self._written_turn(turn))
        self.tracker = self.tracker.after(turn)

    @staticmethod
    def _written_turn(turn: UserUttered) -> WrittenStep:
        by_text = bool(turn.text) and not turn.intent_name
        return WrittenStep(content=user_content(turn, is_test=False, by_text=by_text))

    # -- actions -----------------------------------------------------------------------------------

    def act(self, event: ActionExecuted) -> None:
        expected = event.label or ""
        found = self._predict(expected)
        noticed = found.action == ACTION_UNLIKELY_INTENT != expected
        if noticed:
            self._notice_unlikely_intent(found)
            found = self._predict(expected, looks_at_entities=False)
        choice = ActionChoice(
            expected=expected,
            predicted=found.action,
            policy=found.prediction.policy,
            confidence=found.prediction.confidence,
            after_unlikely_intent=noticed,
        )
        self.result.actions.append(choice)
        self._write(self._written_action(event, choice))
        self.tracker = self.tracker.after(_done(event, found.prediction, hides=choice.is_right))
        if not choice.is_right and found.action != ACTION_UNLIKELY_INTENT:
            self._fail("would have done something else")

    def _notice_unlikely_intent(self, found: _Predicted) -> None:
        metadata = found.prediction.action_metadata
        severity = (metadata.get("query_intent") or {}).get("severity", 0.0)
        self.result.severity = max(self.result.severity, severity)
        event = ActionExecuted(name=ACTION_UNLIKELY_INTENT, policy=found.prediction.policy, metadata=metadata)
        self.tracker = self.tracker.after(event)

    @staticmethod
    def _written_action(event: ActionExecuted, choice: ActionChoice) -> WrittenStep:
        remark = ""
        if not choice.is_right:
            after = f" after {ACTION_UNLIKELY_INTENT}" if choice.after_unlikely_intent else ""
            remark = f"predicted: {choice.predicted}{after}"
        elif choice.after_unlikely_intent:
            remark = f"predicted: {ACTION_UNLIKELY_INTENT}"
        if not remark:
            return WrittenStep(content=other_content(event))
        # Waiting for the user is shown only where it was not expected.
        key = "action" if event.name else "bot"
        return WrittenStep(content={key: choice.expected}, remarks={key: remark})

    def _predict(self, expected: str, *, looks_at_entities: bool = True) -> _Predicted:
        if self._has_run_on():
            return _Predicted(CIRCUIT_BREAKER, Prediction(policy=None))
        found = self._asked(expected)
        if looks_at_entities:
            self._compare_policy_entities(found.prediction)
        if found.prediction.policy and found.action != expected and self._might_refuse(found.action):
            # No action server is asked here, so that a form which refuses an answer must be imagined:
            # the story says what comes instead, and so it does not say that the form runs.
            self.tracker = self.tracker.after(ActionExecutionRejected(name=found.action))
            found = self._asked(expected)
        self._fix_featurization(found.prediction)
        return found

    def _asked(self, expected: str) -> _Predicted:
        prediction = self._next()
        action = prediction.best(self.tracker.domain)
        return _Predicted(_with_response_key(action, expected, self.tracker), prediction)

    def _next(self) -> Prediction:
        followup = self.tracker.state.followup_action
        domain = self.tracker.domain
        if followup:
            self.tracker = replace(self.tracker, state=self.tracker.state._replace(followup_action=None))
            if followup in domain.action_indices:
                return Prediction(policy="followup_action", scores={followup: 1.0})
        assert self.assistant.ensemble is not None
        return self.assistant.ensemble.predict(self.tracker, domain)

    def _might_refuse(self, action: str) -> bool:
        return self.tracker.active_loop == action and action in self.tracker.domain.forms

    def _fix_featurization(self, prediction: Prediction) -> None:
        """Settles, as in a conversation, whether later predictions see the turn's words or its intent."""
        message = self.tracker.latest_message
        if message is None or not (message.text and message.intent_name):
            return
        for event in prediction.events:
            if isinstance(event, UserFeaturization):
                self.tracker = self.tracker.after(event)

    def _has_run_on(self) -> bool:
        if self.tracker.latest_action in (ACTION_LISTEN, ACTION_SESSION_START):
            return False
        count = 0
        for event in self.tracker.backwards():
            if isinstance(event, ActionExecuted):
                if event.name in (ACTION_LISTEN, ACTION_SESSION_START):
                    break
                count += 1
        return count >= prediction_limit()

    def _compare_policy_entities(self, prediction: Prediction) -> None:
        """Right after a user turn: the entities that policies found, beside those of the story."""
        turn = _turn_just_heard(self.tracker)
        if turn is None or not turn.text:
            return
        predicted = [
            e for event in prediction.events if isinstance(event, EntitiesAdded) for e in event.entities
        ]
        if turn.entities or predicted:
            tokens = [(token.start, token.end) for token in self.assistant.nlu.parse(turn.text).tokens or ()]
            self.result.policy_entities.append(
                EntityResult(text=turn.text, tokens=tokens, targets=turn.entities, predictions=predicted)
            )

    # -- the record --------------------------------------------------------------------------------

    def happen(self, event: Event) -> None:
        """Anything that is neither a user turn nor an action."""
        self.tracker = self.tracker.after(event)
        self._write(WrittenStep(content=other_content(event)))

    def _write(self, step: WrittenStep) -> None:
        if step.content:
            self.result.steps.append(step)

    def _fail(self, what: str) -> None:
        if self.fails_early:
            story = stories_document([self.result.written()])
            raise WrongPrediction(
                f"the assistant {what} than the story '{self.result.name}' says:\n\n{story}"
            )


def replayed(
    conversation: TrainingTracker,
    assistant: Assistant,
    *,
    understand: Understand | None = None,
    fails_early: bool = False,
) -> ReplayedStory:
    """How the assistant fares in a test story.

    Args:
        understand: Reads the users' words, in a test end to end; None: intents are taken as written.
        fails_early: Stop at the first thing that is wrong.

    Raises:
        WrongPrediction: something is wrong, and `fails_early`.
    """
    first, *rest = conversation.tracker.events
    result = ReplayedStory(name=conversation.name, file=_file_of(conversation))
    start = Tracker.start(assistant.domain, conversation.name)
    replay = _Replay(
        assistant=assistant, tracker=start, result=result, understand=understand, fails_early=fails_early
    )
    # Nothing precedes the first event, so nothing could be predicted from.
    replay.happen(first)
    for event in rest:
        if isinstance(event, ActionExecuted):
            replay.act(event)
        elif isinstance(event, UserUttered):
            replay.hear(event)
        else:
            replay.happen(event)
    return result


def _file_of(conversation: TrainingTracker) -> str:
    files: Iterator[str] = (place.file for place in conversation.places if place.file)
    return next(files, "")


def _done(event: ActionExecuted, prediction: Prediction, *, hides: bool) -> ActionExecuted:
    """The action as it would have been kept had it run."""
    return replace(
        event,
        policy=prediction.policy,
        confidence=prediction.confidence,
        metadata=prediction.action_metadata,
        hide_rule_turn=hides and prediction.hide_rule_turn,
    )


def _with_response_key(action: str, expected: str, tracker: Tracker) -> str:
    """A retrieval action with the response that the selector chose, unless the story leaves that open."""
    intent = action.removeprefix("utter_")
    message = tracker.latest_message
    if action == expected or intent == action or intent not in tracker.domain.retrieval_intents:
        return action
    selectors = (message.parse_data.get("response_selector") if message else None) or {}
    chosen = selectors.get(intent) or selectors.get("default") or {}
    return (chosen.get("response") or {}).get("utter_action") or action


def _turn_just_heard(tracker: Tracker) -> UserUttered | None:
    for event in tracker.backwards():
        if isinstance(event, UserUttered):
            return event
        if not isinstance(event, SlotSet):
            return None
    return None
