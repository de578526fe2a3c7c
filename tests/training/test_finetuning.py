"""Fine-tuning: allowed where Rasa allows it, and refused with what stands in the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from turnwise.errors import UsageError
from turnwise.project.project import Project
from turnwise.training.finetuning import check_finetuning
from turnwise.training.train import Training


@pytest.fixture
def model(root: Path) -> Path:
    return Training(project=Project(root)).run(root / "models").model


def test_more_examples_may_be_learnt(root: Path, model: Path) -> None:
    nlu = root / "data/nlu.yml"
    nlu.write_text(nlu.read_text() + "    - farewell\n")
    assert check_finetuning(Project(root), root / "models") == model


@pytest.mark.parametrize(
    ("file", "old", "new", "named"),
    [
        (
            "config.yml",
            "- name: CountVectorsFeaturizer",
            "- name: CountVectorsFeaturizer\n  max_ngram: 2",
            "pipeline",
        ),
        ("config.yml", "- name: RulePolicy", "- name: RulePolicy\n- name: MemoizationPolicy", "policies"),
        ("domain.yml", "[greet, bye]", "[greet, bye, thanks]", "domain"),
    ],
)
def test_another_shape_of_model_is_refused(
    root: Path, model: Path, file: str, old: str, new: str, named: str
) -> None:
    path = root / file
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(UsageError, match=named):
        check_finetuning(Project(root), model)


def test_without_a_model_there_is_nothing_to_go_on_from(root: Path) -> None:
    with pytest.raises(UsageError, match="no model found"):
        check_finetuning(Project(root), root / "models")
