"""What is kept of requests, and what is not."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from connector_gui.core.activity import ShownRequest
from connector_gui.system.redaction import Redactor
from connector_gui.webhook.activity import BODY_CHARS, KEPT, Activity
from connector_gui.webhook.exchange import Exchange
from tests.fakes.webhook import JSON_LINE, KEY, KEY_LINE, Served, serving


def activity() -> Activity:
    redactor = Redactor()
    redactor.add_key(SecretStr(KEY))
    return Activity(redactor.clean)


def exchange(**values: Any) -> Exchange:
    made: dict[str, Any] = {
        "at": datetime(2026, 11, 22, tzinfo=UTC),
        "method": "POST",
        "target": "/webhook/initiate-call",
        "status": 202,
        "code": "",
        "error": "",
        "key_name": "n8n",
        "remote_address": "127.0.0.1",
        "request_id": "r1",
        "duration_s": 0.004,
    }
    return Exchange(**{**made, **values})


def noted(**values: Any) -> ShownRequest:
    kept = activity()
    kept.note(exchange(**values))
    return kept.now.requests[0]


@dataclass
class Gone:
    """A server that has stopped."""

    refused: Counter[str]


def follow(served: Served) -> Activity:
    kept = activity()
    served.server.on_exchange.append(kept.note)
    kept.follow(served.server)
    return kept


# --- from the door -----------------------------------------------------------------------------


async def test_a_call_is_kept_with_its_key_and_answer() -> None:
    async with serving() as served:
        kept = follow(served)
        await served.place(session_id="crm-42")
    (request,) = kept.now.requests
    assert (request.method, request.path, request.status) == ("POST", "/webhook/initiate-call", 202)
    assert (request.key_name, request.code, request.reason, request.is_refused) == ("n8n", "", "", False)
    assert request.body is not None
    assert json.loads(request.body) == {"agent_id": "agent_1", "session_id": "crm-42"}
    assert 0 < request.duration_ms < 5_000
    assert request.remote_address == "127.0.0.1"


async def test_a_refusal_is_kept_with_its_reason_in_words() -> None:
    async with serving() as served:
        kept = follow(served)
        await served.ask("GET", "/sessions", "X-API-Key: wrong-key-of-somebody")
        await served.place(ring_timeout_s=0)
    wrong_field, wrong_key = kept.now.requests
    assert (wrong_key.status, wrong_key.code, wrong_key.key_name) == (401, "unauthorized", "")
    assert "is not one of this desk's keys" in wrong_key.reason
    assert (wrong_field.status, wrong_field.code) == (422, "invalid_request")
    assert wrong_field.reason.startswith("ring_timeout_s must be")
    assert "wrong-key-of-somebody" not in repr(kept.now)


async def test_requests_for_other_hosts_are_counted_and_nothing_else() -> None:
    async with serving() as served:
        kept = follow(served)
        for _ in range(3):
            await served.ask("GET", "/health", host="evil.example")
        await served.ask("GET", "/health")
        assert kept.now.strangers == 3
    assert [request.path for request in kept.now.requests] == ["/health"]
    assert kept.now.total == 1


async def test_another_server_goes_on_counting() -> None:
    kept = activity()
    kept.follow(Gone(Counter({"host_not_allowed": 2})))
    async with serving() as served:
        kept.follow(served.server)
        await served.ask("GET", "/health", host="evil.example")
        assert kept.now.strangers == 3


async def test_a_key_in_the_wrong_place_is_not_kept() -> None:
    async with serving() as served:
        kept = follow(served)
        await served.ask("GET", f"/sessions?key={KEY}&limit=5", KEY_LINE)
        await served.ask("GET", f"/sessions/{KEY}?cursor={KEY}", KEY_LINE)
        await served.place(metadata={"note": f"my key is {KEY}"})
        await served.ask("POST", "/webhook/initiate-call", KEY_LINE, JSON_LINE, body=f'{{"a": "{KEY}",}}'.encode())
    assert len(kept.now.requests) == 4
    assert KEY not in repr(kept.now)
    assert kept.now.requests[-1].query == (("limit", "5"),)


# --- what is kept ------------------------------------------------------------------------------


def test_the_newest_come_first_and_the_oldest_go() -> None:
    kept = activity()
    for number in range(KEPT + 5):
        kept.note(exchange(request_id=str(number)))
    now = kept.now
    assert len(now.requests) == KEPT
    assert now.total == KEPT + 5
    assert [request.number for request in now.requests[:2]] == [KEPT + 5, KEPT + 4]
    assert now.requests[-1].request_id == "5"


def test_secret_variables_are_masked_at_any_depth() -> None:
    body = {"agent_id": "a", "metadata": {"secret__pin": "4711", "dynamic_variables": {"secret__b": ["0815"], "c": 1}}}
    request = noted(raw_body=json.dumps(body).encode())
    assert request.body is not None
    assert json.loads(request.body)["metadata"] == {
        "secret__pin": "***",
        "dynamic_variables": {"secret__b": "***", "c": 1},
    }


@pytest.mark.parametrize(
    "raw_body",
    [b'{"secret__pin": "4711",}', b'{"\\u0073ecret__pin": "4711"', b'{"secret__pin": "4711", "secret__pin": "1"}'],
)
def test_what_is_no_json_is_not_kept_where_a_secret_may_be_in_it(raw_body: bytes) -> None:
    request = noted(raw_body=raw_body, status=400)
    assert request.body is None
    assert not request.has_whole_body
    assert request.body_bytes == len(raw_body)


def test_what_is_no_json_is_kept_to_be_mended() -> None:
    assert noted(raw_body=b'{"agent_id": "a",}').body == '{"agent_id": "a",}'


def test_large_bodies_are_not_kept() -> None:
    request = noted(raw_body=b'{"agent_id": "%s"}' % (b"a" * BODY_CHARS))
    assert (request.body, request.has_whole_body) == (None, False)


def test_no_body_is_whole() -> None:
    assert noted().has_whole_body


def test_of_an_absolute_target_path_and_query_are_kept() -> None:
    request = noted(target="http://127.0.0.1:8000/sessions?limit=3", method="GET")
    assert (request.path, request.query) == ("/sessions", (("limit", "3"),))


def test_endless_words_are_cut() -> None:
    request = noted(target="/" + "a" * 8000, error="b" * 8000, method="C" * 8000)
    assert max(len(request.path), len(request.reason), len(request.method)) <= 400


def test_listeners_hear_of_each_request() -> None:
    kept, heard = activity(), []
    kept.on_change.append(lambda: heard.append(kept.now.total))
    kept.note(exchange())
    kept.note(exchange())
    assert heard == [1, 2]
