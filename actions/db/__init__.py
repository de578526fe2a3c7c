"""Wayfare's own records: tables, sessions and demo data."""

from __future__ import annotations

from actions.db.session import reading, writing

__all__ = ["reading", "writing"]
