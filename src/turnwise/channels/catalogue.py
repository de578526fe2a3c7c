"""The channels a server opens, from `credentials.yml`; only those that are asked for are imported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from turnwise.channels.channel import InputChannel
from turnwise.errors import NOWHERE, Place, ProjectError
from turnwise.registry import find_class

CHANNELS: Mapping[str, str] = {
    "rest": "turnwise.channels.rest:RestChannel",
    "cmdline": "turnwise.channels.rest:CommandLineChannel",
}
"""Public names of connectors, and the class behind each."""


def open_channels(
    credentials: Mapping[str, Any], *, only: str | None = None, place: Place = NOWHERE
) -> list[InputChannel]:
    """The channels that `credentials` sets up.

    Args:
        credentials: What `credentials.yml` holds: settings by channel name; null where there are none.
        only: Open this channel alone, set up by `credentials` if it is there (`--connector`).
        place: Where `credentials` stands.

    Raises:
        ProjectError: there is no such channel, or its settings make no sense.
    """
    names = list(credentials) if only is None else [only]
    return [_channel(name, credentials.get(name), place.at(name)) for name in names]


def _channel(name: str, settings: Any, place: Place) -> InputChannel:
    kind = find_class(name, CHANNELS, what="channel", place=place)
    if settings is not None and not isinstance(settings, Mapping):
        raise ProjectError(place, f"settings of a channel are a mapping, not {settings!r}", fix="write keys")
    channel: InputChannel = kind.from_credentials(settings or {})
    return channel
