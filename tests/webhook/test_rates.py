"""How often a key may place calls, and that nothing but new calls counts."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import AsyncExitStack

import psutil
import pytest

from connector_gui.core.desk_rules import DeskRules
from connector_gui.core.errors import RefusedError
from connector_gui.core.service import Action
from connector_gui.webhook import repeats
from connector_gui.webhook.rates import CallRates
from tests.fakes.desk import MemoryDesk
from tests.fakes.raw_http import RawConnection, connect, request
from tests.fakes.webhook import JSON_LINE, KEY_LINE, assert_error, serving

CALL = "/webhook/initiate-call"


class Clock:
    """The wall clock of the library."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 1_800_000_000.0
        monkeypatch.setattr("time.time", lambda: self.now_s)


def refused_for_s(rates: CallRates, key_name: str = "n8n") -> float:
    with pytest.raises(RefusedError) as caught:
        rates.count(key_name)
    assert (caught.value.status, caught.value.code) == (429, "rate_limited")
    assert caught.value.retry_after_s is not None
    return caught.value.retry_after_s


def test_in_no_stretch_of_a_minute_are_there_more_calls_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    rates = CallRates("3/minute")
    for _ in range(3):
        rates.count("n8n")
        clock.now_s += 10
    assert refused_for_s(rates) == pytest.approx(30, abs=0.1)
    clock.now_s += 30.1
    rates.count("n8n")
    assert refused_for_s(rates) == pytest.approx(10, abs=0.2)


@pytest.mark.parametrize(("rate", "wait_s"), [("1/second", 1), ("1/minute", 60), ("1/hour", 3600)])
def test_every_unit_of_the_setting_works(monkeypatch: pytest.MonkeyPatch, rate: str, wait_s: float) -> None:
    clock = Clock(monkeypatch)
    rates = CallRates(rate)
    rates.count("n8n")
    assert refused_for_s(rates) == pytest.approx(wait_s, abs=0.1)
    clock.now_s += wait_s + 0.1
    rates.count("n8n")


def test_keys_are_counted_apart() -> None:
    rates = CallRates("1/hour")
    rates.count("n8n")
    rates.count("crm")
    refused_for_s(rates, "n8n")
    refused_for_s(rates, "crm")


def test_a_clock_that_is_set_back_locks_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    rates = CallRates("2/minute")
    rates.count("n8n")
    rates.count("n8n")
    clock.now_s -= 86_400
    rates.count("n8n")
    rates.count("n8n")
    assert refused_for_s(rates) <= 60.1


# --- on the wire --------------------------------------------------------------------------------


async def test_one_call_too_many_is_told_when_to_come_again() -> None:
    async with serving(rate_limit="2/minute") as served:
        assert [(await served.place()).status for _ in range(2)] == [202, 202]
        refused = await served.place()
        assert_error(refused, 429, "rate_limited", "2 a minute")
        assert "RATE_LIMIT" in refused.json["error"]
        assert 55 <= int(refused.headers["retry-after"]) <= 60
        assert len(served.desk.requests) == 2
        other = await served.ask("POST", CALL, "X-API-Key: other", JSON_LINE, body=b'{"agent_id": "a"}')
        assert other.status == 202, "the limit is per key"


async def test_only_new_calls_count() -> None:
    async with serving(rate_limit="2/minute") as served:
        await served.place(session_id="crm-1")
        for _ in range(5):
            assert (await served.place(session_id="crm-1")).status == 202
            assert_error(await served.place(session_id="crm-1", priority=3), 422, "session_conflict")
            assert_error(await served.place(agent_id=None), 422, "invalid_request")
            assert (await served.get("/sessions")).status == 200
            assert (await served.post("/sessions/crm-1/end")).status == 200
        assert (await served.place(session_id="crm-2")).status == 202
        assert_error(await served.place(session_id="crm-3"), 429, "rate_limited")
        assert (await served.place(session_id="crm-2")).status == 202, "a repeat is answered all the same"


@pytest.mark.parametrize("rate_limit", ["60/minute", "1000000/minute"])
async def test_a_flood_of_calls_is_refused_and_the_desk_stays_alive(rate_limit: str) -> None:
    """As fast as one connection sends them: by the rate limit, or where that is far away by the queue's bound."""
    desk = MemoryDesk(DeskRules(ring_queue_size=20))
    async with serving(desk=desk, rate_limit=rate_limit) as served, connect(served.port) as flood:
        before = psutil.Process().memory_info().rss
        counts: dict[int, int] = {}
        waits_s = []
        for _ in range(20):
            await flood.send(request("POST", CALL, KEY_LINE, JSON_LINE, body=b'{"agent_id": "agent_1"}') * 100)
            for _ in range(100):
                answer = await flood.answer()
                counts[answer.status] = counts.get(answer.status, 0) + 1
                if answer.status == 503:
                    assert_error(answer, 503, "queue_full")
                elif answer.status == 429:
                    assert_error(answer, 429, "rate_limited")
            started_s = time.monotonic()
            assert (await served.ask("GET", "/health")).status == 200
            waits_s.append(time.monotonic() - started_s)
            await asyncio.sleep(0)
        ringing = len(desk.requests)
        assert ringing <= 22
        assert counts.keys() <= {202, 429, 503}
        assert counts[202] == ringing
        assert sorted(waits_s)[len(waits_s) // 2] < 0.5
        assert psutil.Process().memory_info().rss - before < 15e6


async def test_a_thousand_distinct_calls_a_second_ring_no_more_than_may_ring_at_once() -> None:
    """Due by the clock: a machine that is too slow for it sends late ones at once."""
    desk = MemoryDesk(DeskRules(ring_queue_size=20))
    async with serving(desk=desk, rate_limit="1000000/minute") as served, AsyncExitStack() as stack:
        callers = [await stack.enter_async_context(connect(served.port)) for _ in range(20)]
        statuses: Counter[int] = Counter()

        async def flood(caller: RawConnection, lane: int) -> None:
            began_s = time.monotonic()
            for number in range(50):
                await asyncio.sleep(max(0.0, began_s + number / 50 - time.monotonic()))
                body = f'{{"agent_id": "agent_1", "session_id": "flood-{lane}-{number}"}}'.encode()
                await caller.send(request("POST", CALL, KEY_LINE, JSON_LINE, body=body))
                statuses[(await caller.answer()).status] += 1

        before = psutil.Process().memory_info().rss
        async with asyncio.TaskGroup() as tasks:
            for lane, caller in enumerate(callers):
                tasks.create_task(flood(caller, lane), name=f"flood {lane}")
            for _ in range(10):
                assert (await served.ask("GET", "/health")).status == 200
                await asyncio.sleep(0.1)
        assert statuses == {202: 20, 503: 980}
        assert len(desk.requests) == 20
        assert psutil.Process().memory_info().rss - before < 15e6
        await desk.act(desk.requests[0].session_id, Action.DECLINE)
        assert (await served.place()).status == 202


async def test_a_flood_that_is_refused_does_not_reach_the_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats.Repeats.__init__, "__defaults__", (0.0,))  # Its first minute is over.
    async with serving(rate_limit="2/minute") as served:
        statuses = [(await served.place()).status for _ in range(30)]
        assert statuses == [202] * 2 + [429] * 28
        assert served.desk.look_ups == 4, "two calls: here, and when they are placed"
