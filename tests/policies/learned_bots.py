"""Small assistants for the tests of the learned policies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from turnwise.dialogue.domain import ACTION_LISTEN, Domain
from turnwise.dialogue.events import ActionExecuted, Event, UserUttered
from turnwise.dialogue.tracker import Tracker
from turnwise.dialogue.visible_turns import RuleOnly
from turnwise.project.domain_file import domain_from_text
from turnwise.project.story_file import stories_from_text
from turnwise.training.stories import TrainingTracker, training_trackers

NO_RULES = RuleOnly()

MOOD_DOMAIN = """
version: "3.1"
intents: [greet, goodbye, affirm, deny, mood_great, mood_unhappy, bot_challenge]
actions: [utter_greet, utter_cheer_up, utter_did_that_help, utter_happy, utter_goodbye]
"""

MOOD_STORIES = """
version: "3.1"
stories:
- story: a good day
  steps:
  - intent: greet
  - action: utter_greet
  - intent: mood_great
  - action: utter_happy
- story: a bad day that gets better
  steps:
  - intent: greet
  - action: utter_greet
  - intent: mood_unhappy
  - action: utter_cheer_up
  - action: utter_did_that_help
  - intent: affirm
  - action: utter_happy
- story: a bad day that stays bad
  steps:
  - intent: greet
  - action: utter_greet
  - intent: mood_unhappy
  - action: utter_cheer_up
  - action: utter_did_that_help
  - intent: deny
  - action: utter_goodbye
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A domain, and stories to learn from."""

    domain: Domain
    conversations: Sequence[TrainingTracker]

    @property
    def stories(self) -> Sequence[TrainingTracker]:
        """As they are written."""
        return [item for item in self.conversations if not item.is_rule and not item.is_augmented]


def lesson(domain: str = MOOD_DOMAIN, stories: str = MOOD_STORIES, *, augmentation: int = 0) -> Lesson:
    """What `turnwise train core` would learn from."""
    empty = domain_from_text(domain)
    texts = stories_from_text(stories, empty).action_texts
    listed = "".join(f"\n- {text!r}" for text in texts)
    full = domain_from_text(f"{domain}\ne2e_actions:{listed}") if texts else empty
    graph = stories_from_text(stories, full)
    return Lesson(
        domain=full, conversations=training_trackers(graph, full, augmentation=augmentation).trackers
    )


def said(intent: str | None, text: str | None = None, entities: Sequence[str] = ()) -> UserUttered:
    """A message as NLU understands it."""
    found = [{"entity": name, "value": "anything"} for name in entities]
    parse_data = {"intent": {"name": intent, "confidence": 1.0}, "entities": found}
    return UserUttered(text=text or f"/{intent}", parse_data=parse_data, message_id=None)


def conversation(domain: Domain, *happened: str | Event) -> Tracker:
    """A conversation so far; `/greet` is what the user means, anything else what the assistant does.

    The assistant listens before each message.
    """
    tracker = Tracker.start(domain)
    for item in happened:
        event: Event
        if isinstance(item, str):
            event = said(item[1:]) if item.startswith("/") else ActionExecuted(name=item)
        else:
            event = item
        if isinstance(event, UserUttered):
            tracker = tracker.after(ActionExecuted(name=ACTION_LISTEN))
        tracker = tracker.after(event)
    return tracker


def decisions(lesson: Lesson) -> list[tuple[Tracker, str]]:
    """Every conversation so far in the stories, and what the assistant does next in them."""
    found = []
    for story in lesson.stories:
        tracker = Tracker.start(lesson.domain)
        for event in story.tracker.events:
            if isinstance(event, ActionExecuted) and not event.unpredictable:
                found.append((tracker, event.label or ""))
            tracker = tracker.after(event)
    return found
