"""A retry never doubles a call, and equal rows are still as many calls: told apart on real connections."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import SecretStr

from connector_gui.core.call import CallState
from connector_gui.core.desk_rules import DeskRules
from connector_gui.core.errors import RefusedError, StorageFullError
from connector_gui.core.service import Action
from connector_gui.webhook import repeats
from tests.fakes.desk import MemoryDesk
from tests.fakes.raw_http import RawAnswer, RawConnection, connect, request
from tests.fakes.webhook import JSON_LINE, KEY_LINE, Served, assert_error, serving

CALL = "/webhook/initiate-call"
ROW = json.dumps({"agent_id": "agent_1", "metadata": {"customer_name": "Mara"}}).encode()
POST = request("POST", CALL, KEY_LINE, JSON_LINE, body=ROW)


@asynccontextmanager
async def roomy(**config: Any) -> AsyncIterator[Served]:
    """A desk and a key that take any number of calls."""
    desk = MemoryDesk(DeskRules(ring_queue_size=1_000))
    async with serving(desk=desk, **{"rate_limit": "100000/minute", **config}) as served:
        yield served


async def post(served: Served, target: str = CALL, body: bytes = ROW, key_line: str = KEY_LINE) -> RawAnswer:
    return await served.ask("POST", target, key_line, JSON_LINE, body=body)


async def until_asked(served: Served, count: int) -> None:
    """Wait until the desk is placing *count* calls."""
    async with asyncio.timeout(5):
        while served.desk.asked_count < count:
            await asyncio.sleep(0.005)


@asynccontextmanager
async def in_preparation(served: Served) -> AsyncIterator[RawConnection]:
    """A request whose call the desk does not place yet."""
    served.desk.is_open.clear()
    count = served.desk.asked_count
    async with connect(served.port) as connection:
        await connection.send(POST)
        await until_asked(served, count + 1)
        yield connection


async def lost_in_preparation(served: Served) -> None:
    """A request whose caller has gone before its answer was made; the desk is still at it."""
    async with in_preparation(served):
        connections = served.server.connection_count
    async with asyncio.timeout(5):
        while served.server.connection_count >= connections:
            await asyncio.sleep(0.005)


def is_replay(answer: RawAnswer) -> bool:
    return answer.headers.get("idempotency-replayed") == "true"


# --- with an id ---------------------------------------------------------------------------------


async def test_two_hundred_equal_requests_at_once_are_one_ring() -> None:
    async with roomy() as served:
        answers = await asyncio.gather(*(served.place(session_id="crm-42") for _ in range(200)))
        assert len(served.desk.requests) == 1
        assert Counter(answer.status for answer in answers).keys() <= {202, 409}
        assert sum(answer.status == 202 and not is_replay(answer) for answer in answers) == 1


async def test_two_hundred_while_the_first_is_prepared_are_one_ring() -> None:
    async with roomy(rate_limit="5/minute") as served:
        served.desk.is_open.clear()
        first = asyncio.create_task(served.place(session_id="crm-42"))
        await served.desk.is_asked.wait()
        for answer in await asyncio.gather(*(served.place(session_id="crm-42") for _ in range(199))):
            assert_error(answer, 409, "request_in_progress")
        served.desk.is_open.set()
        assert (await first).status == 202
        again = await asyncio.gather(*(served.place(session_id="crm-42") for _ in range(50)))
        assert all(answer.status == 202 and is_replay(answer) for answer in again), "they do not count as calls"
        assert len(served.desk.requests) == 1


# --- without one: equal rows --------------------------------------------------------------------


async def test_fifty_equal_rows_at_once_are_fifty_calls() -> None:
    async with roomy() as served:
        answers = await asyncio.gather(*(post(served) for _ in range(50)))
        assert all(answer.status == 202 and not is_replay(answer) for answer in answers)
        assert len({answer.json["session_id"] for answer in answers}) == len(served.desk.requests) == 50


async def test_fifty_equal_rows_that_are_all_being_prepared_are_fifty_calls() -> None:
    async with roomy() as served:
        served.desk.is_open.clear()
        rows = [asyncio.create_task(post(served)) for _ in range(50)]
        await until_asked(served, 50)
        served.desk.is_open.set()
        assert len({(await row).json["session_id"] for row in rows}) == len(served.desk.requests) == 50


async def test_equal_rows_one_after_the_other_are_calls_of_their_own() -> None:
    async with roomy() as served:
        for _ in range(5):
            assert not is_replay(await post(served))
        async with connect(served.port) as kept:
            for _ in range(5):
                await kept.send(POST)
                assert not is_replay(await kept.answer())
        assert len(served.desk.requests) == 10
        assert sorted(served.desk.delivered) == sorted(request.session_id for request in served.desk.requests)


async def test_rows_that_wait_for_the_end_of_their_calls_are_calls_of_their_own() -> None:
    async with roomy() as served:
        rows = [asyncio.create_task(post(served, f"{CALL}?wait=ended&timeout_s=10")) for _ in range(3)]
        async with asyncio.timeout(5):
            while len(served.desk.requests) < 3:
                await asyncio.sleep(0.005)
        for placed in served.desk.requests:
            await served.desk.act(placed.session_id, Action.DECLINE)
        assert [(await row).json["outcome"] for row in rows] == ["declined"] * 3
        assert not is_replay(await post(served))


# --- without one: retries -----------------------------------------------------------------------


async def test_a_retry_while_the_first_is_still_prepared_waits_along_and_rings_once() -> None:
    async with roomy() as served:
        await lost_in_preparation(served)
        retry = asyncio.create_task(post(served))
        await asyncio.sleep(0.1)
        assert not retry.done()
        served.desk.is_open.set()
        answer = await retry
        assert (answer.status, is_replay(answer), len(served.desk.requests)) == (202, True, 1)
        assert answer.json["session_id"] == served.desk.requests[0].session_id
        assert answer.json["websocket_url"], "the caller gets all that the first answer would have had"
        assert served.desk.delivered == [answer.json["session_id"]]
        assert not is_replay(await post(served)), "the answer is there: the next one is another call"


async def test_a_ring_goes_on_without_its_caller_and_a_retry_finds_it() -> None:
    async with roomy() as served:
        await lost_in_preparation(served)
        served.desk.is_open.set()
        async with asyncio.timeout(5):
            while not served.desk.requests:
                await asyncio.sleep(0.005)
        assert served.desk.delivered == []
        retry = await post(served)
        assert (retry.status, is_replay(retry), len(served.desk.requests)) == (202, True, 1)
        assert "nothing rings again" in retry.json["message"]


async def test_each_retry_finds_a_call_of_its_own() -> None:
    async with roomy() as served:
        async with in_preparation(served), in_preparation(served), in_preparation(served):
            pass  # Three at once, and then the network between goes.
        async with asyncio.timeout(5):
            while served.server.connection_count:
                await asyncio.sleep(0.005)
        served.desk.is_open.set()
        async with asyncio.timeout(5):
            while len(served.desk.requests) < 3:
                await asyncio.sleep(0.005)
        answers = await asyncio.gather(*(post(served) for _ in range(5)))
        assert sum(map(is_replay, answers)) == 3
        assert len({answer.json["session_id"] for answer in answers}) == len(served.desk.requests) == 5


async def test_a_retry_of_a_retry_finds_the_call_too() -> None:
    async with roomy() as served:
        await lost_in_preparation(served)
        await lost_in_preparation_as_retry(served)
        retry = asyncio.create_task(post(served))
        served.desk.is_open.set()
        assert is_replay(await retry)
        assert len(served.desk.requests) == 1


async def lost_in_preparation_as_retry(served: Served) -> None:
    async with connect(served.port) as connection:
        await connection.send(POST)
        async with asyncio.timeout(5):
            while served.server.connection_count < 1:
                await asyncio.sleep(0.005)
        await asyncio.sleep(0.05)
    async with asyncio.timeout(5):
        while served.server.connection_count:
            await asyncio.sleep(0.005)


async def test_a_caller_that_gave_up_waiting_for_the_end_finds_its_call() -> None:
    """n8n gives up after 300 s, and tries again where it is told to."""
    async with roomy() as served:
        async with connect(served.port) as connection:
            await connection.send(request("POST", f"{CALL}?wait=ended", KEY_LINE, JSON_LINE, body=ROW))
            async with asyncio.timeout(5):
                while not served.server.held_count:
                    await asyncio.sleep(0.005)
        async with asyncio.timeout(5):
            while served.server.held_count:
                await asyncio.sleep(0.005)
        retry = asyncio.create_task(post(served, f"{CALL}?wait=ended"))
        (placed,) = served.desk.requests
        record = await served.desk.session(placed.session_id)
        assert record is not None
        assert record.status is CallState.RINGING, "hanging up on the webhook is not hanging up on the call"
        await asyncio.sleep(0.05)
        await served.desk.act(placed.session_id, Action.DECLINE)
        answer = await retry
        assert (is_replay(answer), answer.json["outcome"], len(served.desk.requests)) == (True, "declined", 1)


async def test_after_a_minute_equal_bytes_are_another_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats.Repeats.__init__, "__defaults__", (0.2,))
    async with roomy() as served:
        await lost_in_preparation(served)
        served.desk.is_open.set()
        await asyncio.sleep(0.3)
        served.desk.delivered += [request.session_id for request in served.desk.requests]  # The record forgets, too.
        assert not is_replay(await post(served))
        assert len(served.desk.requests) == 2


async def test_other_bytes_and_other_keys_are_other_calls() -> None:
    async with roomy() as served:
        await lost_in_preparation(served)
        served.desk.is_open.set()
        assert not is_replay(await post(served, body=ROW.replace(b"Mara", b"Jo")))
        assert not is_replay(await post(served, body=ROW + b" "))
        assert not is_replay(await post(served, key_line="X-API-Key: other"))
        assert is_replay(await post(served))
        assert len(served.desk.requests) == 4


async def test_a_retry_of_what_was_refused_is_a_new_request() -> None:
    async with roomy() as served:
        await lost_in_preparation(served)
        served.desk.refusal = RefusedError("Not now.", code="do_not_disturb", status=503)
        along = asyncio.create_task(post(served))
        await asyncio.sleep(0.1)
        served.desk.is_open.set()
        assert_error(await along, 503, "do_not_disturb")
        served.desk.refusal = None
        assert (await post(served)).status == 202
        assert len(served.desk.requests) == 1


async def test_a_restart_forgets_no_answer_that_was_lost() -> None:
    desk = MemoryDesk(DeskRules(ring_queue_size=100))
    async with serving(desk=desk) as served:
        await lost_in_preparation(served)
        desk.is_open.set()
        async with asyncio.timeout(5):
            while not desk.requests:
                await asyncio.sleep(0.005)
    async with serving(desk=desk) as served:
        assert is_replay(await post(served))
        assert not is_replay(await post(served))
        assert len(desk.requests) == 2


async def test_an_answer_whose_arrival_cannot_be_kept_counts_as_arrived(caplog: pytest.LogCaptureFixture) -> None:
    async with roomy() as served:

        async def disk_full(session_id: str) -> None:
            raise StorageFullError(f"no room for {session_id}")

        served.desk.answered = disk_full  # type: ignore[method-assign]
        assert [is_replay(await post(served)) for _ in range(3)] == [False] * 3
        assert len(served.desk.requests) == 3
        assert "call.delivery_not_kept" in caplog.messages


async def test_what_is_kept_of_the_bytes_cannot_be_guessed_back_without_the_key() -> None:
    key_of = SecretStr
    body = b'{"agent_id": "a", "metadata": {"secret__pin": "4711"}}'
    assert repeats.mark_of("n8n", key_of("k1"), body) == repeats.mark_of("n8n", key_of("k1"), body)
    assert repeats.mark_of("n8n", key_of("k1"), body) != repeats.mark_of("n8n", key_of("k2"), body)
    assert repeats.mark_of("n8n", key_of("k1"), body) != repeats.mark_of("crm", key_of("k1"), body)
    assert len(repeats.mark_of("n8n", key_of("k1"), body)) == 64


async def test_lost_requests_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "MOST_LOST", 3)
    kept: list[repeats.Repeats] = []
    real = repeats.Repeats.__init__

    def remember(self: repeats.Repeats) -> None:
        real(self)
        kept.append(self)

    monkeypatch.setattr(repeats.Repeats, "__init__", remember)
    async with roomy() as served:
        for number in range(8):
            async with connect(served.port) as connection:
                body = ROW.replace(b"Mara", b"%d" % number)
                await connection.send(request("POST", f"{CALL}?wait=ended", KEY_LINE, JSON_LINE, body=body))
                async with asyncio.timeout(5):
                    while len(served.desk.requests) <= number:
                        await asyncio.sleep(0.005)
            async with asyncio.timeout(5):
                while served.server.connection_count:
                    await asyncio.sleep(0.005)
        await post(served)
        assert len(kept[0]) <= 4
