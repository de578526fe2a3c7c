"""Turnwise: trains and runs Rasa projects; any part of it can be imported on its own."""

from __future__ import annotations

__all__ = ["RASA_VERSION", "__version__"]

__version__ = "0.1.0"

RASA_VERSION = "3.6.21"
"""The release of Rasa Open Source whose files, commands, HTTP API and behaviour are met."""
