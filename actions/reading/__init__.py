"""Words into values: dates, numbers, places and choices. Pure functions without a database or a clock."""

from __future__ import annotations
