"""Placing a call over HTTP, as callers are promised it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from connector_gui.core.callback_url import CallbackRules
from connector_gui.core.errors import (
    AgentError,
    AudioError,
    AuthError,
    ConfigError,
    ConnectorError,
    InvalidTransition,
    KeyringError,
    KeyringReason,
    RefusedError,
    StorageFullError,
    StoreError,
)
from connector_gui.core.service import Action
from tests.fakes.webhook import KEY, assert_common, assert_error, serving

CALL = "/webhook/initiate-call"


async def test_a_call_rings_and_the_answer_says_where_to_look() -> None:
    async with serving(ring_timeout_s=45) as served:
        answer = await served.place(session_id="crm-42", metadata={"customer_name": "Mara"})
        assert_common(answer)
        assert answer.status == 202
        assert "idempotency-replayed" not in answer.headers
        body = answer.json
        base = f"http://127.0.0.1:{served.port}"
        created = datetime.fromisoformat(body["created_at"])
        assert abs(created - datetime.now(UTC)) < timedelta(seconds=10)
        assert datetime.fromisoformat(body["ring_expires_at"]) - created == timedelta(seconds=45)
        assert {**body, "message": "", "timestamp": "", "created_at": "", "ring_expires_at": ""} == {
            "success": True,
            "message": "",
            "timestamp": "",
            "session_id": "crm-42",
            "status": "ringing",
            "agent_id": "agent_1",
            "agent_name": "Billing",
            "practice": False,
            "websocket_url": "wss://agents.example/agent_1?token=secret",
            "created_at": "",
            "ring_expires_at": "",
            "links": {
                "self": f"{base}/sessions/crm-42",
                "events": f"{base}/sessions/crm-42/events",
                "end": f"{base}/sessions/crm-42/end",
            },
        }
        (request,) = served.desk.requests
        assert request.placed_by == "n8n"
        assert request.ring_timeout_s == 45
        assert request.dynamic_variables == {"customer_name": "Mara"}


async def test_a_request_for_the_earlier_service_works_unchanged() -> None:
    """`requests.post(url, headers={"X-API-Key": …}, json={"agent_id", "session_id", "metadata"})`"""
    old = {
        "agent_id": "agent_01jxyz",
        "session_id": "session-20260131-7",
        "metadata": {"dynamic_variables": {"customer_name": "Mara", "balance": 12.5, "vip": True}, "lead": 7},
    }
    async with serving() as served, aiohttp.ClientSession() as session:
        url = f"http://localhost:{served.port}{CALL}"
        async with session.post(url, json=old, headers={"X-API-Key": KEY}) as answer:
            body = await answer.json()
        assert answer.ok
        assert body["success"] is True
        assert body["session_id"] == "session-20260131-7"
        assert body["websocket_url"].startswith("wss://")
        assert isinstance(body["message"], str)
        assert datetime.fromisoformat(body["timestamp"]).utcoffset() == timedelta(0)
        (request,) = served.desk.requests
        assert request.dynamic_variables == {"customer_name": "Mara", "balance": 12.5, "vip": True}
        async with session.post(url, json={"agent_id": "agent_01jxyz"}, headers={"X-API-Key": KEY}) as answer:
            assert (await answer.json())["session_id"]


async def test_what_n8n_sends_is_taken() -> None:
    """The headers of its HTTP Request node (version 4.2), and numbers as texts, which it makes of typed fields."""
    async with serving() as served:
        answer = await served.ask(
            "POST",
            CALL,
            "Accept: application/json,text/html,application/xhtml+xml,application/xml,text/*;q=0.9, */*;q=0.7",
            "Content-Type: application/json",
            f"x-api-key: {KEY}",
            "User-Agent: n8n",
            "Accept-Encoding: gzip, compress, deflate, br",
            "Connection: close",
            body='{"agent_id":"agent_1","ring_timeout_s":"30","priority":"1","metadata":{"customer":"Müller"}}'.encode(),
        )
        assert answer.status == 202
        assert answer.headers["content-type"] == "application/json"
        assert "content-encoding" not in answer.headers
        (request,) = served.desk.requests
        assert (request.ring_timeout_s, request.priority) == (30, 1)
        assert request.metadata == {"customer": "Müller"}


async def test_links_lead_back_the_way_the_caller_came() -> None:
    async with serving(allowed_hosts=("host.docker.internal",)) as served:
        body = b'{"agent_id": "a"}'
        answer = await served.ask(
            "POST",
            CALL,
            f"X-API-Key: {KEY}",
            "Content-Type: application/json",
            body=body,
            host="host.docker.internal:18000",
        )
        assert answer.json["links"]["self"].startswith("http://host.docker.internal:18000/sessions/")


async def test_the_signed_url_can_be_kept_back() -> None:
    async with serving(expose_signed_url=False) as served:
        assert "websocket_url" not in (await served.place()).json


# --- the id of a call ---------------------------------------------------------------------------


async def test_without_an_id_every_request_is_a_call_of_its_own() -> None:
    async with serving() as served:
        ids = {(await served.place()).json["session_id"] for _ in range(3)}
        assert len(ids) == len(served.desk.requests) == 3


@pytest.mark.parametrize("header", ["order-7", '"order-7"', " order-7 "])
async def test_the_header_names_the_call_when_the_body_does_not(header: str) -> None:
    async with serving() as served:
        assert (await served.place(f"Idempotency-Key: {header}")).json["session_id"] == "order-7"
        replay = await served.place(f"Idempotency-Key: {header}")
        assert replay.headers["idempotency-replayed"] == "true"
        both = await served.place(f"Idempotency-Key: {header}", session_id="crm-42")
        assert both.json["session_id"] == "crm-42"


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["Idempotency-Key: a b"], "Idempotency-Key must be 1 to 128"),
        (["Idempotency-Key:"], "Idempotency-Key must be 1 to 128"),
        (["Idempotency-Key: a"] * 2, "Idempotency-Key is given twice"),
    ],
)
async def test_a_header_that_cannot_name_a_call_is_refused(lines: list[str], sentence: str) -> None:
    async with serving() as served:
        answer = await served.place(*lines)
        assert_error(answer, 422, "invalid_request", sentence, "Idempotency-Key")


async def test_a_name_that_came_as_a_number_is_refused_as_no_text() -> None:
    async with serving() as served:
        answer = await served.place(session_id=42)
        assert_error(answer, 422, "invalid_request", "session_id must be a text of 1 to 128", "session_id")


async def test_the_same_request_again_gets_the_first_answer_and_rings_nobody() -> None:
    async with serving() as served:
        first = await served.place(session_id="crm-42", metadata={"x": 1})
        again = await served.post(CALL, {"metadata": {"x": 1.0}, "session_id": "crm-42", "agent_id": "agent_1"})
        assert again.status == 202
        assert again.headers["idempotency-replayed"] == "true"
        assert {**again.json, "message": ""} == {**first.json, "message": ""}
        assert "nothing rings again" in again.json["message"]
        assert len(served.desk.requests) == 1


async def test_a_replay_after_the_signed_url_is_gone_says_so_with_null() -> None:
    async with serving() as served:
        await served.place(session_id="crm-42")
        await served.desk.act("crm-42", Action.DECLINE)
        replay = await served.place(session_id="crm-42")
        assert replay.json["websocket_url"] is None
        assert "ended (declined)" in replay.json["message"]


async def test_the_same_id_with_another_body_is_a_conflict() -> None:
    async with serving() as served:
        await served.place(session_id="crm-42")
        assert_error(await served.place(session_id="crm-42", priority=1), 422, "session_conflict")


async def test_a_request_that_is_still_being_answered_is_not_placed_twice() -> None:
    async with serving() as served:
        served.desk.is_open.clear()
        first = asyncio.create_task(served.place(session_id="crm-42"))
        await served.desk.is_asked.wait()
        second = await served.place(session_id="crm-42")
        assert_error(second, 409, "request_in_progress")
        assert second.headers["retry-after"] == "1"
        served.desk.is_open.set()
        assert (await first).status == 202
        assert len(served.desk.requests) == 1


async def test_a_caller_that_does_not_wait_for_the_answer_has_placed_the_call() -> None:
    async with serving() as served:
        served.desk.is_open.clear()
        impatient = asyncio.create_task(served.place(session_id="crm-42"))
        await served.desk.is_asked.wait()
        impatient.cancel()
        await asyncio.gather(impatient, return_exceptions=True)
        served.desk.is_open.set()
        replay = await served.place(session_id="crm-42")
        assert (replay.status, len(served.desk.requests)) == (202, 1)


# --- refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"agent_id": None}, "agent_id"),
        ({"session_id": "a b"}, "session_id"),
        ({"metadata": {"system__x": 1}}, "metadata.system__x"),
        ({"overrides": {"agent": {"langauge": "de"}}}, "overrides.agent.langauge"),
        ({"phoneNumber": "+49"}, "phoneNumber"),
        ({"callback_url": "javascript:alert(1)"}, "callback_url"),
    ],
)
async def test_a_wrong_field_is_named_in_the_sentence_that_n8n_shows(body: dict[str, Any], field: str) -> None:
    async with serving() as served:
        assert_error(await served.place(**body), 422, "invalid_request", f"{field} ", field)
        assert served.desk.requests == []


async def test_a_query_that_is_not_known_is_refused_by_name() -> None:
    async with serving() as served:
        answer = await served.post(f"{CALL}?until=ended", {"agent_id": "a"})
        assert_error(answer, 422, "invalid_request", "until is not known", "until")
        many = "&".join(f"a{number}=1" for number in range(100))
        assert_error(
            await served.post(f"{CALL}?{many}", {"agent_id": "a"}), 422, "invalid_request", "query has more than"
        )


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (RefusedError("Not now.", code="do_not_disturb", status=503, retry_after_s=60), 503, "do_not_disturb"),
        (RefusedError("Too many.", code="queue_full", status=503), 503, "queue_full"),
        (RefusedError("No key.", code="no_api_key", status=503), 503, "no_api_key"),
        (RefusedError("Closing.", code="shutting_down", status=503), 503, "shutting_down"),
        (RefusedError("Slower.", code="rate_limited", status=429, retry_after_s=0.2), 429, "rate_limited"),
        (AgentError("No such agent.", code="agent_not_found", status=404), 404, "agent_not_found"),
        (AuthError("Bad key.", code="elevenlabs_key_invalid"), 502, "elevenlabs_key_invalid"),
        (AgentError("Busy.", code="elevenlabs_rate_limited", retry_after_s=7), 502, "elevenlabs_rate_limited"),
        (AgentError("Silence.", code="elevenlabs_timeout", status=504), 504, "elevenlabs_timeout"),
        (KeyringError(KeyringReason.LOCKED, "Locked."), 503, "keyring_locked"),
        (ConfigError("No key."), 503, "no_api_key"),
        (AudioError("No microphone."), 503, "no_audio_device"),
        (StorageFullError("Disk full."), 503, "storage_full"),
        (StoreError("Unreadable."), 500, "internal_error"),
        (InvalidTransition("Over."), 409, "wrong_state"),
        (ConnectorError("Something."), 500, "internal_error"),
    ],
)
async def test_a_refusal_of_the_desk_keeps_its_sentence_and_code(error: ConnectorError, status: int, code: str) -> None:
    async with serving() as served:
        served.desk.refusal = error
        answer = await served.place()
        assert_error(answer, status, code, str(error))
        if status in {429, 503}:
            assert int(answer.headers["retry-after"]) >= 1


async def test_retry_after_is_what_the_desk_asked_for_in_whole_seconds() -> None:
    async with serving() as served:
        for wait_s, told in ((60, "60"), (0.2, "1"), (1.5, "2")):
            served.desk.refusal = RefusedError("Not now.", code="queue_full", status=503, retry_after_s=wait_s)
            assert (await served.place()).headers["retry-after"] == told


# --- callbacks ----------------------------------------------------------------------------------


async def looked_up(host: str) -> Sequence[str]:
    """A resolver with three hosts in it."""
    known = {"n8n.lan": ["192.168.7.7"], "rebound.example": ["192.168.7.7", "8.8.8.8"], "cloud.example": ["8.8.8.8"]}
    if host not in known:
        raise OSError(f"{host} is not known")
    return known[host]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:5678/x?signature=0f", "https://[::1]/x", "http://10.0.0.7/", "http://n8n.lan:5678/x"]
)
async def test_callbacks_go_to_this_computer_and_private_networks(url: str) -> None:
    async with serving(resolver=looked_up) as served:
        assert (await served.place(callback_url=url)).status == 202
        assert served.desk.requests[0].callback_url == url


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://8.8.8.8/", "may not go to"),
        # To add these to CALLBACK_ALLOWED_HOSTS would help nobody.
        ("http://169.254.169.254/latest/meta-data", "never go to"),
        ("http://[fe80::1]/", "never go to"),
        ("http://0.0.0.0/", "never go to"),
        ("https://cloud.example/", "may not go to"),
        ("https://rebound.example/", "may not go to"),
        ("https://nowhere.example/", "cannot find"),
    ],
)
async def test_callbacks_go_nowhere_else(url: str, sentence: str) -> None:
    async with serving(resolver=looked_up) as served:
        assert_error(await served.place(callback_url=url), 422, "invalid_request", sentence, "callback_url")
        assert served.desk.requests == []


async def test_a_host_that_the_operator_named_is_not_even_looked_up() -> None:
    rules = CallbackRules.of(["cloud.example", "offline.example"])
    async with serving(resolver=looked_up, callback_rules=rules) as served:
        for url in ("https://cloud.example/x", "https://offline.example/x"):
            assert (await served.place(callback_url=url)).status == 202
        refused = await served.place(callback_url="http://127.0.0.1/")
        assert_error(refused, 422, "invalid_request", "CALLBACK_ALLOWED_HOSTS", "callback_url")


async def test_names_of_this_computer_are_found_by_the_system() -> None:
    async with serving() as served:
        assert (await served.place(callback_url="http://localhost:5678/x")).status == 202
