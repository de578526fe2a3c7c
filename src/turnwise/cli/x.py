"""`rasa x`: what stood behind it is gone; the command says so, and ends well, so that scripts go on."""

from __future__ import annotations

import argparse

from turnwise.cli.console import print_warning


def run(args: argparse.Namespace) -> int:
    """Says what to use instead; with `--production`, serves the model as a Rasa X server expects it.

    Raises: as `rasa run`.
    """
    if not args.production:
        print_warning(
            "Rasa X was discontinued.\n  fix: talk to your assistant with `rasa shell`, teach it with"
            " `rasa interactive`, serve it with `rasa run --enable-api`"
        )
        return 0
    from turnwise.cli.run import run as serve

    if args.config_endpoint:
        print_warning("--config-endpoint has no effect: endpoints and credentials are read from files.")
    args.enable_api = True
    return serve(args)
