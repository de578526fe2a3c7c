"""Fine-tuning: allowed where Rasa allows it, refused with what stands in the way, and what comes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from turnwise.errors import UsageError
from turnwise.project.project import Project
from turnwise.training.archive import read_archive
from turnwise.training.cache import FileCache
from turnwise.training.finetuning import earlier_model
from turnwise.training.train import Training, TrainingResult


@pytest.fixture
def model(root: Path) -> Path:
    change(root / "config.yml", "- name: RulePolicy", "- name: RulePolicy\n- name: TEDPolicy\n  epochs: 9")
    (root / "data/stories.yml").write_text(
        "stories:\n- story: s\n  steps:\n  - intent: greet\n  - action: utter_hi\n  - intent: bye\n"
    )
    return Training(project=Project(root)).run(root / "models").model


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def fine_tuned(root: Path, *, cache: FileCache | None = None) -> TrainingResult:
    """A training that goes on from the newest model."""
    training = Training(project=Project(root), cache=cache)
    training.earlier = earlier_model(training, root / "models")
    return training.run(root / "fine-tuned", name="model")


def did(result: TrainingResult) -> dict[str, str]:
    return {part.name: part.did for part in result.parts}


def test_what_has_not_changed_is_taken_from_the_model(root: Path, model: Path) -> None:
    """No cache is needed for that, and the weights are the same."""
    result = fine_tuned(root)

    assert not result.changed
    assert read_archive(result.model)[1] == read_archive(model)[1]


def test_more_stories_are_learnt_from_the_weights_that_are_there(root: Path, model: Path) -> None:
    """Words and settings that may change do not get in the way; RulePolicy has nothing to go on from."""
    change(root / "data/stories.yml", "- intent: bye\n", "- intent: bye\n  - action: utter_hi\n")
    change(root / "config.yml", "epochs: 9", "epochs: 8")
    change(root / "domain.yml", "Hi.", "Hello.")
    cache = FileCache(root / "cache")
    result = fine_tuned(root, cache=cache)

    assert did(result)["TEDPolicy"] == "fine-tuned"
    assert did(result)["RulePolicy"] == "trained"
    assert result.changed
    assert did(fine_tuned(root, cache=cache))["TEDPolicy"] == "restored"


def test_what_was_fine_tuned_is_not_taken_for_trained(root: Path, model: Path) -> None:
    """A training without `--finetune` gives what it always gives, whatever the cache holds."""
    change(root / "data/stories.yml", "- intent: bye\n", "- intent: bye\n  - action: utter_hi\n")
    cache = FileCache(root / "cache")
    fine_tuned(root, cache=cache)
    result = Training(project=Project(root), cache=cache).run(root / "anew")

    assert did(result)["TEDPolicy"] == "trained"


@pytest.mark.parametrize(
    ("file", "old", "new", "named"),
    [
        (
            "config.yml",
            "- name: CountVectorsFeaturizer",
            "- name: LexicalSyntacticFeaturizer",
            "another pipe",
        ),
        (
            "config.yml",
            "- name: RulePolicy",
            "- name: RulePolicy\n- name: MemoizationPolicy",
            "other policies",
        ),
        ("domain.yml", "[greet, bye]", "[greet, bye, thanks]", "another domain"),
        ("data/nlu.yml", "intent: bye", "intent: ciao", "does not know the intents ciao"),
        ("data/nlu.yml", "- goodbye", "- '[Ann](name), goodbye'", "does not know the entities name"),
        ("data/nlu.yml", "- intent: bye\n  examples: |\n    - so long\n    - goodbye\n", "", "intents bye"),
    ],
)
def test_another_shape_of_model_is_refused(
    root: Path, model: Path, file: str, old: str, new: str, named: str
) -> None:
    change(root / file, old, new)
    with pytest.raises(UsageError, match=named):
        fine_tuned(root)


@pytest.mark.parametrize(("part", "missing"), [("nlu", "has no dialogue part"), ("core", "has no NLU part")])
def test_half_a_model_goes_on_to_the_same_half(root: Path, model: Path, part: str, missing: str) -> None:
    def training() -> Training:
        return Training(project=Project(root), nlu=part == "nlu", core=part == "core")

    half = training().run(root / "halves").model
    assert earlier_model(training(), half).archive == half
    with pytest.raises(UsageError, match=missing):
        earlier_model(Training(project=Project(root)), half)


def test_without_a_model_there_is_nothing_to_go_on_from(root: Path) -> None:
    with pytest.raises(UsageError, match="no model found"):
        fine_tuned(root)


def test_no_epochs_learn_nothing(root: Path, model: Path) -> None:
    with pytest.raises(UsageError, match="--epoch-fraction"):
        earlier_model(Training(project=Project(root)), model, epoch_fraction=0.0)
