"""A flood of refusals waits for its turn; whoever is let in does not."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack

from connector_gui.webhook.config import Limits
from connector_gui.webhook.pace import Pace
from tests.fakes.raw_http import RawConnection, connect, request
from tests.fakes.webhook import JSON_LINE, KEY_LINE, Served, serving

CALL = "/webhook/initiate-call"
HEALTH = request("GET", "/health")
STRANGER = request("GET", "/health", host="evil.example")
NO_HTTP = b"GET / HTTP/1.1\r\nBad Name: 1\r\n\r\n"
SLOW = Limits(refusals_per_s=0.001, refusals_at_once=1)
"""One refusal, and no other while a test lasts."""


def waiting(served: Served) -> int:
    """How many refusals wait for their turn."""
    connections = served.server._connections
    assert connections is not None
    return len(connections.pace)


async def until_waiting(served: Served, count: int) -> None:
    async with asyncio.timeout(5):
        while waiting(served) != count:
            await asyncio.sleep(0.001)


async def refused_once(connection: RawConnection) -> None:
    await connection.send(STRANGER)
    assert (await connection.answer()).status == 421


async def test_so_many_go_out_at_once_and_the_others_one_by_one_in_their_order() -> None:
    pace = Pace(asyncio.get_running_loop(), per_s=50, at_once=3)
    began_s = time.monotonic()
    assert [pace.take() for _ in range(4)] == [True, True, True, False]
    order: list[int] = []
    tasks = [asyncio.create_task(pace.turn(number)) for number in range(5)]
    for number, task in enumerate(tasks):
        task.add_done_callback(lambda _task, number=number: order.append(number))  # type: ignore[misc]
    await asyncio.gather(*tasks)
    await asyncio.sleep(0)
    assert order == [0, 1, 2, 3, 4]
    assert time.monotonic() - began_s >= 5 / 50 - 0.001


async def test_none_goes_out_before_one_that_waits() -> None:
    now_s = 0.0
    loop = asyncio.get_running_loop()

    class Clock:
        call_later = staticmethod(loop.call_later)

        @staticmethod
        def time() -> float:
            return now_s

    pace = Pace(Clock(), per_s=1, at_once=1)  # type: ignore[arg-type]
    assert pace.take()
    told: list[str] = []
    pace.wait("first", lambda: told.append("first"))
    now_s = 1.0
    assert not pace.take()
    pace.close()
    assert told == ["first"]


async def test_whoever_is_let_in_does_not_wait_for_those_who_are_refused() -> None:
    async with serving(limits=SLOW) as served, AsyncExitStack() as stack:
        strangers = [await stack.enter_async_context(connect(served.port)) for _ in range(20)]
        await refused_once(strangers[0])
        for each in strangers:
            await each.send(STRANGER)
        await until_waiting(served, 20)
        async with connect(served.port) as friend:
            await friend.send(HEALTH)
            assert (await friend.answer()).status == 200
            body = b'{"agent_id": "agent_1"}'
            await friend.send(request("POST", CALL, KEY_LINE, JSON_LINE, body=body))
            assert (await friend.answer()).status == 202
        assert waiting(served) == 20


async def test_what_follows_a_refusal_that_waits_is_answered_after_it() -> None:
    limits = Limits(refusals_per_s=20, refusals_at_once=1)
    async with serving(limits=limits) as served, connect(served.port) as connection:
        await refused_once(connection)
        await connection.send(STRANGER)
        await until_waiting(served, 1)
        await connection.send(HEALTH)
        assert (await connection.answer()).status == 421
        assert (await connection.answer()).status == 200


async def test_a_refusal_that_ends_its_connection_waits_too() -> None:
    limits = Limits(refusals_per_s=20, refusals_at_once=1)
    async with serving(limits=limits) as served, connect(served.port) as first, connect(served.port) as second:
        await refused_once(first)
        began_s = time.monotonic()
        await second.send(NO_HTTP)
        assert (await second.answer()).status == 400
        assert time.monotonic() - began_s > 0.02
        assert await second.rest() == b""


async def test_a_refusal_of_what_comes_in_parts_waits_too() -> None:
    head, body = request("POST", CALL, KEY_LINE, JSON_LINE, body=b"[" * 100).split(b"\r\n\r\n")
    limits = Limits(refusals_per_s=5, refusals_at_once=1)
    async with serving(limits=limits) as served, connect(served.port) as connection:
        await refused_once(connection)
        await connection.send(head + b"\r\n\r\n")
        await connection.send(body[:50])
        await asyncio.sleep(0.01)
        await connection.send(body[50:])
        await until_waiting(served, 1)
        assert (await connection.answer()).status == 400


async def test_those_who_go_while_they_wait_leave_nothing_behind() -> None:
    async with serving(limits=SLOW) as served:
        async with AsyncExitStack() as stack:
            gone = [await stack.enter_async_context(connect(served.port)) for _ in range(10)]
            await refused_once(gone[0])
            for each in gone:
                await each.send(STRANGER)
            await gone[0].send(HEALTH)  # not read any more
            await until_waiting(served, 10)
        await until_waiting(served, 0)


async def test_past_the_limit_of_connections_one_that_waits_is_dropped() -> None:
    limits = Limits(connections=5, refusals_per_s=0.001, refusals_at_once=1)
    async with serving(limits=limits) as served, AsyncExitStack() as stack:
        strangers = [await stack.enter_async_context(connect(served.port)) for _ in range(5)]
        await refused_once(strangers[0])
        for each in strangers:
            await each.send(STRANGER)
        await until_waiting(served, 5)
        async with connect(served.port) as friend:
            await friend.send(HEALTH)
            assert (await friend.answer()).status == 200
        await until_waiting(served, 4)


async def test_the_end_of_the_server_does_not_wait_for_them() -> None:
    async with serving(limits=SLOW) as served, connect(served.port) as connection:
        await refused_once(connection)
        await connection.send(STRANGER)
        await until_waiting(served, 1)
        await served.server.stop()
        assert (await connection.answer()).status == 421
