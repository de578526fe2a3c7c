"""`rasa erase`: erases stored conversations for good, those that are too old or those that are named."""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING

from turnwise.cli.console import print_success
from turnwise.cli.paths import existing_path
from turnwise.errors import UsageError
from turnwise.project.endpoints_file import Endpoints, load_endpoints

if TYPE_CHECKING:
    from turnwise.agent import Agent


def run(args: argparse.Namespace) -> int:
    """Erases; returns the exit code.

    Raises:
        UsageError: nothing says which conversations, or endpoints.yml has no store to erase them from.
    """
    endpoints = load_endpoints(existing_path(args.endpoints, flag="--endpoints", default="endpoints.yml"))
    if endpoints.raw.get("tracker_store") is None:
        raise UsageError(f"{args.endpoints}: there is no tracker_store\n  fix: name the one to erase from")
    names = [name.strip() for name in (args.conversation_ids or "").split(",") if name.strip()]
    days = args.days if args.days is not None or endpoints.retention is None else endpoints.retention.days
    if not names and days is None:
        raise UsageError("nothing says what to erase\n  fix: give --days, or --conversation-ids")
    if not names and days <= 0:
        raise UsageError(f"--days: {days} would erase every conversation\n  fix: give a number above 0")
    asyncio.run(_erase(endpoints, names, days, dry_run=args.dry_run))
    return 0


async def _erase(endpoints: Endpoints, names: list[str], days: float | None, *, dry_run: bool) -> None:
    from turnwise.agent import Agent
    from turnwise.storage.factory import make_lock_store, open_tracker_store

    store = await open_tracker_store(endpoints.raw["tracker_store"])
    # The locks of a running server, so that no turn is under way in what is erased.
    agent = Agent(tracker_store=store, lock_store=make_lock_store(endpoints.raw.get("lock_store")))
    try:
        count = await (_named(agent, names, dry_run) if names else _old(agent, days or 0.0, dry_run))
    finally:
        await agent.close()
    print_success(f"{count} conversations {'would be' if dry_run else 'were'} erased.")


async def _named(agent: Agent, names: list[str], dry_run: bool) -> int:
    from turnwise import interventions

    if dry_run:
        return sum([await agent.conversations.exists(name) for name in names])
    return sum([await interventions.erase(agent, name) for name in names])


async def _old(agent: Agent, days: float, dry_run: bool) -> int:
    from turnwise.retention import Retention

    return await Retention(agent, days=days).erase(dry_run=dry_run)
