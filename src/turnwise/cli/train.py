"""`rasa train [nlu|core]`: reads the project, checks it, trains what has changed, writes a model."""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from turnwise.cli.console import Progress, print_error, print_info, print_success, print_warning
from turnwise.cli.paths import domain_asked_for, existing_path, optional_path
from turnwise.errors import NothingToTrain, UsageError

if TYPE_CHECKING:
    from turnwise.project.project import Project
    from turnwise.training.train import Training, TrainingResult

NOTHING_TO_TRAIN, RETRAINING_NEEDED, FORCED = 0, 1, 8
"""Exit codes of a dry run."""
STORY_GRAPH = "story_blocks_connections.html"
"""What `--debug-plots` draws."""


def run(args: argparse.Namespace) -> int:
    """Trains; returns the exit code."""
    subcommand = getattr(args, "subcommand", None)
    if subcommand == "core" and len(args.config) > 1:
        return _train_for_comparison(args)
    project = _project(args, subcommand)
    if subcommand is None and not args.skip_validation and not _is_valid(project, args):
        return 1
    return _train(project, args, subcommand)


def train_for(args: argparse.Namespace) -> Path | None:
    """Trains for a command that needs a model; the archive, or None if the project has mistakes."""
    project = _project(args, None)
    if not _is_valid(project, args):
        return None
    return _trained(project, args, None).model


def _train_for_comparison(args: argparse.Namespace) -> int:
    """`train core` with several configurations: models for `rasa test core --evaluate-model-directory`."""
    from turnwise.training.comparison import train_for_comparison

    projects = [_project(args, "core", config=config) for config in args.config]
    with Progress() as progress:
        archives = train_for_comparison(
            projects,
            Path(args.out),
            runs=args.runs,
            percentages=[int(share) for share in args.percentages],
            augmentation=args.augmentation,
            progress=progress,
        )
    print_success(f"{len(archives)} models for the comparison are in '{args.out}'.")
    return 0


def _project(args: argparse.Namespace, subcommand: str | None, *, config: str | None = None) -> Project:
    from turnwise.project.project import Project

    config_path = existing_path(config or _only(args.config), flag="--config", default="config.yml")
    _ensure_assistant_id(config_path)
    domain = _domain(args, subcommand)
    data = {"nlu": "nlu", "core": "stories"}.get(subcommand or "", "data")
    given: str | Sequence[str] = getattr(args, data)
    paths = [given] if isinstance(given, str) else list(given)
    found = [optional_path(path, flag=f"--{data}", default="data") for path in dict.fromkeys(paths)]
    existing = dict.fromkeys(path for path in found if path is not None)
    project = Project(domain=domain or "domain.yml", data=list(existing), config=config_path)
    _require(project, "language")
    return project


def _domain(args: argparse.Namespace, subcommand: str | None) -> Path | None:
    """The domain that was asked for; None for the project's own.

    Raises:
        UsageError: a whole project is trained with a domain that does not exist.
    """
    if args.domain is None:
        return None
    default = "domain.yml" if subcommand else None
    return existing_path(domain_asked_for(args.domain), flag="--domain", default=default)


def _only(value: str | Sequence[str]) -> str:
    return value if isinstance(value, str) else value[0]


def _ensure_assistant_id(config: Path) -> None:
    """Gives the project an id, as every event carries it; a file that cannot be written goes without."""
    from turnwise.project.config_file import load_config
    from turnwise.project.config_rewriting import with_assistant_id
    from turnwise.project.dated_names import dated_name

    if load_config(config).assistant_id is not None:
        return
    chosen = dated_name(datetime.now().astimezone(), random.Random())
    print_warning(f"{config}: no 'assistant_id' is set; '{chosen}' is written into the file.")
    text = config.read_text(encoding="utf-8")
    try:
        config.write_text(with_assistant_id(text, chosen), encoding="utf-8")
    except OSError as error:
        print_warning(f"{config} cannot be written ({error.strerror}); set 'assistant_id' yourself.")


def _require(project: Project, key: str) -> None:
    if getattr(project.config, key) is None:
        raise UsageError(f"{project.config_path}: the key '{key}' is missing\n  fix: add `{key}: en`, say")


def _is_valid(project: Project, args: argparse.Namespace) -> bool:
    from turnwise.cli.validate import is_valid

    return is_valid(
        project,
        max_history=getattr(args, "validation_max_history", None),
        fail_on_warnings=getattr(args, "fail_on_validation_warnings", False),
    )


def _train(project: Project, args: argparse.Namespace, subcommand: str | None) -> int:
    if getattr(args, "dry_run", False):
        return _dry_run(project, args)
    try:
        result = _trained(project, args, subcommand)
    except NothingToTrain as error:
        if subcommand is None:
            raise
        print_error(str(error))  # the partial commands end well when they have nothing to do
        return 0
    _report(result)
    return 0


def _trained(project: Project, args: argparse.Namespace, subcommand: str | None) -> TrainingResult:
    from turnwise.training.cache import FileCache
    from turnwise.training.train import Training

    training = Training(
        project=project,
        nlu=subcommand != "core",
        core=subcommand != "nlu",
        augmentation=getattr(args, "augmentation", 50),
        keeps_nlu_data=getattr(args, "persist_nlu_data", False),
        cache=None if getattr(args, "force", False) else FileCache.of_environment(),
    )
    if getattr(args, "finetune", None) is not None:
        _go_on(training, args)
    with Progress() as progress:
        training.progress = progress
        result = training.run(Path(args.out), name=getattr(args, "fixed_model_name", None))
    _note_defaults(project)
    if getattr(args, "debug_plots", False):
        _draw_stories(project)
    return result


def _go_on(training: Training, args: argparse.Namespace) -> None:
    """Lets the training go on from the model that `--finetune` means."""
    from turnwise.training.finetuning import earlier_model

    fraction = 1.0 if args.epoch_fraction is None else args.epoch_fraction
    training.earlier = earlier_model(training, Path(args.finetune or args.out), epoch_fraction=fraction)
    print_info(f"Going on from '{training.earlier.archive}'.")


def _draw_stories(project: Project) -> None:
    from turnwise.cli.visualize import story_page

    Path(STORY_GRAPH).write_text(story_page(project, max_history=2), encoding="utf-8")
    print_info(f"The graph of the stories is in '{STORY_GRAPH}'.")


def _note_defaults(project: Project) -> None:
    """Shows in config.yml which defaults were used."""
    from turnwise.project.config_rewriting import with_automatic_parts

    config = project.config
    if not config.automatic or project.config_path is None:
        return
    path = Path(project.config_path)
    text = path.read_text(encoding="utf-8")
    noted = with_automatic_parts(text, config.automatic)
    if noted != text:
        try:
            path.write_text(noted, encoding="utf-8")
        except OSError as error:
            print_warning(f"{path} cannot be written ({error.strerror}); it does not show the defaults.")


def _report(result: TrainingResult) -> None:
    for notice in result.notices:
        print_warning(str(notice))
    for part in result.parts:
        print_info(f"{part.name:<32} {part.did:<18} {part.seconds:7.2f} s")
    if not result.changed:
        print_info("Nothing has changed since the last training.")
    print_success(f"Your model is trained and saved at '{result.model}'.")


def _dry_run(project: Project, args: argparse.Namespace) -> int:
    from turnwise.training.cache import FileCache
    from turnwise.training.dry_run import needs_training

    if args.force:
        print_warning("The training was forced: everything will be trained.")
        return FORCED
    if needs_training(project, FileCache.of_environment(), augmentation=args.augmentation):
        print_warning("The project has changed: training is needed.")
        return RETRAINING_NEEDED
    print_success("Nothing has changed: no training is needed.")
    return NOTHING_TO_TRAIN
