"""The policy in TEDPolicy's place: it carries over from stories to conversations that are in none."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

from tests.policies.learned_bots import NO_RULES, Lesson, conversation, decisions, lesson, said
from turnwise.dialogue.domain import ACTION_LISTEN
from turnwise.dialogue.events import ActionExecuted, SlotSet
from turnwise.dialogue.visible_turns import RuleOnly
from turnwise.policies.dialogue_features import ANY_TIME, LATELY
from turnwise.policies.ensemble import Ensemble
from turnwise.policies.learned import LearnedPolicy
from turnwise.policies.learned_familiarity import IN_THE_DARK, ON_KNOWN_GROUND
from turnwise.policies.learned_network import Reason
from turnwise.policies.learned_settings import LearnedSettings
from turnwise.policies.policy import Prediction
from turnwise.training.policies import load_ensemble, train_policies

RULE_FALLBACK = 0.3
CONFIG = {"name": "TEDPolicy", "max_history": 5, "epochs": 100, "constrain_similarities": True}

E2E_DOMAIN = """
version: "3.1"
intents: [greet, order]
actions: [utter_greet, utter_order]
"""

E2E_STORIES = """
version: "3.1"
stories:
- story: by intent
  steps:
  - intent: greet
  - action: utter_greet
  - intent: order
  - action: utter_order
- story: by text
  steps:
  - user: do you deliver to the island
  - bot: Yes, every Tuesday.
- story: by another text
  steps:
  - user: can I pay with cheese
  - action: utter_order
"""


@pytest.fixture(scope="module")
def mood() -> Lesson:
    return lesson(augmentation=50)


@pytest.fixture(scope="module")
def policy(mood: Lesson) -> LearnedPolicy:
    return trained(mood)


@pytest.fixture(scope="module")
def end_to_end() -> Lesson:
    return lesson(E2E_DOMAIN, E2E_STORIES)


def trained(lesson: Lesson, **settings: object) -> LearnedPolicy:
    return LearnedPolicy.train(CONFIG | settings, lesson.conversations, lesson.domain)


def predicted(policy: LearnedPolicy, lesson: Lesson, *happened: str) -> Prediction:
    prediction = policy.predict(conversation(lesson.domain, *happened), lesson.domain, NO_RULES)
    assert prediction is not None
    return prediction


def test_it_is_sure_of_its_own_stories(policy: LearnedPolicy, mood: Lesson) -> None:
    """A handful of stories is enough to know what they say."""
    for tracker, action in decisions(mood):
        prediction = policy.predict(tracker, mood.domain, NO_RULES)
        assert prediction is not None
        assert prediction.best(mood.domain) == action
        assert prediction.confidence > 0.8


@pytest.mark.parametrize(
    ("happened", "action"),
    [
        (["/mood_great"], "utter_happy"),
        (["/mood_unhappy"], "utter_cheer_up"),
        (["/greet", "utter_greet", "/greet"], "utter_greet"),
        (["/greet", "utter_greet", "/greet", "utter_greet"], ACTION_LISTEN),
        (["/greet", "utter_greet", "/greet", "utter_greet", "/mood_unhappy"], "utter_cheer_up"),
        (
            [
                "/mood_unhappy",
                "utter_cheer_up",
                "utter_did_that_help",
                "/deny",
                "utter_goodbye",
                "/mood_great",
            ],
            "utter_happy",
        ),
    ],
)
def test_it_carries_over_to_conversations_in_no_story(
    policy: LearnedPolicy, mood: Lesson, happened: list[str], action: str
) -> None:
    """Where a message means the same as in the stories it beats the fallback of RulePolicy."""
    prediction = predicted(policy, mood, *happened)

    assert prediction.best(mood.domain) == action
    assert prediction.confidence > RULE_FALLBACK


@pytest.mark.parametrize("happened", [["/goodbye"], ["/greet", "utter_greet", "/bot_challenge"]])
def test_it_does_not_pretend_to_know_what_no_story_answers(
    policy: LearnedPolicy, mood: Lesson, happened: list[str]
) -> None:
    """After an intent that is in no story, RulePolicy's fallback wins."""
    assert predicted(policy, mood, *happened).confidence <= IN_THE_DARK < RULE_FALLBACK


def test_where_stories_part_it_acts_all_the_same() -> None:
    """Six ways to go on are each improbable, and all better than the fallback."""
    ways = "".join(
        f"- story: way {number}\n  steps:\n  - intent: ask\n  - action: utter_{number}\n"
        for number in range(6)
    )
    actions = ", ".join(f"utter_{number}" for number in range(6))
    bot = lesson(f"intents: [ask]\nactions: [{actions}]", f"stories:\n{ways}")

    assert predicted(trained(bot), bot, "/ask").confidence == ON_KNOWN_GROUND > RULE_FALLBACK


def test_it_never_answers_a_message_by_silence_that_stories_do_not_keep(
    policy: LearnedPolicy, mood: Lesson
) -> None:
    """To listen on right after a message is learned from stories that do, and else never predicted."""
    assert ACTION_LISTEN not in predicted(policy, mood, "/deny").scores


def test_a_story_may_answer_by_silence() -> None:
    """A message that stories leave unanswered is left unanswered."""
    silent = lesson(
        "intents: [greet, sigh]\nactions: [utter_greet]",
        "stories:\n- story: s\n  steps:\n  - intent: sigh\n  - intent: greet\n  - action: utter_greet",
    )
    assert predicted(trained(silent), silent, "/sigh").best(silent.domain) == ACTION_LISTEN


def test_a_multi_intent_is_known_by_its_parts() -> None:
    """`a+b` is more than a name: it shares what was learned of `a` and of `b`."""
    bot = lesson(
        "intents: [thank, bye, thank+bye, ask, ask+bye]\nactions: [utter_bye, utter_answer]",
        """
stories:
- story: one
  steps: [{intent: ask}, {action: utter_answer}, {intent: thank+bye}, {action: utter_bye}]
- story: two
  steps: [{intent: ask}, {action: utter_answer}, {intent: ask}, {action: utter_answer}]
""",
    )
    prediction = predicted(trained(bot), bot, "/ask", "utter_answer", "/bye")

    assert prediction.best(bot.domain) == "utter_bye"
    assert prediction.confidence > RULE_FALLBACK


@pytest.mark.parametrize(("value", "action"), [(True, "utter_member"), (False, "utter_guest")])
def test_slots_decide_as_they_do_in_stories(value: bool, action: str) -> None:
    """What a slot holds is seen as the features of its type."""
    bot = lesson(
        """
intents: [ask]
actions: [utter_member, utter_guest]
slots:
  member: {type: bool, mappings: [{type: custom}]}
""",
        """
stories:
- story: one
  steps: [{slot_was_set: [{member: true}]}, {intent: ask}, {action: utter_member}]
- story: two
  steps: [{slot_was_set: [{member: false}]}, {intent: ask}, {action: utter_guest}]
""",
    )
    tracker = conversation(bot.domain, SlotSet(name="member", value=value), "/ask")
    prediction = trained(bot).predict(tracker, bot.domain, NO_RULES)

    assert prediction is not None
    assert prediction.best(bot.domain) == action


def test_what_only_rules_speak_of_is_not_seen(policy: LearnedPolicy, mood: Lesson) -> None:
    """Turns that rules hid, and loops of rules only, do not change the prediction."""
    hidden = [
        said("bot_challenge"),
        ActionExecuted(name="utter_goodbye", hide_rule_turn=True),
        ActionExecuted(name=ACTION_LISTEN, hide_rule_turn=True),
    ]
    plain = conversation(mood.domain, "/greet", "utter_greet", "/mood_great")
    begun = conversation(mood.domain, "/greet", "utter_greet")
    between = begun.after_all([ActionExecuted(name=ACTION_LISTEN), *hidden, said("mood_great")])

    rule_only = RuleOnly()
    assert policy.predict(between, mood.domain, rule_only) == policy.predict(plain, mood.domain, rule_only)


def test_rules_are_not_learned(mood: Lesson) -> None:
    """A bot that has rules only gets no opinion from this policy."""
    rules = lesson(
        "intents: [greet]\nactions: [utter_greet]",
        "rules:\n- rule: r\n  steps:\n  - intent: greet\n  - action: utter_greet",
    )
    untrained = trained(rules)

    assert predicted(untrained, rules, "/greet").scores == {}
    assert LearnedPolicy.load(CONFIG, untrained.dump()).network is None


def test_actions_that_left_the_domain_are_not_predicted(policy: LearnedPolicy) -> None:
    """A model may meet a newer domain."""
    smaller = lesson("intents: [greet]\nactions: [utter_greet]", "stories: []")
    assert predicted(policy, smaller, "/mood_great").scores.keys() <= {"utter_greet", ACTION_LISTEN}


# -- end to end ----------------------------------------------------------------------------------


def test_a_known_text_wins_over_the_intent(end_to_end: Lesson) -> None:
    """Words of an end-to-end story lead to what it does, whatever the intent was taken for."""
    message = said("greet", "Do you deliver to the island?")
    tracker = conversation(end_to_end.domain, message)
    prediction = trained(end_to_end).predict(tracker, end_to_end.domain, NO_RULES)

    assert prediction is not None
    assert prediction.is_end_to_end
    assert prediction.best(end_to_end.domain) == "Yes, every Tuesday."


@pytest.mark.parametrize("text", ["hello there", "what about the weather", "island"])
def test_other_words_leave_the_decision_to_the_intent(end_to_end: Lesson, text: str) -> None:
    """A text must resemble one of a story to count."""
    tracker = conversation(end_to_end.domain, said("greet", text))
    prediction = trained(end_to_end).predict(tracker, end_to_end.domain, NO_RULES)

    assert prediction is not None
    assert not prediction.is_end_to_end
    assert prediction.best(end_to_end.domain) == "utter_greet"


def test_the_threshold_says_how_sure_a_text_must_be(end_to_end: Lesson) -> None:
    """`e2e_confidence_threshold: 1.0` leaves every decision to intents."""
    tracker = conversation(end_to_end.domain, said("greet", "do you deliver to the island"))
    prediction = trained(end_to_end, e2e_confidence_threshold=1.0).predict(
        tracker, end_to_end.domain, NO_RULES
    )
    assert prediction is not None
    assert not prediction.is_end_to_end


def test_without_end_to_end_stories_texts_are_not_looked_at(policy: LearnedPolicy, mood: Lesson) -> None:
    """The words of a message change nothing."""
    one, other = (
        policy.predict(conversation(mood.domain, said("greet", text)), mood.domain, NO_RULES)
        for text in ("hi", "utter_goodbye mood_great")
    )
    assert one == other


# -- explanations --------------------------------------------------------------------------------


def test_it_names_what_weighed_most(policy: LearnedPolicy, mood: Lesson) -> None:
    """The intent just said, not the turns before it, is why the assistant is happy."""
    tracker = conversation(mood.domain, "/greet", "utter_greet", "/mood_great")
    explanation = policy.explain(tracker, mood.domain, NO_RULES, most=3)

    assert explanation is not None
    assert explanation.action == "utter_happy"
    assert explanation.rival in mood.domain.action_names
    first = explanation.reasons[0]
    assert (first.ago, first.name) in {(0, "mood_great"), (-1, "mood_great")}
    assert first.weight > 0
    assert len(explanation.reasons) == 3


def test_the_ensemble_tells_what_decided(
    policy: LearnedPolicy, mood: Lesson, caplog: pytest.LogCaptureFixture
) -> None:
    """On request, and in the log for those who debug."""
    tracker = conversation(mood.domain, "/greet", "utter_greet", "/mood_great")
    ensemble = Ensemble([policy])
    told = ensemble.explain(tracker, mood.domain)["TEDPolicy"]
    with caplog.at_level("DEBUG"):
        ensemble.predict(tracker, mood.domain)

    assert told["action"] == "utter_happy"
    assert told["features"][0].keys() == {"kind", "text", "when", "weight"}
    assert "policy.why policy=TEDPolicy action=utter_happy" in caplog.text


@pytest.mark.parametrize(
    ("kind", "ago", "words"),
    [
        ("intent", 0, "now"),
        ("intent", 1, "1 turn ago"),
        ("action", 2, "2 steps ago"),
        ("action", ANY_TIME, "at any time"),
        ("entity", LATELY, "lately"),
    ],
)
def test_reasons_say_when_it_was(kind: str, ago: int, words: str) -> None:
    assert Reason(kind, ago, "x", 0.5).when == words


def test_nothing_learned_explains_nothing(mood: Lesson) -> None:
    """An untrained policy has no reasons."""
    untrained = LearnedPolicy.train(CONFIG, [], mood.domain)
    assert untrained.explain(conversation(mood.domain, "/greet"), mood.domain, NO_RULES) is None


# -- settings and files --------------------------------------------------------------------------


def test_settings_of_ted_are_accepted() -> None:
    """Those that mean nothing here are told, and never an error."""
    config = CONFIG | {"embedding_dimension": 20, "priority": 7, "featurizer": []}

    assert LearnedSettings.read(config) == LearnedSettings(priority=7, max_history=5, epochs=100)
    assert LearnedSettings.idle(config) == ["constrain_similarities", "embedding_dimension"]


def test_max_history_bounds_what_is_seen(mood: Lesson) -> None:
    """With one state, what came before the last message has no effect."""
    short_sighted = trained(mood, max_history=1)
    assert predicted(short_sighted, mood, "/affirm") == predicted(
        short_sighted, mood, "/greet", "utter_greet", "/mood_unhappy", "utter_cheer_up", "/affirm"
    )


def test_a_saved_policy_predicts_the_same(policy: LearnedPolicy, mood: Lesson) -> None:
    """Nothing is lost in the files, and none of them needs pickle."""
    files = policy.dump()
    loaded = LearnedPolicy.load(CONFIG, files)

    for tracker, _ in decisions(mood):
        assert loaded.predict(tracker, mood.domain, NO_RULES) == policy.predict(
            tracker, mood.domain, NO_RULES
        )
    assert loaded.dump() == files
    assert {name.rpartition(".")[2] for name in files} == {"json", "npy"}


def test_the_ensemble_trains_and_loads_it_by_rasas_name(mood: Lesson) -> None:
    """`name: TEDPolicy` in config.yml is enough."""
    files, _ = train_policies([CONFIG], lambda: mood.conversations, mood.domain, "")
    ensemble = load_ensemble([CONFIG], files)
    prediction = ensemble.predict(conversation(mood.domain, "/greet"), mood.domain)

    assert prediction.policy == "TEDPolicy"
    assert prediction.best(mood.domain) == "utter_greet"


_TRAIN_ELSEWHERE = """
import hashlib, json
from tests.policies.learned_bots import lesson
from turnwise.policies.learned import LearnedPolicy
mood = lesson(augmentation=50)
files = LearnedPolicy.train({"max_history": 5}, mood.conversations, mood.domain).dump()
print(json.dumps({name: hashlib.sha256(content).hexdigest() for name, content in files.items()}))
"""


def test_the_same_stories_give_the_same_bytes() -> None:
    """Whatever the seed of hashes, the number of threads, and the instructions used for products."""
    digests = [
        json.loads(
            subprocess.run(
                [sys.executable, "-c", _TRAIN_ELSEWHERE],
                env={"PYTHONPATH": ".", **environment},
                capture_output=True,
                check=True,
                timeout=60,
            ).stdout
        )
        for environment in (
            {"PYTHONHASHSEED": "1"},
            {"PYTHONHASHSEED": "2", "OPENBLAS_CORETYPE": "Prescott", "OPENBLAS_NUM_THREADS": "1"},
        )
    ]
    assert digests[0] == digests[1]


def test_serving_needs_numpy_only(policy: LearnedPolicy, mood: Lesson) -> None:
    """SciPy is for training; the module of the policy does not load it."""
    code = "import sys, turnwise.policies.learned, turnwise.policies.unlikely_intent; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert not {"scipy", "sklearn"} & set(run.stdout.split())


def test_a_few_stories_take_no_time(mood: Lesson) -> None:
    """Well under a second on any machine, however many epochs are asked for."""
    trained(mood)  # loads SciPy
    began = time.process_time()
    trained(mood, epochs=10_000)
    assert time.process_time() - began < 1.0
