"""What `rasa --version` prints."""

from __future__ import annotations

import platform
import sys
from importlib import metadata

from turnwise import RASA_VERSION, __version__


def version_report() -> str:
    """One line for each thing whose version matters in a bug report."""
    facts = {
        "Turnwise Version": __version__,
        "Compatible Rasa": RASA_VERSION,
        "Rasa SDK Version": metadata.version("rasa-sdk"),
        "Python Version": platform.python_version(),
        "Operating System": platform.platform(),
        "Python Path": sys.executable,
    }
    return "\n".join(f"{name:<17}: {value}" for name, value in facts.items())
