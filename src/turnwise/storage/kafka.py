"""Events to Kafka, acknowledged by all replicas."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from turnwise.errors import StorageError
from turnwise.storage.event_broker import DEFAULT_TOPIC, Outgoing, environment

PATIENCE = 30.0
"""Seconds in which a batch has to be acknowledged."""
NO_ENVIRONMENT = "RASA_ENVIRONMENT_NOT_SET"


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaSettings:
    """What may stand under `event_broker` with `type: kafka`."""

    host: str | tuple[str, ...]
    """Addresses of servers to begin with: `host:port`, several in a list or separated by commas."""
    topic: str = DEFAULT_TOPIC
    client_id: str | None = None
    partition_by_sender: bool = False
    """Whether all events of a conversation go to one partition, and so stay in order."""
    security_protocol: str = "SASL_PLAINTEXT"
    sasl_username: str | None = None
    sasl_password: str | None = None
    sasl_mechanism: str = "PLAIN"
    ssl_cafile: str | None = None
    ssl_certfile: str | None = None
    ssl_keyfile: str | None = None
    ssl_check_hostname: bool = False
    queue_size: int | None = None
    """Messages the client library may hold."""

    def client_options(self) -> dict[str, Any]:
        """The settings under the names of librdkafka."""
        servers = self.host if isinstance(self.host, str) else ",".join(self.host)
        options = {
            "bootstrap.servers": servers,
            "client.id": self.client_id,
            "security.protocol": self.security_protocol.upper(),
            "queue.buffering.max.messages": self.queue_size,
            "acks": "all",
            # With it a message that is sent again after a lost answer is not stored twice.
            "enable.idempotence": True,
            "message.timeout.ms": int(PATIENCE * 1000),
        }
        if "SASL" in self.security_protocol.upper():
            options |= {
                "sasl.mechanism": self.sasl_mechanism,
                "sasl.username": self.sasl_username,
                "sasl.password": self.sasl_password,
            }
        if "SSL" in self.security_protocol.upper():
            options |= {
                "ssl.ca.location": self.ssl_cafile,
                "ssl.certificate.location": self.ssl_certfile,
                "ssl.key.location": self.ssl_keyfile,
                "ssl.endpoint.identification.algorithm": "https" if self.ssl_check_hostname else "none",
            }
        return {name: value for name, value in options.items() if value is not None}


class KafkaBroker:
    """One producer; its blocking calls run in a thread."""

    def __init__(self, settings: KafkaSettings) -> None:
        """
        Raises:
            StorageError: the client library does not accept the settings.
        """
        from confluent_kafka import KafkaException, Producer

        self._settings = settings
        try:
            self._producer: Any = Producer(settings.client_options())
        except KafkaException as error:
            raise StorageError(f"event_broker: Kafka does not accept the settings: {error}") from error

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        """Sends the messages, and waits until all replicas have each."""
        await asyncio.to_thread(self._publish, messages)

    def _publish(self, messages: Sequence[Outgoing]) -> None:
        failures: list[str] = []

        def delivered(error: Any, _: Any) -> None:
            if error is not None:
                failures.append(str(error))

        headers = [("RASA_ENVIRONMENT", (environment() or NO_ENVIRONMENT).encode())]
        try:
            for message in messages:
                self._producer.produce(
                    self._settings.topic,
                    message.text.encode(),
                    key=message.sender_id.encode() if self._settings.partition_by_sender else None,
                    headers=headers,
                    on_delivery=delivered,
                )
        except BufferError as error:
            failures.append(str(error))
        undelivered = self._producer.flush(PATIENCE)
        if failures or undelivered:
            raise StorageError(f"Kafka does not take events: {failures[:1] or 'no answer'}")

    async def close(self) -> None:
        """Waits for what is under way."""
        await asyncio.to_thread(self._producer.flush, PATIENCE)
