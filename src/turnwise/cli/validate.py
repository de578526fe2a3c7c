"""`rasa data validate [stories]`, and the checks of `rasa train`."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from turnwise.cli.console import print_error, print_info, print_success, print_warning
from turnwise.cli.paths import domain_asked_for, existing_path, optional_path
from turnwise.errors import UsageError

if TYPE_CHECKING:
    from turnwise.project.project import Project
    from turnwise.training.validation import Finding

_DOUBTS = 10
"""How many doubts a training lists."""


def run(args: argparse.Namespace) -> int:
    """Lists what is wrong or doubtful; 1 if something fails."""
    from turnwise.project.project import DEFAULT_DOMAIN, Project

    config = optional_path(args.config, flag="--config", default="config.yml")
    domain = existing_path(domain_asked_for(args.domain), flag="--domain", default=DEFAULT_DOMAIN)
    data = [path for path in args.data if Path(path).exists()]
    for path in args.data:
        if path not in data:
            print_warning(f"--data: there is no '{path}'.")
    valid = is_valid(
        Project(domain=domain, data=data, config=config),
        max_history=args.max_history,
        fail_on_warnings=args.fail_on_warnings,
        only_stories=getattr(args, "subcommand", None) == "stories",
        hints=True,
    )
    if valid:
        print_success("The project is valid.")
    return 0 if valid else 1


def is_valid(
    project: Project,
    *,
    max_history: int | None = None,
    fail_on_warnings: bool = False,
    only_stories: bool = False,
    hints: bool = False,
) -> bool:
    """Prints everything that is wrong or doubtful in a project; whether it may be trained.

    Args:
        max_history: How many states tell stories apart; None: all.
        fail_on_warnings: Whether doubtful things count as wrong.
        only_stories: Leave out everything but contradictions among stories.
        hints: Print all doubts, and also what is fine in most projects, such as responses that only
            actions say.

    Raises:
        UsageError: `max_history` is below 1.
    """
    if max_history is not None and max_history < 1:
        raise UsageError("--max-history: at least 1 turn is needed to tell stories apart")
    mistakes = project.mistakes()
    for mistake in mistakes:
        print_error(str(mistake))
    if mistakes:
        return _verdict(len(mistakes), 0, fail_on_warnings=fail_on_warnings)
    errors = warnings = 0
    if not only_stories:
        for notice in project.notices():
            print_warning(str(notice))
        errors, warnings = _check(project, hints=hints)
    warnings += _print_conflicts(project, max_history)
    return _verdict(errors, warnings, fail_on_warnings=fail_on_warnings)


def _check(project: Project, *, hints: bool) -> tuple[int, int]:
    """Prints what the checks find; how many errors and warnings there are."""
    from turnwise.training.validation import Severity, findings_of

    found = findings_of(project)
    doubts = [finding for finding in found if finding.severity is Severity.DOUBT]
    left_out = set() if hints else {*doubts[_DOUBTS:], *(f for f in found if f.severity is Severity.HINT)}
    _print(finding for finding in found if finding not in left_out)
    if not hints and len(doubts) > _DOUBTS:
        print_warning(f"… and {len(doubts) - _DOUBTS} more doubts; `rasa data validate` lists all.")
    severities = [finding.severity for finding in found]
    return severities.count(Severity.ERROR), severities.count(Severity.WARNING)


def _print(found: Iterable[Finding]) -> None:
    from turnwise.training.validation import Severity

    printers = {Severity.ERROR: print_error, Severity.HINT: print_info}
    for finding in found:
        printers.get(finding.severity, print_warning)(str(finding))


def _print_conflicts(project: Project, max_history: int | None) -> int:
    from turnwise.training.stories import training_trackers
    from turnwise.training.story_conflicts import story_conflicts

    expanded = training_trackers(project.stories, project.domain, augmentation=0)
    conflicts = story_conflicts(expanded.trackers, max_history=max_history)
    for conflict in conflicts:
        print_warning(str(conflict))
    return len(conflicts)


def _verdict(errors: int, warnings: int, *, fail_on_warnings: bool) -> bool:
    if errors or (warnings and fail_on_warnings):
        counted = f"{errors} error{'s'[: errors != 1]}, {warnings} warning{'s'[: warnings != 1]}"
        print_error(f"The project is not valid: {counted}.")
        return False
    return True
