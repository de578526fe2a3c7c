"""Training: only what changed, the same weights everywhere, and a clear no to what cannot be trained."""

from __future__ import annotations

from pathlib import Path

import pytest

from turnwise.errors import ProjectError, UsageError
from turnwise.project.project import Project
from turnwise.training.archive import read_archive
from turnwise.training.cache import FileCache
from turnwise.training.dry_run import needs_training
from turnwise.training.model import load_assistant
from turnwise.training.train import Training, TrainingResult


def train(root: Path, **settings: object) -> TrainingResult:
    cache = FileCache(root / "cache")
    return Training(project=Project(root), cache=cache, **settings).run(root / "models")  # type: ignore[arg-type]  # settings of the one test


def did(result: TrainingResult) -> dict[str, str]:
    return {part.name: part.did for part in result.parts}


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_what_has_not_changed_is_not_trained_again(root: Path) -> None:
    assert train(root).changed
    assert not train(root).changed


def test_a_forced_training_learns_the_same(root: Path) -> None:
    """Which entities an intent lets through counts in it, and a text said twice is one action."""
    domain = "intents: [greet, {bye: {use_entities: []}}]\nentities: [name]"
    change(root / "domain.yml", "intents: [greet, bye]", domain)
    change(root / "config.yml", "- name: RulePolicy", "- name: RulePolicy\n- name: MemoizationPolicy")
    told = "  - intent: bye\n    entities: [name]\n  - bot: So long.\n"
    (root / "data" / "stories.yml").write_text(f"stories:\n- story: s\n  steps:\n{told}{told}")
    caches = (FileCache(root / "cache"), None)
    models = [Training(project=Project(root), cache=cache).run(root / "models").model for cache in caches]
    learned, forced = (read_archive(model)[1] for model in models)

    assert learned == forced
    memory = next(content for name, content in forced.items() if name.endswith("memory.json"))
    assert b'"intent": "bye"' in memory
    assert b'"entities"' not in memory.replace(b'"entities": []', b"")


@pytest.mark.parametrize(
    ("file", "old", "new", "trained"),
    [
        ("data/nlu.yml", "- hello", "- hallo", {"CountVectorsFeaturizer", "LogisticRegressionClassifier"}),
        ("data/rules.yml", "intent: greet", "intent: bye", {"RulePolicy"}),
        (
            "config.yml",
            "- name: RulePolicy",
            "- name: RulePolicy\n  core_fallback_threshold: 0.4",
            {"RulePolicy"},
        ),
        ("domain.yml", "text: Hi.", "text: Hello.", set()),
        ("data/nlu.yml", "- intent: greet", "- regex: r\n  examples: |\n    - [0-9]\n- intent: greet", set()),
        ("data/rules.yml", "rules:", "stories:\n- story: s\n  steps: [intent: bye]\nrules:", {"RulePolicy"}),
    ],
)
def test_only_what_depends_on_a_change_is_trained(
    root: Path, file: str, old: str, new: str, trained: set[str]
) -> None:
    train(root)
    change(root / file, old, new)
    assert {name for name, what in did(train(root)).items() if what == "trained"} == trained


def test_a_dry_run_tells_without_training(root: Path) -> None:
    cache = FileCache(root / "cache")
    assert needs_training(Project(root), cache, augmentation=50)
    train(root)
    assert not needs_training(Project(root), cache, augmentation=50)
    change(root / "data/rules.yml", "intent: greet", "intent: bye")
    assert needs_training(Project(root), cache, augmentation=50)


def test_the_same_data_give_the_same_weights(root: Path) -> None:
    """Nothing in the archive but its metadata knows when or where it was made."""
    first, second = (Training(project=Project(root)).run(root / name).model for name in ("one", "two"))
    assert read_archive(first)[1] == read_archive(second)[1]


@pytest.mark.parametrize(
    ("missing", "prefix", "words"),
    [("data/nlu.yml", "core-", "only the dialogue part"), ("data/rules.yml", "nlu-", "only the NLU part")],
)
def test_half_a_project_gives_half_a_model(root: Path, missing: str, prefix: str, words: str) -> None:
    (root / missing).unlink()
    result = train(root)
    assert result.model.name.startswith(prefix)
    assert any(words in str(notice) for notice in result.notices)


def test_a_model_knows_its_language(root: Path) -> None:
    """As the training knew it: which numbers and dates are read, which locale Duckling is asked in."""
    change(root / "config.yml", "language: en", "language: de")
    change(root / "config.yml", "pipeline:", "pipeline:\n- name: QuantityEntityExtractor")
    found = load_assistant(train(root).model).understand("drei Wochen")

    assert [entity["text"] for entity in found["entities"]] == ["drei Wochen"]


def test_without_data_there_is_nothing_to_train(root: Path) -> None:
    for file in (root / "data").iterdir():
        file.unlink()
    with pytest.raises(UsageError, match="nothing to train on"):
        train(root)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("- name: RulePolicy", "- name: RulePolcy", 9, "did you mean 'RulePolicy'"),
        ("- name: RulePolicy", "- name: FallbackPolicy", 9, "did you mean 'RulePolicy'"),
        ("- name: RulePolicy", "- name: RulePolicy\n  core_fallback_action_name: action_x", 9, "action_x"),
        ("- name: CountVectorsFeaturizer", "- name: CountVectorFeaturizer", 6, "CountVectorsFeaturizer"),
        ("- name: WhitespaceTokenizer", "- name: tokenizer_whitespace", 5, "'WhitespaceTokenizer'"),
    ],
)
def test_a_configuration_that_cannot_work_is_refused(
    root: Path, old: str, new: str, line: int, words: str
) -> None:
    """The message names the line of what is wrong, and today's name for what has another by now."""
    change(root / "config.yml", old, new)
    with pytest.raises(ProjectError, match=words) as caught:
        train(root)
    assert f"config.yml:{line}: " in str(caught.value)


def test_settings_without_effect_are_named_once(root: Path) -> None:
    """Those of policies as those of components."""
    config = root / "config.yml"
    change(config, "- name: RulePolicy", "- name: RulePolicy\n- name: TEDPolicy\n  drop_rate: 0.3")
    change(config, "- name: LogisticRegressionClassifier", "- name: DIETClassifier\n  batch: 3")
    notices = [str(notice) for notice in train(root).notices]

    assert notices.count("TEDPolicy: no effect here: drop_rate") == 1
    assert notices.count("DIETClassifier: no effect here: batch") == 1


def test_of_settings_that_nobody_wrote_nothing_is_said(root: Path) -> None:
    """The automatic pipeline and policies have Rasa's hyperparameters."""
    text = (root / "config.yml").read_text()
    (root / "config.yml").write_text(text[: text.index("pipeline:")])

    assert train(root).notices == []
