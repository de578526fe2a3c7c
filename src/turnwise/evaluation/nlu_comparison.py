"""Comparing configurations: each is trained on ever less data, several times, and tested on the same rest."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from turnwise.errors import TurnwiseError, UsageError
from turnwise.evaluation.cross_validation import without_rare_intents
from turnwise.evaluation.json_files import write_json
from turnwise.evaluation.nlu_results import nlu_results
from turnwise.evaluation.nlu_scores import evaluate_nlu, reading_of
from turnwise.evaluation.options import ReportOptions
from turnwise.evaluation.plots import Plots
from turnwise.project.nlu_data import Example, NLUData
from turnwise.project.nlu_writer import nlu_yaml
from turnwise.project.project import Project
from turnwise.project.splitting import split_examples
from turnwise.training.model import load_assistant
from turnwise.training.train import Training

log = logging.getLogger(__name__)

FEWEST = 5
"""Examples an intent needs to take part."""
TRAINED = 0.8
"""Share of the data that is trained with in each run; the rest is tested with."""
SEED = 42

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class NluComparison:
    """Scores of several configurations."""

    scores: Mapping[str, Sequence[Sequence[float]]]
    """F1 of the intents, by configuration, run and share of the data; 0 where the training failed."""
    amounts: Sequence[int]
    """How many examples there were to learn from, by share of the data."""


def compare_configurations(
    configs: Sequence[Path],
    data: NLUData,
    out: Path,
    *,
    runs: int = 3,
    excluded: Sequence[int] = (0, 25, 50, 75),
    plots: Plots | None = None,
    progress: Progress | None = None,
) -> NluComparison:
    """Trains and tests every configuration, and writes models, data and reports below `out`.

    Args:
        excluded: Shares of the training data that are left out, in percent.

    Raises:
        UsageError: two configurations have the same name, or the data are too few.
    """
    names = [config.stem for config in configs]
    if len(set(names)) < len(names):
        raise UsageError("--config: two files have the same name, by which reports tell them apart")
    data = without_rare_intents(data, FEWEST)
    if not data.examples:
        raise UsageError(f"no intent has {FEWEST} examples, so nothing can be compared")
    scores: dict[str, list[list[float]]] = {name: [[] for _ in range(runs)] for name in names}
    amounts: list[int] = []
    steps = _Steps(progress, runs * len(excluded) * len(configs))
    for run in range(runs):
        chance = random.Random(SEED + run)
        train, test = split_examples(data, TRAINED, chance)
        folder = out / f"run_{run + 1}"
        _write_text(folder / "test.yml", nlu_yaml(replace(test, responses={})))
        for percent in excluded:
            part = _reduced(train, percent, chance)
            if run == 0:
                amounts.append(len(part.examples))
            files = folder / f"{percent}%_exclusion"
            _write_text(files / "train" / "train.yml", nlu_yaml(replace(part, responses={})))
            _write_text(files / "train" / "responses.yml", nlu_yaml(NLUData(responses=data.responses)))
            for config, name in zip(configs, names, strict=True):
                scores[name][run].append(_score(config, name, files, test.examples))
                steps.one_more(name)
    write_json(out / "results.json", scores)
    if plots:
        plots.curves(
            scores,
            amounts,
            x_label="Examples present during training",
            y_label="F1 of the intents, weighted by their number",
            path=out / "nlu_model_comparison_graph.pdf",
        )
    return NluComparison(scores=scores, amounts=amounts)


@dataclass(slots=True)
class _Steps:
    """Tells how much is done."""

    progress: Progress | None
    total: int
    done: int = 0

    def one_more(self, name: str) -> None:
        self.done += 1
        if self.progress:
            self.progress(f"comparison ({name})", self.done / self.total)


def _reduced(train: NLUData, percent: int, chance: random.Random) -> NLUData:
    """`train` without so many percent of its examples, taken from each intent."""
    return split_examples(train, 1 - percent / 100, chance)[0] if percent else train


def _score(config: Path, name: str, files: Path, test: Sequence[Example]) -> float:
    """F1 of the intents by the model of one configuration; 0 if it could not be trained."""
    try:
        project = Project(domain=files / "no domain", data=files / "train", config=config)
        result = Training(project=project, core=False).run(files, name=name)
    except TurnwiseError as error:
        log.warning("comparison.failed config=%s reason=%s", config, error)
        return 0.0
    results = nlu_results(test, reading_of(load_assistant(result.model)))
    evaluation = evaluate_nlu(results, ReportOptions(out=files / f"{name}_report"))
    intents = evaluation["intent_evaluation"]
    return float(intents["f1_score"]) if intents else 0.0


def _write_text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
