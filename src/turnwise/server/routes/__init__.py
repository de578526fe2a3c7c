"""The routes of the HTTP API, one file a group."""

from __future__ import annotations
