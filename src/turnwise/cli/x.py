"""`rasa x`: what stood behind it is gone; the command says so, and ends well, so that scripts go on."""

from __future__ import annotations

import argparse

from turnwise.cli.console import print_warning


def run(args: argparse.Namespace) -> int:
    """Says what to use instead."""
    if args.production:
        print_warning("Rasa X is no longer served: start the server with `rasa run --enable-api`.")
    else:
        print_warning(
            "Rasa X was discontinued.\n  fix: talk to your assistant with `rasa shell`, teach it with"
            " `rasa interactive`, serve it with `rasa run --enable-api`"
        )
    return 0
