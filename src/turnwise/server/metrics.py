"""What Prometheus reads: turns, how long they take, what is understood and what is done."""

from __future__ import annotations

import importlib.util
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from turnwise.dialogue.domain import INTENT_FALLBACK
from turnwise.dialogue.events import ActionExecuted, ActionExecutionRejected, Event, UserUttered

if TYPE_CHECKING:
    from turnwise.versions import Versions

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Environment variable: where several processes write their numbers, so that any of them can tell all."""

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the turns' histogram."""


class Broker(Protocol):
    """What an agent tells events to."""

    async def publish(self, sender_id: str, events: Sequence[Event]) -> None: ...
    async def close(self) -> None: ...


def can_measure() -> bool:
    """Whether the Prometheus client is installed (`pip install turnwise[metrics]`)."""
    return importlib.util.find_spec("prometheus_client") is not None


class Metrics:
    """Counts for one server process."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        # Processes that share a folder collect from the files in it, not from this registry.
        self._registry = CollectorRegistry()
        where: dict[str, Any] = {"registry": self._registry}
        self._turns = Counter("turnwise_turns", "Turns taken.", ["channel", "outcome"], **where)
        self._seconds = Histogram(
            "turnwise_turn_seconds", "From message to answer.", ["channel"], buckets=SECONDS, **where
        )
        self._in_progress = Gauge(
            "turnwise_turns_in_progress",
            "Turns that run, or wait for their conversation.",
            multiprocess_mode="livesum",
            **where,
        )
        self._messages = Counter("turnwise_messages", "Messages by model.", ["model_id"], **where)
        self._shares = Gauge(
            "turnwise_model_share",
            "Part of new conversations that a model gets.",
            ["version", "model_id"],
            multiprocess_mode="mostrecent",
            **where,
        )
        self._shown: set[tuple[str, str]] = set()
        """Labels of shares that were shown before: of models that are gone, too."""
        self._intents = Counter("turnwise_intents", "Messages by intent.", ["intent"], **where)
        self._fallbacks = Counter("turnwise_fallbacks", "Messages that were not understood.", **where)
        self._actions = Counter("turnwise_actions", "Actions by outcome.", ["action", "outcome"], **where)

    @contextmanager
    def turn(self, channel: str) -> Iterator[None]:
        """Measures the turn that happens inside."""
        begun = time.perf_counter()
        outcome = "failed"
        self._in_progress.inc()
        try:
            yield
            outcome = "ok"
        finally:
            self._in_progress.dec()
            self._turns.labels(channel, outcome).inc()
            self._seconds.labels(channel).observe(time.perf_counter() - begun)

    def count(self, events: Sequence[Event]) -> None:
        """Counts what was kept of a conversation."""
        for event in events:
            if isinstance(event, UserUttered):
                self._messages.labels(event.metadata.get("model_id") or "").inc()
                self._intents.labels(event.intent_name or "").inc()
                if event.intent_name in (INTENT_FALLBACK, None):
                    self._fallbacks.inc()
            elif isinstance(event, ActionExecuted):
                self._actions.labels(event.name or "end_to_end", "ran").inc()
            elif isinstance(event, ActionExecutionRejected):
                self._actions.labels(event.name, "refused").inc()

    def show_shares(self, versions: Versions) -> None:
        """Shows how conversations are shared out between models."""
        shares = versions.shares()
        now = {(each.name, each.assistant.model_id): shares[each.name] for each in versions}
        self._shown |= now.keys()
        for labels in self._shown:
            self._shares.labels(*labels).set(now.get(labels, 0.0))

    def text(self) -> bytes:
        """Everything, in Prometheus's text format."""
        from prometheus_client import CollectorRegistry, generate_latest
        from prometheus_client.multiprocess import MultiProcessCollector

        if not os.environ.get(SHARED_FOLDER):
            return generate_latest(self._registry)
        everybody = CollectorRegistry()
        MultiProcessCollector(everybody)  # type: ignore[no-untyped-call]
        return generate_latest(everybody)


class CountingBroker:
    """Counts events on their way to the broker, if there is one."""

    def __init__(self, metrics: Metrics, behind: Broker | None) -> None:
        self._metrics = metrics
        self._behind = behind

    async def publish(self, sender_id: str, events: Sequence[Event]) -> None:
        """Counts `events`, and passes them on."""
        self._metrics.count(events)
        if self._behind is not None:
            await self._behind.publish(sender_id, events)

    async def close(self) -> None:
        """Closes the broker."""
        if self._behind is not None:
            await self._behind.close()
