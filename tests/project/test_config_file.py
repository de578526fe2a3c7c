"""Reading config.yml, and the changes that training makes to it."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from turnwise.errors import ProjectError
from turnwise.project.config_file import DEFAULT_PIPELINE, DEFAULT_POLICIES, config_from_text
from turnwise.project.config_rewriting import with_assistant_id, with_automatic_parts
from turnwise.project.dated_names import dated_name


class TestReading:
    def test_everything_arrives(self) -> None:
        config = config_from_text("""
recipe: default.v1
assistant_id: my_bot
language: en
pipeline:
- name: WhitespaceTokenizer
- name: my.Component
  option: 1
policies:
- name: RulePolicy
importers:
- name: RasaFileImporter
imports: [../other]
spaces: [{name: x}]
own: {key: 1}
""")

        assert (config.assistant_id, config.language) == ("my_bot", "en")
        assert [item.name for item in config.pipeline or ()] == ["WhitespaceTokenizer", "my.Component"]
        assert (config.pipeline or ())[1].settings == {"option": 1}
        assert str((config.policies or ())[0].place) == "config.yml:10: policies > 1"
        assert config.imports == ("../other",)
        assert config.raw["own"] == {"key": 1}
        assert config.automatic == ()

    @pytest.mark.parametrize("text", ["", "pipeline:\npolicies:\n", "pipeline: null\n"])
    def test_what_is_left_open_gets_defaults(self, text: str) -> None:
        config = config_from_text(text)

        assert config.automatic == ("pipeline", "policies")
        assert config.completed().pipeline == DEFAULT_PIPELINE
        assert config.completed().policies == DEFAULT_POLICIES

    def test_an_empty_list_means_none(self) -> None:
        config = config_from_text("pipeline: []\npolicies: []\n")

        assert config.automatic == ()
        assert config.completed().pipeline == ()

    @pytest.mark.parametrize("text", ["", "assistant_id:\n", "assistant_id: placeholder_default\n"])
    def test_an_id_that_nobody_chose_is_none(self, text: str) -> None:
        assert config_from_text(text).assistant_id is None

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("- a", "expected a mapping"),
            ("recipe: default.v2", "did you mean 'default.v1'"),
            ("language: 5", "expected a text"),
            ("pipeline: supervised_embeddings", "ended with Rasa 2"),
            ("pipeline:\n- WhitespaceTokenizer", "expected a mapping"),
            ("pipeline:\n- nam: x", "'name' is missing"),
            ("policies: {a: 1}", "expected a list"),
            ("imports: x", "expected a list"),
        ],
    )
    def test_what_is_refused(self, text: str, words: str) -> None:
        with pytest.raises(ProjectError, match=r"config\.yml:\d") as caught:
            config_from_text(text)

        assert words in str(caught.value)


class TestAssistantId:
    def test_it_tells_when_it_was_made(self) -> None:
        now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        made = dated_name(now, random.Random(1))

        assert made.startswith("20260102-030405-")
        assert made == dated_name(now, random.Random(1))
        assert len(made.split("-")) == 4

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("assistant_id: placeholder_default\nlanguage: en\n", "assistant_id: x\nlanguage: en\n"),
            ("a: 1\nassistant_id:   # choose one\nb: 2\n", "a: 1\nassistant_id: x   # choose one\nb: 2\n"),
            ("assistant_id: 'old' # why\n", "assistant_id: x # why\n"),
            (
                "# head\n\nrecipe: default.v1 # r\nlanguage: en\n",
                "# head\n\nrecipe: default.v1 # r\nassistant_id: x\nlanguage: en\n",
            ),
            ("# head\n\nlanguage: en\n", "# head\n\nassistant_id: x\nlanguage: en\n"),
            ("recipe: default.v1", "recipe: default.v1\nassistant_id: x\n"),
            ("", "assistant_id: x\n"),
            ("nested:\n  assistant_id: y\n", "assistant_id: x\nnested:\n  assistant_id: y\n"),
        ],
    )
    def test_it_is_written_and_nothing_else_changes(self, before: str, after: str) -> None:
        assert with_assistant_id(before, "x") == after
        assert config_from_text(with_assistant_id(before, "x")).assistant_id == "x"


class TestAutomaticParts:
    def test_defaults_stand_as_comments_below_their_key(self) -> None:
        text = with_automatic_parts("language: en\npipeline:\npolicies: []\n", ["pipeline"])

        assert text.startswith("language: en\npipeline:\n# Nothing was chosen")
        assert "\n#   - name: DIETClassifier\n#     epochs: 100\n" in text
        assert text.endswith("\npolicies: []\n")

    @pytest.mark.parametrize(
        ("comment", "kept"),
        [
            ("# # No configuration for the NLU pipeline was provided.\n#   - name: Stale\n", False),
            ("# Nothing was chosen for the pipeline, so …\n#   - name: Stale\n", False),
            ("# Stale, but ours\n", True),
        ],
    )
    def test_only_comments_of_a_training_are_replaced(self, comment: str, kept: bool) -> None:
        text = with_automatic_parts(f"pipeline:\n{comment}policies: []\n", ["pipeline"])

        assert ("Stale" in text) is kept
        assert "DIETClassifier" in text

    def test_missing_keys_come_at_the_end(self) -> None:
        text = with_automatic_parts("language: en", ["pipeline", "policies"])

        assert text.index("\n\npipeline:\n#") < text.index("\n\npolicies:\n#")

    def test_twice_is_once(self) -> None:
        once = with_automatic_parts("language: en\n", ["pipeline", "policies"])

        assert with_automatic_parts(once, ["pipeline", "policies"]) == once

    def test_the_comments_are_the_defaults(self) -> None:
        """Whoever removes the first '#' of each line has what was used before."""
        text = with_automatic_parts("language: en\n", ["pipeline", "policies"])
        restored = "\n".join(
            line[1:] if line.startswith("#   ") else line
            for line in text.splitlines()
            if line.startswith("#   ") or not line.startswith("#")
        )
        config = config_from_text(restored)

        assert [(i.name, i.settings) for i in config.pipeline or ()] == [
            (i.name, i.settings) for i in DEFAULT_PIPELINE
        ]
        assert [(i.name, i.settings) for i in config.policies or ()] == [
            (i.name, i.settings) for i in DEFAULT_POLICIES
        ]
