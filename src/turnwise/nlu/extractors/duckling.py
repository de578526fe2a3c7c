"""Numbers, times, money and more from a Duckling server."""

from __future__ import annotations

import json
import logging
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, ClassVar

from turnwise.nlu.component import Component
from turnwise.nlu.message import Entity, Message

log = logging.getLogger(__name__)

URL_VARIABLE = "RASA_DUCKLING_HTTP_URL"
"""Environment variable that overrides the setting `url`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DucklingSettings:
    """What may stand under `DucklingEntityExtractor`."""

    url: str | None = None
    """Where the server answers, such as http://localhost:8000."""
    dimensions: list[str] | None = None
    """What to ask for, such as time and amount-of-money; None for all."""
    locale: str | None = None
    """Such as de_DE; None for the project's language."""
    timezone: str | None = None
    """Such as Europe/Berlin; None for the server's."""
    timeout: float = 3
    """Seconds to wait for an answer."""


class DucklingEntityExtractor(Component[DucklingSettings]):
    """Asks a Duckling server; without an answer there are no entities, and an error in the log."""

    Settings = DucklingSettings
    writes: ClassVar[frozenset[str]] = frozenset({"entities"})

    def process(self, message: Message) -> None:
        url = os.environ.get(URL_VARIABLE) or self.settings.url
        if not url:
            log.warning("nlu.duckling.no_url fix='set url, or the variable %s'", URL_VARIABLE)
            return
        matches = self._asked(f"{url.rstrip('/')}/parse", message)
        wanted = self.settings.dimensions
        found = [as_entity(match, self.name) for match in matches if not wanted or match["dim"] in wanted]
        message.entities += found

    def _asked(self, url: str, message: Message) -> list[Mapping[str, Any]]:
        sent_at = message.notes.get("sent_at", time.time())
        form = {
            "text": message.text,
            "locale": self.settings.locale or f"{self.language}_{self.language.upper()}",
            "tz": self.settings.timezone,
            "dims": json.dumps(self.settings.dimensions) if self.settings.dimensions else None,
            "reftime": int(sent_at * 1000),
        }
        body = urllib.parse.urlencode(
            {key: value for key, value in form.items() if value is not None}
        ).encode()
        try:
            with urllib.request.urlopen(url, data=body, timeout=self.settings.timeout) as response:
                answer: list[Mapping[str, Any]] = json.load(response)
        except (
            OSError,
            HTTPException,
            ValueError,
        ) as error:  # no answer, or half of one
            log.error("nlu.duckling.no_answer url=%s problem=%s", url, error)
            return []
        return answer


def as_entity(match: Mapping[str, Any], extractor: str) -> Entity:
    """One match in Duckling's answer as an entity."""
    told = match["value"]
    if told.get("type") == "interval":
        value: Any = {end: told.get(end, {}).get("value") for end in ("from", "to")}
    else:
        value = told.get("value")
    return Entity(
        entity=match["dim"],
        start=match["start"],
        end=match["end"],
        value=value,
        extractor=extractor,
        extra=(("text", match.get("body", "")), ("confidence", 1.0), ("additional_info", told)),
    )
