"""`rasa evaluate markers {all | first_n | sample_n}`: counts points of interest in stored conversations."""

from __future__ import annotations

import argparse
import asyncio
import random
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from turnwise.cli.console import print_success, print_warning
from turnwise.cli.paths import optional_path
from turnwise.errors import UsageError

if TYPE_CHECKING:
    from turnwise.dialogue.domain import Domain
    from turnwise.evaluation.marker_tables import Conversations
    from turnwise.evaluation.markers import Marker
    from turnwise.storage.tracker_store import TrackerStore


def run(args: argparse.Namespace) -> int:
    """Writes where the markers apply, and statistics unless they are unwanted.

    Raises:
        UsageError: a file to be written exists, or its folder does not.
        ProjectError: a marker makes no sense.
        StorageError: the conversations cannot be read.
    """
    from turnwise.evaluation.marker_file import load_markers
    from turnwise.evaluation.marker_tables import (
        write_occurrences,
        write_overall_statistics,
        write_session_statistics,
    )

    if args.subcommand != "all" and args.count < 1:
        raise UsageError("the number of conversations must be at least 1")
    prefix: Path | None = args.stats_file_prefix if args.stats else None
    overall, sessions = _beside(prefix, "-overall.csv"), _beside(prefix, "-per-session.csv")
    _check_free([args.output_filename, overall, sessions])
    markers = load_markers(args.config, _domain(args))
    found = asyncio.run(_found(args, markers))
    write_occurrences(args.output_filename, found)
    if overall is not None and sessions is not None:
        write_overall_statistics(overall, found)
        write_session_statistics(sessions, found)
    print_success(f"{len(markers)} markers in {len(found)} conversations: see '{args.output_filename}'.")
    return 0


def _beside(prefix: Path | None, suffix: str) -> Path | None:
    return prefix.with_name(prefix.name + suffix) if prefix is not None else None


def _check_free(paths: Sequence[Path | None]) -> None:
    """Nothing is overwritten: results of days of conversations may be in those files."""
    for path in paths:
        if path is None:
            continue
        if path.exists():
            raise UsageError(f"'{path}' exists already\n  fix: remove it, or choose another name")
        if not path.parent.is_dir():
            raise UsageError(f"there is no folder '{path.parent}'\n  fix: make it first")


def _domain(args: argparse.Namespace) -> Domain | None:
    from turnwise.project.project import Project

    project = Project(domain=args.domain, data=(), config=optional_path("config.yml", flag="--config"))
    if project.domain.is_empty:
        print_warning("There is no domain, so the names in the markers are not checked.")
        return None
    return project.domain


async def _found(args: argparse.Namespace, markers: Sequence[Marker]) -> Conversations:
    from turnwise.cli.serving import endpoints_of
    from turnwise.evaluation.markers import evaluate_markers
    from turnwise.storage.factory import open_tracker_store

    store = await open_tracker_store(endpoints_of(args).raw.get("tracker_store"))
    try:
        senders = await _chosen(store, args)
        return {sender: evaluate_markers(markers, await store.load_all(sender)) for sender in senders}
    finally:
        await store.close()


async def _chosen(store: TrackerStore, args: argparse.Namespace) -> list[str]:
    """The conversations to look at, sorted so that the same ones are the first everywhere."""
    senders = sorted([sender async for sender in store.sender_ids()])
    if args.subcommand == "all":
        return senders
    if args.count > len(senders):
        print_warning(f"There are only {len(senders)} conversations; all of them are looked at.")
        return senders
    if args.subcommand == "first_n":
        return senders[: args.count]
    return random.Random(args.seed).sample(senders, args.count)
