"""Models for a comparison: every configuration, on the same ever fewer stories."""

from __future__ import annotations

import json
from pathlib import Path

from turnwise.policies.memoization import MemoizationPolicy
from turnwise.project.project import Project
from turnwise.training.comparison import train_for_comparison
from turnwise.training.model import load_assistant

STORIES = "".join(
    f"- story: s{number}\n  steps:\n"
    + "  - intent: bye\n  - action: utter_hi\n" * number
    + "  - intent: greet\n  - action: utter_hi\n"
    for number in range(1, 5)
)


def test_each_share_has_its_model_and_rules_always_stay(root: Path) -> None:
    (root / "data/stories.yml").write_text(f'version: "3.1"\nstories:\n{STORIES}')
    config = root / "config.yml"
    config.write_text(config.read_text() + "- name: MemoizationPolicy\n")
    archives = train_for_comparison([Project(root)], root / "out", runs=2, percentages=[0, 50])

    assert [path.relative_to(root / "out").as_posix() for path in archives] == [
        "run_1/config__percentage__0.tar.gz",
        "run_1/config__percentage__50.tar.gz",
        "run_2/config__percentage__0.tar.gz",
        "run_2/config__percentage__50.tar.gz",
    ]
    assert json.loads((root / "out/num_stories.json").read_text()) == [4, 2]
    assert _windows(archives[1]) < _windows(archives[0])


def _windows(archive: Path) -> int:
    ensemble = load_assistant(archive).ensemble
    assert ensemble is not None
    memory = next(policy for policy in ensemble.policies if isinstance(policy, MemoizationPolicy))
    return len(memory.actions)
