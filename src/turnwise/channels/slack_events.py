"""What Slack tells: who is meant, what was written, what was chosen (https://api.slack.com/events)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any


def bots_of(envelope: Mapping[str, Any]) -> list[str]:
    """The users as which the app sees the event: its own."""
    authorizations: Sequence[Mapping[str, Any]] = envelope.get("authorizations") or ()
    users = [*(envelope.get("authed_users") or ()), *(entry.get("user_id") for entry in authorizations)]
    return [str(user) for user in users if user]


def cleaned(text: str, bots: Sequence[str]) -> str:
    """What the user wrote: without the bot's name, and with addresses as they were typed."""
    for bot in bots:
        text = re.sub(rf"<@{re.escape(bot)}>\s*", "", text)
    return re.sub(r"<(?:mailto:|https?://)[^|>]*\|([^>]*)>", r"\1", text).strip()


def chosen_in(action: Mapping[str, Any]) -> str | None:
    """What a user chose, by the kind of element."""
    kind = action.get("type")
    found: Any = None
    if kind == "button":
        found = action.get("value")
    elif kind == "select":
        found = ((action.get("selected_options") or [{}])[0]).get("value")
    elif kind in ("static_select", "external_select", "overflow"):
        found = (action.get("selected_option") or {}).get("value")
    elif kind in ("conversations_select", "users_select", "channels_select"):
        found = action.get(f"selected_{str(kind).removesuffix('s_select')}")
    elif kind == "datepicker":
        found = action.get("selected_date")
    return None if found is None else str(found)
