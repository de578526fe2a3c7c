"""The HTTP server: Rasa's API and the channels' webhooks."""

from __future__ import annotations
