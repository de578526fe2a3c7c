"""A domain of several files, and what NLU data and stories add to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from turnwise.dialogue.domain import Domain
from turnwise.errors import ProjectErrors
from turnwise.project.domain_build import build_domain
from turnwise.project.domain_file import load_domain, read_domain
from turnwise.project.domain_merge import DomainSource, with_training_data
from turnwise.project.findings import Findings


def folder(root: Path, **files: str) -> Path:
    for name, text in files.items():
        path = root / f"{name.replace('__', '/')}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def test_sections_are_united_and_the_first_definition_counts(tmp_path: Path) -> None:
    """Files are taken in the order of their paths, so that every machine makes the same domain."""
    domain = load_domain(
        folder(
            tmp_path,
            b="intents: [{greet: {use_entities: []}}, bye]\nresponses: {utter_a: [{text: second}]}\n",
            a="intents: [greet]\nentities: [city]\nresponses: {utter_a: [{text: first}], utter_b: []}\n",
            sub__c="intents: [late]\nslots: {city: {type: text, mappings: []}}\nactions: [action_x]\n",
        )
    )

    assert domain.source["intents"] == ["bye", "greet", "late"]
    assert domain.intents["greet"].used_entities == {"city"}
    assert domain.responses["utter_a"] == ({"text": "first"},)
    assert domain.user_actions == ("action_x",)
    assert domain.slots["city"].place.file.endswith("sub/c.yml")


def test_what_is_defined_twice_is_noted_with_both_places(tmp_path: Path) -> None:
    findings = Findings()
    read_domain(folder(tmp_path, a="intents: [greet]\n", b="intents:\n- hi\n- greet\n"), findings)

    assert len(findings.notices) == 1
    notice = findings.notices[0]
    assert (Path(notice.place.file).name, notice.place.line) == ("b.yml", 3)
    assert "a.yml:1 counts" in notice.text


@pytest.mark.parametrize(
    ("first", "second", "minutes"),
    [
        ("session_expiration_time: 60", "session_expiration_time: 5", 5),
        ("session_expiration_time: 7", "session_expiration_time: 5", 7),
    ],
)
def test_the_first_session_config_that_is_not_the_default_counts(
    tmp_path: Path, first: str, second: str, minutes: int
) -> None:
    domain = load_domain(
        folder(tmp_path, a=f"session_config:\n  {first}\n", b=f"session_config:\n  {second}\n")
    )

    assert domain.session.expiration_minutes == minutes


def test_bot_texts_are_a_sorted_set(tmp_path: Path) -> None:
    domain = load_domain(folder(tmp_path, a="e2e_actions: [z, b]\n", b="e2e_actions: [b, a]\n"))

    assert domain.action_texts == ("a", "b", "z")


def test_a_form_known_already_is_no_action_of_a_later_file(tmp_path: Path) -> None:
    """Otherwise it would become the action server's business."""
    domain = load_domain(
        folder(tmp_path, a="forms: {f: {required_slots: []}}\n", b="actions: [f, action_x]\n")
    )

    assert domain.user_actions == ("action_x",)


def test_only_domain_files_of_a_folder_count(tmp_path: Path) -> None:
    """Other YAML is left aside, even if it cannot be parsed; responses of NLU files belong to the domain."""
    domain = load_domain(
        folder(
            tmp_path,
            domain="intents: [a]\n",
            nlu="nlu: []\nresponses: {utter_faq/x: [{text: x}]}\n",
            stories="stories: []\n",
            chart="{{ template }}: [\n",
            flow="{entities: [e]}\n",
        )
    )

    assert set(domain.source) == {"intents", "entities", "responses", "session_config", "version"}


def test_mistakes_of_all_files_are_listed_at_once(tmp_path: Path) -> None:
    with pytest.raises(ProjectErrors) as caught:
        load_domain(folder(tmp_path, a="intents: 1\n", b="slots: 1\n", c="responses: [\n"))

    assert [Path(error.place.file).name for error in caught.value.errors] == ["a.yml", "b.yml", "c.yml"]


class TestTrainingData:
    """What stock Rasa made of the same project."""

    def extended(self, tmp_path: Path) -> Domain:
        domain = """
intents:
- faq: {use_entities: [city]}
- order: {use_entities: [city]}
entities: [city, name]
responses: {utter_hi: [{text: domain}], utter_faq/b: [{text: domain}]}
actions: [action_x]
"""
        source = with_training_data(
            read_domain(folder(tmp_path, domain=domain), Findings()),
            retrieval_intents=["other", "faq"],
            responses={"utter_hi": ({"text": "nlu"},), "utter_faq/a": ({"text": "a"},)},
            response_places={},
            action_texts=["hi there"],
        )
        return build_domain(source, Findings())

    def test_retrieval_intents_get_a_marker_and_an_action(self, tmp_path: Path) -> None:
        domain = self.extended(tmp_path)

        assert domain.retrieval_intents == {"faq", "other"}
        assert domain.user_actions == ("action_x", "utter_faq", "utter_other")

    def test_their_own_use_of_entities_is_lost(self, tmp_path: Path) -> None:
        """An oddity of Rasa that conversations depend on; what was lost stands in the serialised domain."""
        domain = self.extended(tmp_path)

        assert domain.intents["faq"].used_entities == {"city", "name"}
        assert domain.intents["order"].used_entities == {"city"}
        assert domain.source["intents"][0] == {
            "faq": {"used_entities": ["city"], "is_retrieval_intent": True}
        }

    def test_responses_of_nlu_files_replace_those_of_the_domain(self, tmp_path: Path) -> None:
        domain = self.extended(tmp_path)

        assert domain.responses["utter_hi"] == ({"text": "nlu"},)
        assert domain.responses["utter_faq/b"] == ({"text": "domain"},)

    def test_bot_texts_are_predictable(self, tmp_path: Path) -> None:
        domain = self.extended(tmp_path)

        assert domain.action_texts == ("hi there",)
        assert domain.action_names[-1] == "hi there"


def test_without_training_data_nothing_changes() -> None:
    source = DomainSource(data={"intents": ["a"]})

    assert (
        with_training_data(
            source, retrieval_intents=(), responses={}, response_places={}, action_texts=()
        ).data
        == source.data
    )
