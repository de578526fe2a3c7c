"""`rasa data migrate`: a domain of Rasa 2 becomes one of Rasa 3."""

from __future__ import annotations

import argparse
from pathlib import Path

from turnwise.cli.console import print_success, print_warning
from turnwise.cli.paths import existing_path


def run(args: argparse.Namespace) -> int:
    """Writes the new domain and a copy of the old one."""
    from turnwise.project.migration import migrate_domain

    domain = existing_path(args.domain, flag="--domain", default="domain.yml")
    migration = migrate_domain(domain, Path(args.out) if args.out else None)
    for notice in migration.notices:
        print_warning(str(notice))
    print_success(f"The new domain is '{migration.migrated}'; the original is kept in '{migration.backup}'.")
    return 0
