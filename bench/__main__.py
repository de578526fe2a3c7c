"""The quick measurements, one after the other: `make bench`, or `python -m bench --stock …/bin/rasa`."""

from __future__ import annotations

import subprocess
import sys

QUICK = ("first_run", "turns", "long_conversation")


def main() -> int:
    """Runs each; returns the exit code."""
    for name in QUICK:
        print(f"\n# bench/{name}.py\n", flush=True)
        done = subprocess.run([sys.executable, "-m", f"bench.{name}", *sys.argv[1:]], check=False)
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
