"""Where conversations, locks, outgoing events and models live; a driver is imported by its one user."""

from __future__ import annotations
