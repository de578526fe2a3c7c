"""The ensemble: the surest policy wins, then the one of higher priority; no vote is asked for in vain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from turnwise.dialogue.domain import Domain
from turnwise.dialogue.tracker import Tracker
from turnwise.dialogue.visible_turns import RuleOnly
from turnwise.policies.ensemble import Ensemble
from turnwise.policies.policy import Prediction
from turnwise.project.domain_file import domain_from_text

DOMAIN = domain_from_text("actions: [pack, fly, land]")


@dataclass
class Opinion:
    """A policy that always says the same, and counts how often it is asked."""

    scores: Mapping[str, float]
    priority: int = 1
    only_votes: bool = False
    is_end_to_end: bool = False
    name: str = "Opinion"
    asked: int = field(default=0, compare=False)

    def predict(self, tracker: Tracker, domain: Domain, rule_only: RuleOnly) -> Prediction | None:
        self.asked += 1
        return Prediction(
            policy=self.name, priority=self.priority, scores=self.scores, is_end_to_end=self.is_end_to_end
        )

    def dump(self) -> Mapping[str, bytes]:
        return {}


def predicted(*policies: Opinion) -> Prediction:
    return Ensemble(policies).predict(Tracker.start(DOMAIN), DOMAIN)


def test_the_surest_wins_whatever_its_priority() -> None:
    assert predicted(Opinion({"fly": 0.9}, priority=6), Opinion({"pack": 0.95})).best(DOMAIN) == "pack"


def test_of_equally_sure_ones_the_higher_priority_wins_then_the_first() -> None:
    assert predicted(Opinion({"fly": 1.0}), Opinion({"pack": 1.0}, priority=3)).best(DOMAIN) == "pack"
    assert predicted(Opinion({"fly": 1.0}), Opinion({"pack": 1.0})).best(DOMAIN) == "fly"


def test_what_the_text_led_to_outweighs_what_others_are_certain_of() -> None:
    end_to_end = Opinion({"pack": 0.4}, is_end_to_end=True)
    assert predicted(Opinion({"fly": 1.0}, priority=6), end_to_end).best(DOMAIN) == "pack"


def test_a_vote_that_cannot_win_is_not_asked_for() -> None:
    outvoted = Opinion({"pack": 1.0}, only_votes=True)
    heard = Opinion({"pack": 1.0})
    predicted(outvoted, heard, Opinion({"fly": 1.0}, priority=6))
    assert (outvoted.asked, heard.asked) == (0, 1)


OPINIONS = st.builds(
    Opinion,
    scores=st.dictionaries(st.sampled_from(DOMAIN.action_names), st.sampled_from([0.0, 0.3, 0.8, 1.0])),
    priority=st.integers(1, 6),
    only_votes=st.booleans(),
    name=st.sampled_from("abc"),
)


@given(st.lists(OPINIONS, max_size=6))
def test_not_asking_changes_no_prediction(opinions: list[Opinion]) -> None:
    """The same as if everyone had been asked."""
    everyone = [replace(opinion, only_votes=False) for opinion in opinions]
    assert predicted(*opinions) == predicted(*everyone)
