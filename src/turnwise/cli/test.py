"""`rasa test [core|nlu]`: how well a model converses and understands."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from turnwise.cli.console import Progress, print_error, print_info, print_success, print_warning
from turnwise.cli.paths import existing_path
from turnwise.errors import ModelError

if TYPE_CHECKING:
    from turnwise.assistant import Assistant
    from turnwise.evaluation.options import ReportOptions
    from turnwise.evaluation.plots import Plots
    from turnwise.evaluation.story_scores import StoryEvaluation


def run(args: argparse.Namespace) -> int:
    """Tests what is asked for. Mistakes of the model are no failure of the command; see the reports."""
    subcommand = getattr(args, "subcommand", None)
    if subcommand != "nlu":
        _test_core(args)
    if subcommand != "core":
        from turnwise.cli.nlu_test import run_nlu_test

        run_nlu_test(args)
    return 0


def report_options(args: argparse.Namespace) -> ReportOptions:
    """Which reports the flags ask for."""
    from turnwise.evaluation.options import ReportOptions

    return ReportOptions(
        out=Path(args.out or "results"),
        successes=args.successes,
        errors=not args.no_errors,
        warnings=not args.no_warnings,
        plots=plots_for(args),
    )


def plots_for(args: argparse.Namespace) -> Plots | None:
    """What draws pictures, unless none are wanted, or none can be drawn."""
    from turnwise.evaluation.plots import MISSING, open_plots

    if args.no_plot:
        return None
    plots = open_plots()
    if plots is None:
        print_warning(MISSING)
    return plots


def tested_model(path: Path) -> Assistant | None:
    """The model to test; None, with an error said, if there is none."""
    from turnwise.training.archive import find_model
    from turnwise.training.model import load_assistant

    try:
        file = find_model(path)
    except ModelError as error:
        print_error(str(error))
        return None
    return load_assistant(file)


def _test_core(args: argparse.Namespace) -> None:
    stories = existing_path(args.stories, flag="--stories", default="data")
    Path(args.out or "results").mkdir(parents=True, exist_ok=True)
    models = [args.model] if isinstance(args.model, str) else args.model
    if args.evaluate_model_directory:
        _compare_folder(args, Path(models[0]), stories)
    elif len(models) > 1:
        _compare_models(args, [existing_path(model, flag="--model") for model in models], stories)
    else:
        model = existing_path(models[0], flag="--model", default="models")
        _test_one(args, model, stories)


def _test_one(args: argparse.Namespace, model: Path, stories: Path) -> None:
    assistant = tested_model(model)
    if assistant is None:
        return
    if not assistant.has_core:
        print_error("The model has no policies, so stories cannot be tested\n  fix: train with `rasa train`")
        return
    if args.e2e and not assistant.nlu.components:
        print_warning("The model has no NLU part: of the users' words it understands /intent messages only.")
    from turnwise.evaluation.story_reports import write_story_reports
    from turnwise.evaluation.story_scores import conversations_below, evaluate_stories

    conversations = conversations_below(
        stories, assistant.domain, end_to_end=args.e2e, limit=args.max_stories
    )
    with Progress() as progress:
        evaluation = evaluate_stories(
            conversations,
            assistant,
            end_to_end=args.e2e,
            fails_early=args.fail_on_prediction_errors,
            progress=progress,
        )
    options = report_options(args)
    write_story_reports(evaluation, options)
    _tell(evaluation, options)


def _tell(evaluation: StoryEvaluation, options: ReportOptions) -> None:
    from turnwise.evaluation.story_reports import FAILED, SUCCESSFUL, WARNINGS

    found = evaluation.metrics()
    right, total = len(evaluation.successful), len(evaluation.stories)
    say = print_success if right == total else print_warning
    say(f"{right} of {total} stories are right.")
    targets, predictions = evaluation.action_labels
    correct = sum(a == b for a, b in zip(targets, predictions, strict=True))
    print_info(f"Actions: {correct} of {len(targets)} right")
    print_info(f"Accuracy {found.accuracy:.3f}, F1 {found.f1:.3f}, precision {found.precision:.3f}")
    files = {FAILED: options.errors, SUCCESSFUL: options.successes, WARNINGS: options.warnings}
    for name, is_written in files.items():
        if is_written:
            print_info(f"Written: {options.out / name}")


def _compare_models(args: argparse.Namespace, models: list[Path], stories: Path) -> None:
    from turnwise.evaluation.model_comparison import compare_models

    _tell_comparison(compare_models(models, stories, Path(args.out), end_to_end=args.e2e))


def _compare_folder(args: argparse.Namespace, model: Path, stories: Path) -> None:
    from turnwise.evaluation.model_comparison import compare_folder

    folder = existing_path(model, flag="--model", default="models")
    if folder.is_file():
        print_warning(f"--model: '{folder}' is a file; the models of its folder are compared.")
        folder = folder.parent
    with Progress() as progress:
        results = compare_folder(
            folder,
            stories,
            Path(args.out),
            end_to_end=args.e2e,
            plots=plots_for(args),
            progress=progress,
        )
    _tell_comparison(results)


def _tell_comparison(results: Mapping[str, Any]) -> None:
    for name, right in results.items():
        print_info(f"{name}: {right} stories right")
