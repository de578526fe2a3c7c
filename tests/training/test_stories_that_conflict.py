"""Stories that contradict each other, named with both places."""

from __future__ import annotations

from turnwise.project.domain_file import domain_from_text
from turnwise.project.story_file import stories_from_text
from turnwise.training.stories import training_trackers
from turnwise.training.story_conflicts import Conflict, story_conflicts

DOMAIN = domain_from_text("""
intents: [a, b, c]
slots: {flag: {type: bool, mappings: []}}
forms: {form: {required_slots: []}}
""")


def conflicts(text: str, *, max_history: int | None = None) -> list[Conflict]:
    graph = stories_from_text(text, DOMAIN)
    return story_conflicts(training_trackers(graph, DOMAIN, augmentation=2).trackers, max_history=max_history)


def story(name: str, *steps: str) -> str:
    return f"- story: {name}\n  steps:\n" + "".join(f"  - {step}\n" for step in steps)


ONE = story("one", "intent: a", "action: utter_x", "intent: b", "action: utter_y")


def test_after_the_same_past_the_same_action() -> None:
    other = story("two", "intent: a", "action: utter_x", "intent: b", "action: utter_z")
    (conflict,) = conflicts(f"stories:\n{ONE}{other}")

    assert conflict.after == "intent 'b'"
    assert str(conflict) == (
        "Story structure conflict after intent 'b':\n"
        "  utter_y in 'one' (stories.yml:7)\n"
        "  utter_z in 'two' (stories.yml:13)\n"
        "  fix: let the stories differ before, or agree on the action"
    )


def test_what_differs_before_does_not_conflict() -> None:
    other = story("two", "intent: c", "action: utter_x", "intent: b", "action: utter_z")

    assert conflicts(f"stories:\n{ONE}{other}") == []


def test_a_short_memory_does_not_see_the_difference() -> None:
    other = story("two", "intent: c", "action: utter_x", "intent: b", "action: utter_z")
    text = f"stories:\n{ONE}{other}"

    assert [conflict.after for conflict in conflicts(text, max_history=1)] == ["intent 'b'"]
    assert conflicts(text, max_history=2) == []


def test_slots_tell_stories_apart() -> None:
    first = story("one", "intent: a", "slot_was_set: [flag: true]", "action: utter_x")
    second = story("two", "intent: a", "slot_was_set: [flag: false]", "action: utter_y")

    assert conflicts(f"stories:\n{first}{second}") == []


def test_listening_is_an_action_too() -> None:
    """One story says something more where the other waits."""
    first = story("one", "intent: a", "action: utter_x")
    second = story("two", "intent: a", "action: utter_x", "action: utter_y")
    (conflict,) = conflicts(f"stories:\n{first}{second}")

    assert conflict.after == "action 'utter_x'"
    assert {decision.action for decision in conflict.decisions} == {"action_listen", "utter_y"}


def test_blocks_that_begin_at_the_same_checkpoint() -> None:
    """Both ways are named by all the blocks that lead there."""
    text = story("one", "checkpoint: c", "action: utter_x") + story("two", "checkpoint: c", "action: utter_y")
    (conflict,) = conflicts(f"stories:\n{story('start', 'intent: a', 'checkpoint: c')}{text}")

    assert [decision.story for decision in conflict.decisions] == ["start > one", "start > two"]
    assert [decision.place.line for decision in conflict.decisions] == [9, 13]


def test_rules_are_left_aside() -> None:
    rule = "rules:\n- rule: r\n  steps:\n  - intent: a\n  - action: utter_z\n"

    assert conflicts(f"stories:\n{ONE}{rule}") == []


def test_after_words_instead_of_an_intent() -> None:
    first = story("one", "user: hello", "action: utter_x")
    second = story("two", "user: hello", "bot: hi")
    (conflict,) = conflicts(f"stories:\n{first}{second}")

    assert conflict.after == "the words 'hello'"
    assert {decision.action for decision in conflict.decisions} == {"utter_x", "hi"}


def test_runs_of_a_form_count_once() -> None:
    """What policies do not see, because a form's run is folded, is no contradiction."""
    steps = (
        "intent: a",
        "action: form",
        "active_loop: form",
        "intent: b",
        "action: form",
        "active_loop: null",
    )
    first = story("one", *steps, "action: utter_x")
    second = story("two", *steps[:3], *steps[5:], "action: utter_x")

    assert conflicts(f"stories:\n{first}{second}") == []
