"""The NLU half of `rasa test`: one model, cross-validation, or a comparison of configurations."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from turnwise.cli.console import Progress, print_error, print_info, print_warning
from turnwise.cli.paths import existing_path, optional_path
from turnwise.cli.test import plots_for, report_options, tested_model

if TYPE_CHECKING:
    from turnwise.dialogue.domain import Domain
    from turnwise.evaluation.cross_validation import CrossValidation
    from turnwise.project.nlu_data import NLUData


def run_nlu_test(args: argparse.Namespace) -> None:
    """Tests understanding as the flags say.

    Raises:
        UsageError: a path does not exist.
        ProjectError: the data, or a configuration, are at fault.
    """
    data = existing_path(args.nlu, flag="--nlu", default="data")
    Path(args.out or "results").mkdir(parents=True, exist_ok=True)
    configs = _configs(args.config)
    if len(configs) > 1:
        _compare(args, data, configs)
    elif args.cross_validation:
        _cross_validate(args, data, configs[0] if configs else None)
    else:
        _test_model(args, data)


def _configs(given: list[str] | None) -> list[Path]:
    """The configurations that are meant: those named, or all files of the one folder that is named."""
    paths = [Path(path) for path in given or ()]
    if len(paths) == 1 and paths[0].is_dir():
        return sorted(path for path in paths[0].iterdir() if path.suffix in (".yml", ".yaml"))
    return paths


def _data(args: argparse.Namespace, data: Path) -> tuple[NLUData, Domain]:
    """The NLU data, with what the domain says of responses, and that domain.

    Raises:
        ProjectError: the data have mistakes; those of stories that may stand beside them do not matter here.
    """
    from turnwise.project.nlu_file import load_nlu
    from turnwise.project.project import Project

    load_nlu(data)
    domain = optional_path(args.domain, flag="--domain", default="domain.yml" if args.domain else None)
    project = Project(domain=domain or args.domain or "domain.yml", data=data, config=None)
    return project.nlu, project.domain


def _test_model(args: argparse.Namespace, data: Path) -> None:
    from turnwise.evaluation.nlu_scores import evaluate_model

    assistant = tested_model(existing_path(args.model, flag="--model", default="models"))
    if assistant is None:
        return
    if not assistant.nlu.components:
        print_error("The model has no NLU part to be tested\n  fix: train one with `rasa train`")
        return
    tested, _ = _data(args, data)
    with Progress() as progress:
        evaluation = evaluate_model(
            tested.examples, assistant, options=report_options(args), progress=progress
        )
    _tell(evaluation)
    print_info(f"Reports are in '{args.out}'.")


def _cross_validate(args: argparse.Namespace, data: Path, config: Path | None) -> None:
    from turnwise.evaluation.cross_validation import cross_validate
    from turnwise.project.config_file import load_config
    from turnwise.training.train import plain

    settings = load_config(existing_path(config, flag="--config", default="config.yml")).completed()
    tested, domain = _data(args, data)
    with Progress() as progress:
        validation = cross_validate(
            tested,
            plain(settings.pipeline),
            folds=args.folds,
            language=settings.language or "en",
            responses=domain.responses,
            progress=progress,
        )
    _tell(validation.evaluation(report_options(args)))
    _tell_spreads(validation)
    print_info(f"Reports over all {args.folds} folds are in '{args.out}'.")


def _compare(args: argparse.Namespace, data: Path, configs: list[Path]) -> None:
    from turnwise.evaluation.nlu_comparison import compare_configurations

    for config in configs:
        existing_path(config, flag="--config")
    out = Path(args.out)
    with Progress() as progress:
        compared = compare_configurations(
            configs,
            _data(args, data)[0],
            out,
            runs=args.runs,
            excluded=args.percentages,
            plots=plots_for(args),
            progress=progress,
        )
    for name, runs in compared.scores.items():
        means = [sum(column) / len(column) for column in zip(*runs, strict=True)]
        print_info(f"{name}: F1 {', '.join(f'{mean:.3f}' for mean in means)}")
    print_info(f"examples: {', '.join(map(str, compared.amounts))}")
    print_info(f"Results are in '{out}'.")


def _tell(evaluation: Mapping[str, Any]) -> None:
    from turnwise.evaluation.entity_scores import TOGETHER

    lines = {
        "Intents": evaluation["intent_evaluation"],
        "Responses": evaluation["response_selection_evaluation"],
        **{
            f"Entities ({'all together' if name == TOGETHER else name})": one
            for name, one in (evaluation["entity_evaluation"] or {}).items()
        },
    }
    for name, found in lines.items():
        if found:
            scores = (f"{key} {found[field]:.3f}" for key, field in _SCORES.items())
            print_info(f"{name}: {', '.join(scores)}, {len(found['errors'])} errors")
    if not any(lines.values()):
        print_warning("The data hold nothing that can be measured: at least two intents are needed.")


_SCORES = {"accuracy": "accuracy", "F1": "f1_score", "precision": "precision"}


def _tell_spreads(validation: CrossValidation) -> None:
    for part in ("train", "test"):
        for measured, scores in validation.spreads(part).items():
            shown = (f"{name} {mean:.3f} ± {spread:.3f}" for name, (mean, spread) in scores.items())
            print_info(f"{part} {measured}: {', '.join(shown)}")
