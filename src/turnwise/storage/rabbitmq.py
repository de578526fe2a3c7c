"""Events to RabbitMQ: a fanout exchange and durable queues, each message confirmed by the server."""

from __future__ import annotations

import asyncio
import logging
import os
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from turnwise.errors import StorageError
from turnwise.storage.event_broker import DEFAULT_TOPIC, Outgoing, environment

log = logging.getLogger(__name__)

CLIENT_CERTIFICATE = "RABBITMQ_SSL_CLIENT_CERTIFICATE"
CLIENT_KEY = "RABBITMQ_SSL_CLIENT_KEY"

PATIENCE = 30.0
"""Seconds in which a batch has to be confirmed: a server that is full blocks, and says nothing."""
FAREWELL = 1.0
"""Seconds that closing a connection may take."""
EXPORT_HEADER = "rasa-export-process-id"
"""Header of what `rasa export` publishes; it is the same in all messages of one run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RabbitMqSettings:
    """What may stand under `event_broker` with `type: pika`."""

    host: str = "localhost"
    """Host, or a whole amqp URL, which then rules alone."""
    username: str = "guest"
    password: str = "guest"
    port: int = 5672
    queues: tuple[str, ...] | str | None = None
    """Queues that get every event; `rasa_core_events` unless others are named."""
    exchange_name: str = "rasa-exchange"
    connection_attempts: int = 20
    retry_delay_in_seconds: float = 5

    @property
    def queue_names(self) -> tuple[str, ...]:
        if isinstance(self.queues, str):
            return (self.queues,)
        return self.queues or (DEFAULT_TOPIC,)


class RabbitMqBroker:
    """One connection, opened when it is needed and again when it was lost."""

    def __init__(self, settings: RabbitMqSettings, *, headers: Mapping[str, str] | None = None) -> None:
        """
        Args:
            headers: What each message says about itself beside its content.
        """
        self._settings = settings
        self._headers = headers or {}
        self._connection: Any = None
        self._exchange: Any = None

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        """Sends the messages, and waits until the server has taken each."""
        from aio_pika.exceptions import AMQPError, ChannelInvalidStateError

        try:
            async with asyncio.timeout(PATIENCE):
                exchange = await self._open()
                made = [_message(message, self._headers) for message in messages]
                await asyncio.gather(*(exchange.publish(message, routing_key="") for message in made))
        except (TimeoutError, AMQPError, ChannelInvalidStateError, OSError) as error:
            await self._drop()
            raise StorageError(f"RabbitMQ does not take events: {error!r}") from error

    async def close(self) -> None:
        """Closes the connection."""
        await self._drop()

    async def _open(self) -> Any:
        import aio_pika

        if self._exchange is not None:
            return self._exchange
        self._connection = await aio_pika.connect(**self._address())
        # A channel in this mode confirms: `publish` returns when the message is safe with the server.
        channel = await self._connection.channel(publisher_confirms=True)
        exchange = await channel.declare_exchange(
            self._settings.exchange_name, aio_pika.ExchangeType.FANOUT, durable=True
        )
        for name in self._settings.queue_names:
            queue = await channel.declare_queue(name, durable=True)
            await queue.bind(exchange)
        self._exchange = exchange
        return exchange

    def _address(self) -> dict[str, Any]:
        settings = self._settings
        if settings.host.startswith("amqp"):
            return {"url": settings.host, "ssl_context": _tls()}
        return {
            "host": settings.host,
            "port": settings.port,
            "login": settings.username,
            "password": settings.password,
            "ssl": _tls() is not None,
            "ssl_context": _tls(),
        }

    async def _drop(self) -> None:
        connection, self._connection, self._exchange = self._connection, None, None
        if connection is None:
            return
        try:
            async with asyncio.timeout(FAREWELL):
                await connection.close()
        except Exception as error:  # it is lost already, and this is how it says so
            log.debug("rabbitmq.not_closed error=%r", error)


def _message(message: Outgoing, headers: Mapping[str, str]) -> Any:
    import aio_pika

    return aio_pika.Message(
        message.text.encode(),
        content_type="application/json",
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        app_id=environment(),
        headers=dict(headers),
    )


def _tls() -> ssl.SSLContext | None:
    certificate, key = os.environ.get(CLIENT_CERTIFICATE), os.environ.get(CLIENT_KEY)
    if not certificate or not key:
        return None
    context = ssl.create_default_context()
    context.load_cert_chain(certificate, key)
    return context
