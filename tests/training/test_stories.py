"""Expansion of stories and rules into the conversations that policies learn from."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import pytest

from turnwise.dialogue import events as ev
from turnwise.dialogue.dialogue_state import UserFeatures
from turnwise.dialogue.domain import Domain
from turnwise.project.domain_file import domain_from_text
from turnwise.project.story_file import stories_from_text
from turnwise.training.stories import TrainingConversations, TrainingTracker, training_trackers

DOMAIN = domain_from_text("""
intents: [a, b, c, d]
entities: [city, {size: {roles: [big]}}]
slots:
  city: {type: text, mappings: [{type: from_entity, entity: city}]}
  big: {type: text, mappings: [{type: from_entity, entity: size, role: big}]}
  cities: {type: list, mappings: [{type: from_entity, entity: city}]}
  in_form: {type: text, mappings: [{type: from_entity, entity: city, conditions: [{active_loop: form}]}]}
  outside:
    type: text
    mappings: [{type: from_entity, entity: city, conditions: [{active_loop: null}, {active_loop: form}]}]
  by_intent: {type: text, mappings: [{type: from_entity, entity: city, intent: d}]}
  flag: {type: bool, mappings: []}
forms: {form: {required_slots: [city]}}
""")


def expand(text: str, *, domain: Domain = DOMAIN, augmentation: int = 0) -> TrainingConversations:
    """Conversations of stories and rules in YAML."""
    return training_trackers(stories_from_text(text, domain), domain, augmentation=augmentation)


def shown(item: TrainingTracker) -> list[str]:
    """The events of a conversation, each as a word."""
    return [word(event) for event in item.tracker.events]


def word(event: ev.Event) -> str:
    match event:
        case ev.UserUttered():
            return f"user:{event.intent_name or event.text}"
        case ev.ActionExecuted():
            return {"action_listen": "listen"}.get(
                event.name or "", event.name or f"says:{event.action_text}"
            )
        case ev.SlotSet():
            return f"{event.name}={event.value}"
        case ev.ActiveLoop():
            return f"loop:{event.name}"
        case _:
            return event.kind


def story(name: str, steps: str) -> str:
    """A story whose steps are separated by blanks: `a` is an intent, `x.` an action, `>c` a checkpoint."""
    lines = [f"- story: {name}", "  steps:"]
    for step in steps.split():
        if step.startswith(">"):
            lines.append(f"  - checkpoint: {step[1:]}")
        elif step.endswith("."):
            lines.append(f"  - action: utter_{step[:-1]}")
        else:
            lines.append(f"  - intent: {step}")
    return "\n".join(lines) + "\n"


def stories(*each: tuple[str, str]) -> str:
    return "stories:\n" + "".join(story(name, steps) for name, steps in each)


class TestEvents:
    @pytest.mark.parametrize(
        ("steps", "events"),
        [
            ("a x.", "listen user:a utter_x listen"),
            ("a b x.", "listen user:a listen user:b utter_x listen"),
            ("a", "listen user:a listen"),
            ("x. a y.", "utter_x listen user:a utter_y listen"),
        ],
    )
    def test_the_assistant_listens_before_each_turn_and_at_the_end(self, steps: str, events: str) -> None:
        (item,) = expand(stories(("s", steps))).trackers

        assert " ".join(shown(item)) == events

    def test_a_listen_that_is_written_is_not_doubled(self) -> None:
        text = "stories:\n- story: s\n  steps:\n  - intent: a\n  - action: action_listen\n  - intent: b\n"
        (item,) = expand(text).trackers

        assert shown(item) == ["listen", "user:a", "listen", "user:b", "listen"]

    def test_entities_fill_slots(self) -> None:
        """Those with a mapping for entity, role and group; intents and later conditions do not matter.

        A list takes all values, other slots the last; a mapping that begins in a form is left aside.
        """
        text = """
stories:
- story: s
  steps:
  - intent: a
    entities:
    - city: Rome
    - {size: large, role: big}
    - size: small
    - city: Paris
"""
        (item,) = expand(text).trackers

        assert shown(item)[2:-1] == [
            "city=Paris",
            "big=large",
            "cities=['Rome', 'Paris']",
            "outside=Paris",
            "by_intent=Paris",
        ]

    def test_several_mappings_of_a_slot_add_up(self) -> None:
        """The list holds what any of them finds, mapping by mapping; other slots the last of it."""
        mappings = "[{type: from_entity, entity: city}, {type: from_entity, entity: size}]"
        domain = domain_from_text(
            f"slots: {{l: {{type: list, mappings: {mappings}}}, t: {{type: text, mappings: {mappings}}}}}\n"
        )
        text = "stories:\n- story: s\n  steps:\n  - intent: a\n    entities: [size: 1, city: 2, size: 3]\n"
        (item,) = expand(text, domain=domain).trackers

        assert shown(item)[2:-1] == ["l=[2, 1, 3]", "t=3"]

    def test_of_an_end_to_end_turn_policies_see_only_the_words(self) -> None:
        """Without its entities; a turn with words and intent shows both, entities included."""
        text = """
stories:
- story: s
  steps:
  - user: to [Rome](city)
  - action: utter_x
  - user: to [Rome](city)
    intent: a
  - action: utter_x
"""
        (item,) = expand(text).trackers
        turns = [state.user for state in item.tracker.states() if state.after_listen]

        assert turns[0] == UserFeatures(text="to Rome")
        assert turns[1] == UserFeatures(text="to Rome", intent="a", entities=("city",))

    def test_unless_the_domain_says_otherwise(self) -> None:
        text = "stories:\n- story: s\n  steps:\n  - intent: a\n    entities: [city: Rome]\n"
        domain = domain_from_text(
            "slots: {city: {type: text, mappings: [{type: from_entity, entity: city}]}}\n"
            "config: {store_entities_as_slots: false}\n"
        )
        (item,) = expand(text, domain=domain).trackers

        assert shown(item) == ["listen", "user:a", "listen"]

    @pytest.mark.parametrize(
        ("steps", "unpredictable"), [("x. y. a z.", ["utter_x"]), ("a x.", []), ("x. a", ["utter_x"])]
    )
    def test_what_comes_before_any_turn_cannot_be_predicted(
        self, steps: str, unpredictable: list[str]
    ) -> None:
        (item,) = expand(stories(("s", steps))).trackers
        marked = [
            event.name
            for event in item.tracker.events
            if isinstance(event, ev.ActionExecuted) and event.unpredictable
        ]

        assert marked == unpredictable

    def test_every_event_knows_its_place(self) -> None:
        (item,) = expand("stories:\n- story: s\n  steps:\n  - intent: a\n  - action: utter_x\n").trackers

        assert [place.line for place in item.places] == [4, 4, 5, 5]

    def test_before_something_is_undone_the_conversation_is_learnt_too(self) -> None:
        text = "stories:\n- story: s\n  steps:\n  - intent: a\n  - action: restart\n  - intent: b\n"
        found = [shown(item) for item in expand(text).trackers]

        assert found == [
            ["listen", "user:a"],
            ["listen", "user:a", "restart", "listen", "user:b", "listen"],
        ]


class TestCheckpoints:
    def names(self, *each: tuple[str, str]) -> list[str]:
        return sorted(item.name for item in expand(stories(*each)).trackers)

    def test_blocks_are_joined_in_every_possible_way(self) -> None:
        assert self.names(
            ("one", "a x. >c"),
            ("two", "b x. >c"),
            ("three", ">c c y."),
            ("four", ">c d y. >e"),
            ("five", ">e a z."),
        ) == ["one > four > five", "one > three", "two > four > five", "two > three"]

    def test_the_order_of_the_file_does_not_matter(self) -> None:
        assert self.names(("three", ">d c y."), ("two", ">c b y. >d"), ("one", "a x. >c")) == [
            "one > two > three"
        ]

    def test_a_block_may_end_at_several(self) -> None:
        assert self.names(("one", "a x. >c >d"), ("two", ">c b x."), ("three", ">d c x.")) == [
            "one > three",
            "one > two",
        ]

    def test_conditions_choose(self) -> None:
        text = stories(("one", "a x. >c"), ("other", "b y. >c")).replace(
            "- intent: a", "- intent: a\n    entities: [city: Rome]"
        )
        text += "- story: two\n  steps:\n  - checkpoint: c\n    slot_was_set: [city: Rome]\n  - intent: c\n"

        assert [item.name for item in expand(text).trackers] == ["one > two"]

    def test_the_same_conversation_is_kept_once(self) -> None:
        """What counts is what policies see, not names or values of text slots."""
        text = stories(("one", "a x."), ("two", "a x."), ("three", "b x."))

        assert [item.name for item in expand(text).trackers] == ["one", "three"]

    def test_circles_are_gone_through_a_few_times(self) -> None:
        """As many conversations as stock Rasa makes of these blocks; the shortest goes round not at all."""
        found = expand(
            stories(
                ("start", "a x. >loop"),
                ("again", ">loop b y. >loop"),
                ("out", ">loop c y. >mid"),
                ("back", ">mid d x. >loop"),
                ("end", ">loop a z."),
            )
        ).trackers
        turns = [
            [word(e)[5:] for e in item.tracker.events if isinstance(e, ev.UserUttered)] for item in found
        ]

        assert len(found) == 20
        assert ["a", "a"] in turns
        assert ["a", "b", "a"] in turns
        assert ["a", "c", "d", "b", "a"] in turns
        assert all(t[0] == t[-1] == "a" for t in turns)

    @pytest.mark.parametrize(
        ("each", "words", "names"),
        [
            ([("one", "a x. >c")], "nothing goes on from the checkpoint 'c'", ["one"]),
            ([("one", "a x."), ("two", ">c b x.")], "nothing leads to the checkpoint 'c'", ["one"]),
        ],
    )
    def test_loose_ends_are_noted(self, each: list[tuple[str, str]], words: str, names: list[str]) -> None:
        """What leads nowhere is learnt as it is, without a listen; what nothing leads to is not."""
        expanded = expand(stories(*each))

        assert [item.name for item in expanded.trackers] == names
        assert [notice.text for notice in expanded.notices] == [words]
        assert expanded.notices[0].place.file == "stories.yml"

    def test_one_story_must_start_without_a_checkpoint(self) -> None:
        expanded = expand(stories(("one", ">c a x.")))

        assert not expanded.trackers
        assert any("none can begin" in notice.text for notice in expanded.notices)

    def test_alternatives_multiply(self) -> None:
        text = """
stories:
- story: s
  steps:
  - or: [{intent: a}, {intent: b}]
  - action: utter_x
  - or: [{slot_was_set: [flag: true]}, {slot_was_set: [flag: false]}]
  - action: utter_y
"""
        found = sorted(" ".join(shown(item)) for item in expand(text).trackers)

        assert found == [
            f"listen user:{intent} utter_x flag={flag} utter_y listen"
            for intent in "ab"
            for flag in (False, True)
        ]
        assert {item.name for item in expand(text).trackers} == {"s"}


class TestRules:
    TEXT = """
stories:
- story: s
  steps:
  - intent: a
  - action: utter_x
rules:
- rule: r
  condition:
  - active_loop: form
  - slot_was_set: [flag: null]
  steps:
  - or: [{intent: a}, {intent: b}]
  - action: utter_x
- rule: start
  conversation_start: true
  wait_for_user_input: false
  steps:
  - intent: a
  - action: utter_x
"""

    def test_they_stand_apart_from_stories(self) -> None:
        """The same steps as a rule and as a story are two conversations; rules are never augmented."""
        expanded = expand(self.TEXT, augmentation=5)

        assert [item.name for item in expanded.stories] == ["s"]
        assert sorted(item.name for item in expanded.rules) == ["r", "r", "start"]
        assert not any(item.is_augmented for item in expanded.rules)

    def test_an_entity_without_a_value_means_an_empty_slot(self) -> None:
        text = "rules:\n- rule: r\n  steps:\n  - intent: a\n    entities: [city: null]\n"
        (item,) = expand(text).rules

        assert "city=should_not_be_set" in shown(item)

    def test_what_they_say(self) -> None:
        found = sorted(" ".join(shown(item)) for item in expand(self.TEXT).rules)

        assert found == [
            "listen user:a utter_x ... listen",
            "loop:form flag=should_not_be_set ... listen user:a utter_x listen",
            "loop:form flag=should_not_be_set ... listen user:b utter_x listen",
        ]


class TestAugmentation:
    EACH = tuple((name, f"{intent} {name}.") for name, intent in zip("uvwxyz", "abcdab", strict=True))

    def augmented(self, factor: int) -> list[TrainingTracker]:
        expanded = expand(stories(*self.EACH), augmentation=factor)
        assert [item.name for item in expanded.stories] == list("uvwxyz")
        return [item for item in expanded.trackers if item.is_augmented]

    def test_stories_are_glued_together(self) -> None:
        """Two to four of them; where they meet the assistant listens once."""
        found = self.augmented(3)

        assert 0 < len(found) <= 30
        for item in found:
            events = shown(item)
            turns = [event for event in events if event.startswith("user:")]
            assert 2 <= len(turns) <= 4
            assert "listen listen" not in " ".join(events)
            assert events[-1] == "listen"
            assert len(item.places) == len(events)

    def test_no_conversation_twice(self) -> None:
        found = [tuple(shown(item)) for item in self.augmented(10)]

        assert len(set(found)) == len(found)

    def test_it_is_the_same_every_time(self) -> None:
        assert [shown(item) for item in self.augmented(4)] == [shown(item) for item in self.augmented(4)]

    def test_none_without_a_factor(self) -> None:
        assert self.augmented(0) == []

    def test_slots_stay_from_one_story_to_the_next(self) -> None:
        text = (
            "stories:\n- story: s\n  steps:\n  - intent: a\n  - slot_was_set: [flag: true]\n  - action: x\n"
        )
        glued = [item for item in expand(text, augmentation=1).trackers if item.is_augmented]
        states: list[Any] = glued[0].tracker.states()

        assert glued[0].name == "s"
        assert states[4].slots == (("flag", (1.0, 1.0)),)


def test_a_thousand_stories_take_a_moment() -> None:
    """Measured on dialogue-bench (1,200 stories, 32,000 events): 0.3 s, augmentation 0.5 s more."""
    text = stories(
        *((f"s{n}", " ".join(f"{'abcd'[(n >> 2 * i) % 4]} x{i}." for i in range(6))) for n in range(1000))
    )
    graph = stories_from_text(text, DOMAIN)
    began = perf_counter()
    expanded = training_trackers(graph, DOMAIN, augmentation=0)

    assert len(expanded.trackers) == 1000
    assert perf_counter() - began < 5
