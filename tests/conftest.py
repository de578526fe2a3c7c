"""What holds for all tests."""

from __future__ import annotations

from hypothesis import settings

# A shared machine may pause at any moment: how long one example takes says nothing.
settings.register_profile("turnwise", deadline=None, print_blob=True)
settings.load_profile("turnwise")
