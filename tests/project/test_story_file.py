"""Reading stories and rules: what each step means, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from turnwise.dialogue import events as ev
from turnwise.errors import ProjectError, ProjectErrors
from turnwise.project.domain_file import domain_from_text
from turnwise.project.findings import Findings
from turnwise.project.story_file import load_stories, read_story_document, stories_from_text
from turnwise.project.story_steps import FULL_RETRIEVAL_INTENT, StoryGraph, StoryStep
from turnwise.project.yaml import parse_yaml

DOMAIN = domain_from_text("""
intents: [a, b, faq]
slots:
  city: {type: text, mappings: []}
  tags: {type: list, mappings: []}
  flag: {type: bool, mappings: []}
  quiet: {type: bool, influence_conversation: false, mappings: []}
""")


def story(steps: str, **kwargs: Any) -> StoryGraph:
    """A story whose steps are the lines of `steps`; its first step stands on line 4."""
    indented = "".join(f"  {line}\n" for line in steps.splitlines())
    return stories_from_text(f"stories:\n- story: s\n  steps:\n{indented}", DOMAIN, **kwargs)


def rule(text: str) -> StoryStep:
    """A rule whose keys are `text`."""
    indented = "".join(f"  {line}\n" for line in text.splitlines())
    (step,) = stories_from_text(f"rules:\n- rule: r\n{indented}", DOMAIN).steps
    return step


def shown(event: ev.Event) -> tuple[Any, ...]:
    """An event as a short tuple."""
    match event:
        case ev.UserUttered():
            return ("user", event.text, event.intent_name, [dict(entity) for entity in event.entities])
        case ev.ActionExecuted():
            return ("action", event.name) if event.name else ("says", event.action_text)
        case ev.SlotSet():
            return ("slot", event.name, event.value)
        case ev.ActiveLoop():
            return ("loop", event.name)
        case _:
            return (event.kind,)


def events(graph: StoryGraph) -> list[tuple[Any, ...]]:
    (step,) = graph.steps
    return [shown(event) for event in step.events]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("- intent: a", ("user", None, "a", [])),
        ("- intent: /a", ("user", None, "a", [])),
        ("- intent: faq/ask", ("user", None, "faq", [])),
        (
            "- intent: a\n  entities:\n  - {city: Rome, role: to, group: g}\n  - city\n  - city: 3\n  - x:",
            (
                "user",
                None,
                "a",
                [
                    {"entity": "city", "value": "Rome", "role": "to", "group": "g"},
                    {"entity": "city", "value": ""},
                    {"entity": "city", "value": 3},
                    {"entity": "x"},
                ],
            ),
        ),
        (
            "- user: to [Rome](city)",
            ("user", "to Rome", None, [{"start": 3, "end": 7, "value": "Rome", "entity": "city"}]),
        ),
        (
            '- user: \'[r]{"entity": "city", "role": "to", "value": "Rome"}\'\n  intent: a\n  entities: [x]',
            ("user", "r", "a", [{"start": 0, "end": 1, "value": "Rome", "entity": "city", "role": "to"}]),
        ),
        (
            '- user: \'/a{"city": ["x", "y"]}\'\n  intent: b',
            (
                "user",
                '/a{"city": ["x", "y"]}',
                "b",
                [
                    {"entity": "city", "value": "x", "start": 2, "end": 22},
                    {"entity": "city", "value": "y", "start": 2, "end": 22},
                ],
            ),
        ),
        ("- action: utter_x", ("action", "utter_x")),
        ("- action: action", ("action", "action")),
        ("- action: restart", ("restart",)),
        ("- action: rewind", ("rewind",)),
        ("- action: undo", ("undo",)),
        ("- action: pause", ("pause",)),
        ("- action: resume", ("resume",)),
        ("- action: reset_slots", ("reset_slots",)),
        ("- action: session_started", ("session_started",)),
        ("- action: export", ("export",)),
        ("- bot: Hello!", ("says", "Hello!")),
        ("- active_loop: order_form", ("loop", "order_form")),
        ("- active_loop: null", ("loop", None)),
        ("- slot_was_set:\n  - city: Rome", ("slot", "city", "Rome")),
        ("- slot_was_set:\n  - city: null", ("slot", "city", None)),
        ("- slot_was_set:\n  - city: {a: 1}", ("slot", "city", {"a": 1})),
        ("- slot_was_set:\n  - city", ("slot", "city", "filled")),
        ("- slot_was_set:\n  - tags", ("slot", "tags", ["filled"])),
        ("- slot_was_set:\n  - flag", ("slot", "flag", None)),
        ("- slot_was_set:\n  - unknown: 1", ("slot", "unknown", 1)),
    ],
)
def test_what_a_step_means(steps: str, expected: tuple[Any, ...]) -> None:
    assert events(story(steps)) == [expected]


def test_several_slots_of_one_step_are_set_in_order() -> None:
    graph = story("- slot_was_set:\n  - city: a\n    flag: true\n  - tags")

    assert events(graph) == [("slot", "city", "a"), ("slot", "flag", True), ("slot", "tags", ["filled"])]


def test_every_event_knows_its_line() -> None:
    (step,) = story("- intent: a\n- action: x\n- slot_was_set:\n  - city: a\n  - flag: true").steps

    assert [place.line for place in step.places] == [4, 5, 7, 8]
    assert str(step.places[1]) == "stories.yml:5: story 's' > steps > 2 > action"


class TestTestStories:
    def test_full_retrieval_intents_are_kept_there(self) -> None:
        graph = story("- user: who are you\n  intent: faq/ask_name", file="tests/test_faq.yml")
        turn = graph.steps[0].events[0]

        assert graph.steps[0].is_test
        assert isinstance(turn, ev.UserUttered)
        assert turn.intent[FULL_RETRIEVAL_INTENT] == "faq/ask_name"
        assert turn.intent_name == "faq"

    def test_elsewhere_they_are_noted(self) -> None:
        graph = story("- intent: faq/ask_name")

        assert not graph.steps[0].is_test
        assert "faq/ask_name" in graph.notices[0].text


class TestCheckpoints:
    def blocks(self, steps: str) -> list[tuple[list[str], list[str], int]]:
        """Start and end checkpoints of each block, and how many events it has."""
        return [
            ([c.name for c in step.start], [c.name for c in step.end], len(step.events))
            for step in story(steps).steps
        ]

    def test_a_story_without_them_is_one_block(self) -> None:
        assert self.blocks("- intent: a\n- action: x") == [(["STORY_START"], [], 2)]

    def test_they_cut_a_story_into_blocks(self) -> None:
        found = self.blocks(
            "- checkpoint: c\n- checkpoint: d\n- intent: a\n- checkpoint: e\n- checkpoint: f\n- intent: b"
        )

        assert found == [(["c", "d"], ["e", "f"], 1), (["e", "f"], [], 1)]

    def test_at_the_end_nothing_follows(self) -> None:
        assert self.blocks("- intent: a\n- checkpoint: c") == [(["STORY_START"], ["c"], 1)]

    def test_alone_they_make_no_block(self) -> None:
        assert self.blocks("- checkpoint: c") == []

    def test_conditions_belong_to_the_start(self) -> None:
        (step,) = story("- checkpoint: c\n  slot_was_set:\n  - city: Rome\n  - flag: true\n- intent: a").steps

        assert step.start[0].conditions == {"city": "Rome", "flag": True}

    def test_later_conditions_are_noted_and_ignored(self) -> None:
        graph = story("- intent: a\n- checkpoint: c\n  slot_was_set:\n  - city: Rome\n- action: x")

        assert graph.steps[1].start[0].conditions == {}
        assert graph.notices[0].place.line == 5

    def test_a_condition_without_a_value_skips_the_checkpoint(self) -> None:
        graph = story("- checkpoint: c\n  slot_was_set:\n  - city\n- intent: a")

        assert [checkpoint.name for checkpoint in graph.steps[0].start] == ["STORY_START"]
        assert graph.notices


class TestOr:
    def test_each_alternative_makes_a_block_and_one_goes_on(self) -> None:
        first, second, rest = story("- or:\n  - intent: a\n  - intent: b\n- action: x").steps

        assert [shown(step.events[0])[2] for step in (first, second)] == ["a", "b"]
        assert first.end == second.end == rest.start
        assert rest.start[0].is_generated

    def test_each_slot_is_an_alternative(self) -> None:
        steps = story(
            "- or:\n  - slot_was_set:\n    - city: a\n    - flag: true\n  - slot_was_set:\n    - flag: false"
        ).steps

        assert [shown(step.events[0]) for step in steps] == [
            ("slot", "city", "a"),
            ("slot", "flag", True),
            ("slot", "flag", False),
        ]

    @pytest.mark.parametrize(
        ("steps", "count"), [("- or: []\n- action: x", 1), ("- or:\n  - intent: a\n- action: x", 2)]
    )
    def test_one_alternative_needs_no_checkpoint(self, steps: str, count: int) -> None:
        (step,) = story(steps).steps

        assert len(step.events) == count

    def test_texts_cannot_be_alternatives(self) -> None:
        graph = story("- or:\n  - user: hi\n  - user: hello\n- action: x")

        assert events(graph) == [("action", "x")]
        assert graph.notices

    def test_the_generated_name_is_the_same_every_time(self) -> None:
        text = "- or:\n  - intent: a\n  - intent: b"

        assert story(text).steps[0].end == story(text).steps[0].end


class TestRules:
    def test_anything_may_have_happened_before(self) -> None:
        step = rule("steps:\n- intent: a\n- action: x")

        assert [shown(event) for event in step.events] == [
            ("action", "..."),
            ("user", None, "a", []),
            ("action", "x"),
        ]
        assert step.is_rule

    def test_unless_it_starts_the_conversation(self) -> None:
        step = rule("conversation_start: true\nsteps:\n- intent: a")

        assert [shown(event) for event in step.events] == [("user", None, "a", [])]

    def test_conditions_come_first_and_null_means_absent(self) -> None:
        step = rule(
            "condition:\n- active_loop: order_form\n- slot_was_set:\n  - flag: true\n  - city:\n  - quiet\n"
            "steps:\n- action: order_form\n- active_loop: null\n- slot_was_set:\n  - city: null"
        )

        assert [shown(event) for event in step.events] == [
            ("loop", "order_form"),
            ("slot", "flag", True),
            ("slot", "city", "should_not_be_set"),
            ("slot", "quiet", "should_not_be_set"),
            ("action", "..."),
            ("action", "order_form"),
            ("loop", "should_not_be_set"),
            ("slot", "city", "should_not_be_set"),
        ]

    def test_without_waiting_anything_may_follow(self) -> None:
        step = rule("wait_for_user_input: false\nsteps:\n- intent: a\n- action: x")

        assert shown(step.events[-1]) == ("action", "...")


@pytest.mark.parametrize(
    "steps",
    [
        "- intent:",
        "- action:",
        "- action: ''",
        "- bot:",
        "- {}",
        "- slot_was_set:\n  - [a]",
        "- slot_was_set:\n  - flag",
        "- action: restart",
        "- intent: a\n  entities:\n  - role: x",
        "- user: '[x](city)'\n  intent: a\n  entities: [city]",
    ],
)
def test_what_is_doubtful_is_noted(steps: str) -> None:
    graph = story(steps)

    assert len(graph.notices) == 1
    assert graph.notices[0].place.file == "stories.yml"


@pytest.mark.parametrize(
    "text",
    [
        "stories:\n- story: x\n",
        "stories:\n- story: x\n  steps: []\n",
        "rules:\n- rule: x\n  condition:\n  - active_loop: f\n",
    ],
)
def test_a_story_without_steps_is_skipped(text: str) -> None:
    graph = stories_from_text(text, DOMAIN)

    assert not graph.steps
    assert "no steps" in graph.notices[0].text


@pytest.mark.parametrize("name", ["", "''"])
def test_a_story_without_a_name_is_read(name: str) -> None:
    graph = stories_from_text(f"stories:\n- story: {name}\n  steps:\n  - intent: a\n", DOMAIN)

    assert graph.steps[0].name == ""
    assert graph.notices


REFUSED: list[tuple[str, str]] = [
    ("stories: x", "expected a list"),
    ("stories:\n- x", "expected a mapping"),
    ("stories:\n- foo: x", "unknown key 'foo'"),
    ("stories:\n- rule: x\n  steps:\n  - intent: a", "unknown key 'rule'"),
    ("stories:\n- story: 5\n  steps:\n  - intent: a", "expected a text, found the number 5"),
    ("stories:\n- story: s\n  steps:\n  - foo", "expected a mapping"),
    ("stories:\n- story: s\n  steps:\n  - intnt: a", "did you mean 'intent'"),
    ("stories:\n- story: s\n  steps:\n  - intent: 5", "expected a text"),
    ("stories:\n- story: s\n  steps:\n  - intent: a\n    action: b", "unknown key 'action'"),
    ("stories:\n- story: s\n  steps:\n  - bot: a\n    action: b", "unknown key 'bot'"),
    ("stories:\n- story: s\n  steps:\n  - action: 5", "expected a text"),
    ("stories:\n- story: s\n  steps:\n  - action: slot", "name of an event"),
    ("stories:\n- story: s\n  steps:\n  - action: reminder", "name of an event"),
    ("stories:\n- story: s\n  steps:\n  - checkpoint: 5", "expected a text"),
    ("stories:\n- story: s\n  steps:\n  - active_loop: 5", "expected a text"),
    ("stories:\n- story: s\n  steps:\n  - user:\n    intent: a", "expected a text, found nothing"),
    ("stories:\n- story: s\n  steps:\n  - user: '[x]{bad}'", "no JSON object"),
    ("stories:\n- story: s\n  steps:\n  - user: '/a{bad}'", "no JSON object"),
    ("stories:\n- story: s\n  steps:\n  - slot_was_set: city", "expected a list"),
    ("stories:\n- story: s\n  steps:\n  - slot_was_set:\n    - citi", "did you mean 'city'"),
    ("stories:\n- story: s\n  steps:\n  - or:\n    - action: a", "'or' takes intents or slots"),
    ("stories:\n- story: s\n  steps:\n  - or:\n    - slot_was_set:\n      - nope", "unknown slot"),
    ("stories:\n- story: s\n  steps:\n  - intent: a\n    entities: city", "expected a list"),
    ("stories:\n- story: s\n  steps:\n  - intent: a\n    entities:\n    - 5", "expected a mapping"),
    (
        "stories:\n- story: s\n  steps:\n  - intent: a\n    entities:\n    - city: x\n      role: 5",
        "expected a text",
    ),
    ("rules:\n- rule: 5\n  steps:\n  - intent: a", "expected a text"),
    ("rules:\n- rule: r\n  steps:\n  - bot: a", "a rule cannot have the step 'bot'"),
    ("rules:\n- rule: r\n  steps:\n  - checkpoint: a", "a rule cannot have the step 'checkpoint'"),
    ("rules:\n- rule: r\n  conversation_start: 1\n  steps:\n  - action: a", "expected true or false"),
    (
        "rules:\n- rule: r\n  condition:\n  - intent: a\n  steps:\n  - action: a",
        "a condition cannot be 'intent'",
    ),
    ("rules:\n- rule: r\n  condition: {active_loop: f}\n  steps:\n  - action: a", "expected a list"),
]


@pytest.mark.parametrize(("text", "words"), REFUSED, ids=[text for text, _ in REFUSED])
def test_what_is_refused(text: str, words: str) -> None:
    """What stock Rasa refuses is refused, with the place, the problem and a remedy."""
    with pytest.raises(ProjectError, match=r"^stories\.yml:\d") as caught:
        stories_from_text(text, DOMAIN)

    assert words in str(caught.value)
    assert caught.value.fix


def test_all_mistakes_are_listed_at_once() -> None:
    with pytest.raises(ProjectErrors) as caught:
        story("- foo: a\n- intent: 5\n- or:\n  - action: x")

    assert [error.place.line for error in caught.value.errors] == [4, 5, 7]


def test_what_is_right_is_read_beside_mistakes() -> None:
    findings = Findings()
    text = "stories:\n- story: a\n  steps:\n  - foo: a\n- story: b\n  steps:\n  - intent: a\n"
    steps = read_story_document(parse_yaml(text), DOMAIN, findings)

    assert [step.name for step in steps] == ["b"]
    assert len(findings.mistakes) == 1


def test_folders_are_read_with_test_files(tmp_path: Path) -> None:
    """Test conversations among the data are learnt from too: projects rely on it."""
    (tmp_path / "a.yml").write_text("rules:\n- rule: r\n  steps:\n  - intent: a\n")
    (tmp_path / "test_b.yml").write_text("stories:\n- story: t\n  steps:\n  - intent: a\n")
    (tmp_path / "nlu.yml").write_text("nlu: []\n")

    graph = load_stories(tmp_path, DOMAIN)

    assert [step.name for step in graph.stories] == ["t"]
    assert [step.name for step in graph.rules] == ["r"]
    assert [step.name for step in load_stories(tmp_path, DOMAIN, only_tests=True).steps] == ["t"]


def test_what_the_graph_knows_of_its_steps() -> None:
    graph = story(
        "- user: hi\n- bot: ho\n- slot_was_set:\n  - city: a\n- active_loop: f\n- active_loop: null"
    )

    assert graph.action_texts == ("ho",)
    assert graph.has_end_to_end_turns
    assert graph.slots_set == {"city"}
    assert graph.loops == {"f"}
    assert not story("- intent: a").has_end_to_end_turns
