"""What one worker is told about models, all workers of the server do, in the same order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.server.bot import small_agent, small_assistant
from turnwise.agent import Agent
from turnwise.assistant import Assistant
from turnwise.errors import ModelError
from turnwise.server import model_orders
from turnwise.server.model_orders import FOLDER, ModelOrders, Order, orders_folder

Make = Callable[[], tuple[Agent, ModelOrders]]


def load(archive: Path) -> Assistant:
    """Stands for reading an archive: its name is the model's id."""
    if archive.name == "bad":
        raise ModelError("unreadable")
    return replace(small_assistant(), model_id=archive.name)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Makes workers of one server."""

    def worker() -> tuple[Agent, ModelOrders]:
        agent = small_agent(small_assistant())
        return agent, ModelOrders(agent, load, folder=tmp_path)

    return worker


def take(name: str, version: str | None = None, share: float | None = None) -> Order:
    return Order(source={"model_file": name}, version=version, share=share)


def seen(agent: Agent) -> list[tuple[str, str, float]]:
    shares = agent.versions.shares()
    return [(each.name, each.assistant.model_id, shares[each.name]) for each in agent.versions]


async def until_alike(agents: Sequence[Agent], following: Sequence[asyncio.Task[None]]) -> None:
    async with asyncio.timeout(5):
        while any(seen(agent) != seen(agents[0]) for agent in agents):
            await asyncio.wait(following, timeout=0.002)


async def test_all_workers_follow(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Models, shares, and versions that go; in one that is started later too."""
    monkeypatch.setattr(model_orders, "LOOK_AGAIN", 0.001)
    (one, orders), (other, others) = make(), make()
    following = [asyncio.create_task(each.follow()) for each in (orders, others)]
    await orders.give(take("second"))
    await others.give(take("third", "beside", share=3))
    await until_alike([one, other], following)
    assert seen(one) == [("main", "second", 0.25), ("beside", "third", 0.75)]

    await orders.give(Order(version="beside", share=1))
    assert seen(one) == [("main", "second", 0.5), ("beside", "third", 0.5)]
    born_later, its_orders = make()
    following.append(asyncio.create_task(its_orders.follow()))
    await until_alike([one, other, born_later], following)
    await others.give(Order(version="beside", drop=True))
    await orders.give(Order(drop=True))
    await until_alike([one, other, born_later], following)
    assert seen(one) == []
    for task in following:
        task.cancel()


async def test_orders_that_cross_have_one_outcome(make: Make) -> None:
    """Whoever is told first, all workers end with the same model."""
    (one, orders), (other, others) = make(), make()
    given = [each.give(take(f"model {number}")) for number in range(10) for each in (orders, others)]
    await asyncio.gather(*given)
    await asyncio.gather(
        orders.give(Order(version="main", share=1)), others.give(Order(version="main", share=2))
    )
    await orders._catch_up()
    assert seen(one) == seen(other)


async def test_an_order_that_fails_is_the_givers(make: Make) -> None:
    """Others log it, and go on with what comes later."""
    (one, orders), (other, others) = make(), make()
    with pytest.raises(ModelError, match="unreadable"):
        await orders.give(take("bad"))
    await others.give(take("good"))
    await orders._catch_up()
    assert seen(one) == seen(other) == [("main", "good", 1.0)]


async def test_a_server_of_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nobody to pass anything on to."""
    agent = small_agent(small_assistant())
    orders = ModelOrders(agent, load)
    await orders.give(take("next"))
    await orders.follow()
    assert seen(agent) == [("main", "next", 1.0)]
    assert orders_folder({}) is None
    assert orders_folder({FOLDER: "/somewhere"}) == Path("/somewhere")
