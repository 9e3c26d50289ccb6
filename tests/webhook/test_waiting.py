"""``?wait=``: the answer comes when the call has got so far, or when the time is over."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from connector_gui.core.answers import AcceptedBody
from connector_gui.core.service import Action
from connector_gui.webhook import Limits
from tests.fakes.raw_http import RawAnswer
from tests.fakes.webhook import Served, assert_common, assert_error, serving

CALL = "/webhook/initiate-call"


def waiting(served: Served, query: str, **body: Any) -> asyncio.Task[RawAnswer]:
    return asyncio.create_task(served.post(f"{CALL}?{query}", {"agent_id": "agent_1", "session_id": "crm-42", **body}))


async def until_held(served: Served, count: int = 1) -> None:
    async with asyncio.timeout(5):
        while served.server.held_count != count:
            await asyncio.sleep(0.005)


async def test_the_answer_comes_with_the_acceptance() -> None:
    async with serving() as served:
        answer = waiting(served, "wait=accepted")
        await until_held(served)
        await asyncio.sleep(0.05)
        assert not answer.done()
        await served.desk.act("crm-42", Action.ACCEPT)
        got = await answer
        assert_common(got)
        assert got.status == 202
        body = got.json
        assert set(body) == set(AcceptedBody.model_fields) | {"outcome", "ended_by", "error", "duration_s"}
        assert (body["status"], body["outcome"], body["success"]) == ("connecting", None, True)
        assert body["message"] == "The call was accepted at the desk."
        assert body["websocket_url"].startswith("wss://")
        assert served.server.held_count == 0


async def test_the_answer_comes_with_the_end_and_says_how_it_was() -> None:
    async with serving() as served:
        answer = waiting(served, "wait=ended&timeout_s=20")
        await until_held(served)
        await served.desk.act("crm-42", Action.ACCEPT)
        await asyncio.sleep(0.05)
        assert not answer.done()
        served.desk.change("crm-42", status="ended", outcome="completed", ended_by="agent", duration_s=61.2)
        body = (await answer).json
        ending = (body["status"], body["outcome"], body["ended_by"], body["error"], body["duration_s"])
        assert ending == ("ended", "completed", "agent", None, 61.2)
        assert body["message"] == "The call is over (completed)."


async def test_a_call_that_is_declined_is_not_waited_for_any_longer() -> None:
    async with serving() as served:
        answer = waiting(served, "wait=accepted")
        await until_held(served)
        await served.desk.act("crm-42", Action.DECLINE)
        body = (await answer).json
        assert (body["status"], body["outcome"]) == ("ended", "declined")


async def test_when_the_time_is_over_the_answer_says_how_far_it_got() -> None:
    async with serving() as served:
        started_s = time.monotonic()
        answer = await waiting(served, "wait=ended&timeout_s=1")
        assert 0.9 < time.monotonic() - started_s < 3
        assert (answer.status, answer.json["status"], answer.json["outcome"]) == (202, "ringing", None)
        assert "still ringing" in answer.json["message"]
        record = await served.desk.session("crm-42")
        assert record is not None
        assert record.status == "ringing"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("wait=answered", "wait"),
        ("wait=", "wait"),
        ("wait=ended&timeout_s=0", "timeout_s"),
        ("wait=ended&timeout_s=3601", "timeout_s"),
        ("wait=ended&timeout_s=soon", "timeout_s"),
        ("wait=ended&wait=accepted", "wait"),
    ],
)
async def test_a_wrong_wish_rings_nobody(query: str, field: str) -> None:
    async with serving() as served:
        assert_error(await waiting(served, query), 422, "invalid_request", f"{field} ", field)
        assert served.desk.requests == []


async def test_a_repeat_may_wait_too() -> None:
    async with serving() as served:
        await served.place(session_id="crm-42")
        answer = waiting(served, "wait=ended")
        await until_held(served)
        await served.desk.act("crm-42", Action.DECLINE)
        got = await answer
        assert got.headers["idempotency-replayed"] == "true"
        assert got.json["outcome"] == "declined"
        again = await waiting(served, "wait=ended")
        assert (again.json["status"], again.json["outcome"]) == ("ended", "declined")


async def test_too_many_who_wait_are_answered_at_once_and_ring_all_the_same() -> None:
    async with serving(limits=Limits(held=1)) as served:
        first = waiting(served, "wait=ended", session_id="crm-1")
        await until_held(served)
        second = await waiting(served, "wait=ended", session_id="crm-2")
        assert (second.status, second.json["status"]) == (202, "ringing")
        assert len(served.desk.requests) == 2
        await served.desk.act("crm-1", Action.DECLINE)
        assert (await first).json["outcome"] == "declined"


async def test_whoever_waits_is_answered_before_the_server_stops() -> None:
    async with serving() as served:
        answer = waiting(served, "wait=ended&timeout_s=300")
        await until_held(served)
        started_s = time.monotonic()
        await served.server.stop()
        assert time.monotonic() - started_s < 1
        assert (await answer).json["status"] == "ringing"


async def test_without_a_wish_the_answer_is_the_one_that_it_always_was() -> None:
    async with serving() as served:
        body = (await served.post(f"{CALL}?timeout_s=5", {"agent_id": "a"})).json
        assert set(body) == set(AcceptedBody.model_fields)
