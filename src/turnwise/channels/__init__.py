"""Connectors: wire bytes to user messages, and what the assistant says to wire bytes."""

from __future__ import annotations
