"""Brokers that are servers: what is told to their client libraries, and what a server that is away means."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from turnwise.errors import ProjectError, StorageError
from turnwise.storage.contract import turn
from turnwise.storage.event_broker import Outgoing, outgoing
from turnwise.storage.factory import open_broker
from turnwise.storage.kafka import KafkaBroker, KafkaSettings
from turnwise.storage.rabbitmq import RabbitMqBroker, RabbitMqSettings

MESSAGES = [outgoing("ada", event) for event in turn("hi", 1)]


@pytest.fixture
def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class MockedKafka(KafkaSettings):
    """Settings of a client that has a cluster in its own process, as librdkafka offers it for tests."""

    def client_options(self) -> dict[str, Any]:
        return {**super().client_options(), "test.mock.num.brokers": 1}


@pytest.fixture
def kafka() -> None:
    """Kafka's client library."""
    pytest.importorskip("confluent_kafka", reason="pip install turnwise[kafka] to test the Kafka broker")


async def test_kafka_takes_messages(kafka: None) -> None:
    """Publishing returns when the cluster has acknowledged every message."""
    broker = KafkaBroker(MockedKafka(host="mocked", security_protocol="PLAINTEXT", partition_by_sender=True))
    await broker.publish(MESSAGES)
    await broker.close()


def consumed(broker: KafkaBroker, count: int) -> list[Any]:
    """What a consumer outside of the process's producer reads from the cluster that the producer plays."""
    from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

    cluster = broker._producer.list_topics(timeout=5)
    addresses = ",".join(f"{server.host}:{server.port}" for server in cluster.brokers.values())
    consumer = Consumer({"bootstrap.servers": addresses, "group.id": "test"})
    topic = "rasa_core_events"
    parts = cluster.topics[topic].partitions
    consumer.assign([TopicPartition(topic, part, OFFSET_BEGINNING) for part in parts])
    try:
        return list(consumer.consume(count, timeout=20))
    finally:
        consumer.close()


async def test_what_kafka_was_told_is_there_in_order(kafka: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Events of a conversation keep their order in its partition; key and header are Rasa's."""
    monkeypatch.setenv("RASA_ENVIRONMENT", "staging")
    broker = KafkaBroker(MockedKafka(host="mocked", security_protocol="PLAINTEXT", partition_by_sender=True))
    sent = [Outgoing("ada", f'{{"number": {number}}}') for number in range(50)]
    await broker.publish(sent)
    got = await asyncio.to_thread(consumed, broker, len(sent))
    await broker.close()
    assert [message.value().decode() for message in got] == [message.text for message in sent]
    assert {message.key() for message in got} == {b"ada"}
    assert {message.partition() for message in got} == {got[0].partition()}
    assert got[0].headers() == [("RASA_ENVIRONMENT", b"staging")]


async def test_kafka_that_is_away(kafka: None, closed_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch that is not acknowledged in time is a failure, to be tried again."""
    monkeypatch.setattr("turnwise.storage.kafka.PATIENCE", 0.2)
    broker = KafkaBroker(KafkaSettings(host=f"127.0.0.1:{closed_port}", security_protocol="PLAINTEXT"))
    with pytest.raises(StorageError, match="Kafka"):
        await broker.publish(MESSAGES)


@pytest.mark.parametrize(
    ("settings", "options"),
    [
        (
            KafkaSettings(host="a:1"),
            {"bootstrap.servers": "a:1", "security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN"},
        ),
        (
            KafkaSettings(host=("a:1", "b:2"), security_protocol="ssl", ssl_cafile="ca.pem"),
            {
                "bootstrap.servers": "a:1,b:2",
                "security.protocol": "SSL",
                "ssl.ca.location": "ca.pem",
                "ssl.endpoint.identification.algorithm": "none",
            },
        ),
        (
            KafkaSettings(host="a:1", security_protocol="SASL_SSL", sasl_username="u", sasl_password="p"),
            {"sasl.username": "u", "sasl.password": "p", "security.protocol": "SASL_SSL"},
        ),
    ],
)
def test_kafka_settings(settings: KafkaSettings, options: dict[str, Any]) -> None:
    """Rasa's names become those of the client library; all replicas have to acknowledge each message."""
    given = settings.client_options()
    assert {name: given[name] for name in options} == options
    assert given["acks"] == "all"


async def test_kafka_settings_that_make_no_sense(kafka: None) -> None:
    """The client library's complaint names the section."""
    with pytest.raises(StorageError, match="event_broker"):
        KafkaBroker(KafkaSettings(host="a:1", security_protocol="CARRIER_PIGEON"))


async def test_rabbitmq_that_is_away(closed_port: int) -> None:
    """A server that does not answer is a failure, to be tried again."""
    pytest.importorskip("aio_pika", reason="pip install turnwise[rabbitmq] to test the RabbitMQ broker")
    broker = RabbitMqBroker(RabbitMqSettings(host="127.0.0.1", port=closed_port))
    with pytest.raises(StorageError, match="RabbitMQ"):
        await broker.publish([Outgoing("ada", "{}")])
    await broker.close()


@pytest.mark.parametrize(
    ("queues", "names"),
    [(None, ("rasa_core_events",)), ("one", ("one",)), (("one", "two"), ("one", "two"))],
)
def test_rabbitmq_queues(queues: Any, names: tuple[str, ...]) -> None:
    """One queue, several, or Rasa's default."""
    assert RabbitMqSettings(queues=queues).queue_names == names


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        ({"type": "no_such_broker"}, "unknown event broker"),
        ({"type": "kafka", "url": "a:1", "partition_by_sender": "perhaps"}, "partition_by_sender"),
        ({"type": "kafka"}, "host"),
        ({"type": "pika", "port": "high"}, "port"),
    ],
)
async def test_wrong_settings_are_named(section: dict[str, Any], problem: str) -> None:
    """The message says which setting of endpoints.yml is wrong."""
    with pytest.raises(ProjectError, match=problem):
        await open_broker(section)
