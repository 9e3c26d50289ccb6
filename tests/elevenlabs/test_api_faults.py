"""The REST client against a service, and a network, that fail: typed errors in words, and in time."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
import traceback
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest
from aiohttp import web
from pydantic import SecretStr

from connector_gui.core.errors import AgentError
from connector_gui.elevenlabs.api import ElevenLabsApi
from connector_gui.elevenlabs.http_client import MAX_BODY_BYTES, ApiTiming
from tests.fakes.agent_server import Peer, agent_server
from tests.fakes.rest_server import Reply, rest_server
from tests.fakes.tcp_server import tcp_server
from tests.fakes.tls import client_tls, server_tls

KEY: Final = "sk_0123456789abcdef"
SIGNED: Final = Reply(body={"signed_url": "ws://127.0.0.1:9/?conversation_signature=sekrit-canary"})
LATER: Final = Reply(503, {"detail": "later"})


@asynccontextmanager
async def client(url: str, **options: Any) -> AsyncIterator[ElevenLabsApi]:
    options = {"timing": ApiTiming(total_s=2.0, backoff_s=0.01), "chance": lambda: 0.5, **options}
    made = ElevenLabsApi(url, lambda: SecretStr(KEY), **options)
    try:
        yield made
    finally:
        await made.aclose()


async def fault(url: str, **options: Any) -> AgentError:
    async with client(url, **options) as api:
        with pytest.raises(AgentError) as raised:
            await api.signed_url("agent_1")
    # With all that is chained to it, for a traceback in the log shows that too.
    traceback_text = "".join(traceback.format_exception(raised.value))
    for text in (repr(raised.value), traceback_text):
        assert KEY not in text
        assert "sekrit-canary" not in text
    return raised.value


# --- answers --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "code", "status", "tries"),
    [
        (Reply(401, {"detail": {"status": "invalid_api_key"}}), "elevenlabs_key_invalid", 502, 1),
        (Reply(401, {"detail": {"code": "missing_permissions"}}), "elevenlabs_permission_missing", 502, 1),
        (Reply(401, {"detail": {"status": "quota_exceeded"}}), "elevenlabs_quota_exceeded", 502, 1),
        (Reply(403, {"detail": "plan"}), "elevenlabs_permission_missing", 502, 1),
        (Reply(404, {"detail": {"status": "not_found"}}), "agent_not_found", 404, 1),
        (Reply(422, {"detail": [{"loc": ["query", "agent_id"], "msg": "bad"}]}), "agent_not_found", 404, 1),
        (Reply(408), "elevenlabs_error", 502, 1),
        (Reply(429, {"detail": {"code": "concurrent_limit_exceeded"}}), "elevenlabs_concurrency", 502, 1),
        (Reply(429, {"detail": {"code": "rate_limit_exceeded"}}), "elevenlabs_rate_limited", 502, 3),
        (Reply(500), "elevenlabs_error", 502, 3),
        (Reply(502, "<html>Bad Gateway</html>", {"Content-Type": "text/html"}), "elevenlabs_error", 502, 3),
        (Reply(302, headers={"Location": "/elsewhere"}), "elevenlabs_error", 502, 1),
        (Reply(307, headers={"Location": "https://evil.example/"}), "elevenlabs_error", 502, 1),
        (Reply(200, "<html>Sign in</html>", {"Content-Type": "text/html"}), "elevenlabs_error", 502, 1),
        (Reply(204), "elevenlabs_error", 502, 1),
    ],
)
async def test_a_refusal_has_a_code_and_only_later_is_asked_again(
    reply: Reply, code: str, status: int, tries: int
) -> None:
    async with rest_server(reply) as server:
        error = await fault(server.url)
    assert (error.code, error.status) == (code, status)
    assert len(server.requests) == tries


@pytest.mark.parametrize("first", [LATER, Reply(429), Reply(500, "<html>")])
async def test_a_passing_fault_is_not_noticed(first: Reply) -> None:
    async with rest_server(first, first, SIGNED) as server, client(server.url) as api:
        await api.signed_url("a")
    assert len(server.requests) == 3


async def test_tries_are_spread_further_and_further_apart() -> None:
    timing = ApiTiming(total_s=5.0, backoff_s=0.1)
    times: list[float] = []

    async def later(_request: web.Request) -> web.Response:
        times.append(time.monotonic())
        return web.Response(status=503)

    async with rest_server(later) as server:
        await fault(server.url, timing=timing, chance=lambda: 1.0)
    assert times[1] - times[0] >= 0.14
    assert times[2] - times[1] >= 0.29


async def test_waiting_as_long_as_asked() -> None:
    async with rest_server(Reply(429, headers={"Retry-After": "0.3"}), SIGNED) as server, client(server.url) as api:
        began = time.monotonic()
        await api.signed_url("a")
    assert 0.29 <= time.monotonic() - began < 1.5


async def test_a_wait_beyond_the_deadline_is_left_to_the_caller() -> None:
    async with rest_server(Reply(429, headers={"Retry-After": "60"})) as server:
        began = time.monotonic()
        error = await fault(server.url)
    assert time.monotonic() - began < 1.0
    assert error.retry_after_s == 60
    assert len(server.requests) == 1


@pytest.mark.parametrize("first", [SIGNED, LATER])
async def test_a_service_that_hangs_is_given_up_in_time_tries_included(first: Reply) -> None:
    hanging = Reply(first.status, first.body, after_s=30)
    async with rest_server(*([LATER] if first is LATER else []), hanging) as server:
        began = time.monotonic()
        error = await fault(server.url, timing=ApiTiming(total_s=0.3, backoff_s=0.01))
    assert time.monotonic() - began < 1.5
    assert (error.code, error.status) == ("elevenlabs_timeout", 504)


async def test_the_promised_deadline_is_ten_seconds() -> None:
    assert ApiTiming().total_s == 10
    assert ApiTiming().tries == 3


async def test_a_body_that_drips_for_ever_is_given_up() -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" ")
            await asyncio.sleep(0.01)

    async with rest_server(drip) as server:
        error = await fault(server.url, timing=ApiTiming(total_s=0.3))
    assert error.code == "elevenlabs_timeout"


async def test_an_endless_body_is_cut_off_and_does_not_fill_the_memory() -> None:
    piece = b'{"signed_url": "' + b"x" * (1 << 18)

    async def flood(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(400):
            await response.write(piece)
        return response

    tracemalloc.start()
    try:
        async with rest_server(flood) as server:
            error = await fault(server.url, timing=ApiTiming(total_s=30))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "too long" in str(error)
    assert peak < 4 * MAX_BODY_BYTES


async def test_a_compressed_body_is_not_unpacked() -> None:
    bomb = Reply(body=b"\x1f\x8b" + b"\x00" * 50, headers={"Content-Encoding": "gzip"})
    async with rest_server(bomb) as server:
        error = await fault(server.url)
    assert "cannot be read" in str(error)
    assert server.requests[0][1]["Accept-Encoding"] == "identity"


# --- the network ----------------------------------------------------------------------------


@asynccontextmanager
async def raw_server(answer: bytes | None) -> AsyncIterator[str]:
    """Sends *answer* to whoever connects and hangs up; ``None`` resets the connection."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1024)
        if answer is not None:
            writer.write(answer)
            writer.close()
            await writer.wait_closed()

    async with tcp_server(serve) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "broke"),
        (b"", "broke"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", "broke"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "protocol"),
    ],
)
async def test_a_connection_that_breaks_is_told_as_such(answer: bytes | None, words: str) -> None:
    async with raw_server(answer) as url:
        error = await fault(url)
    assert (error.code, error.status) == ("elevenlabs_error", 502)
    assert words in str(error)


async def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening
        error = await fault(f"http://127.0.0.1:{taken.getsockname()[1]}")
    assert "refuses connections" in str(error)


async def test_a_host_that_does_not_exist() -> None:
    # RFC 2606: .invalid never exists, with or without a name server.
    error = await fault("https://api.nowhere.invalid", timing=ApiTiming(total_s=9))
    assert error.code in {"elevenlabs_error", "elevenlabs_timeout"}
    if error.code == "elevenlabs_error":
        assert "cannot be found" in str(error)


async def test_a_certificate_nobody_vouches_for() -> None:
    async with agent_server(_nothing, tls=server_tls()) as server:
        error = await fault(f"https://localhost:{server.port}")
    assert "could not prove" in str(error)
    assert server.requests == []


async def _nothing(peer: Peer) -> None:
    del peer


async def test_a_certificate_of_another_host() -> None:
    async with agent_server(_nothing, tls=server_tls()) as server:
        error = await fault(f"https://127.0.0.1:{server.port}", tls=client_tls())
    assert "could not prove" in str(error)


async def test_a_server_that_does_not_speak_tls() -> None:
    async with raw_server(b"HTTP/1.1 400 Bad Request\r\n\r\n") as url:
        error = await fault(url.replace("http://127.0.0.1", "https://localhost"), tls=client_tls())
    assert "No secure connection" in str(error)


async def test_a_trusted_certificate_is_taken() -> None:
    reply = Reply(body={"signed_url": "wss://localhost:1/"})
    async with rest_server(reply, tls=server_tls()) as server, client(server.url, tls=client_tls()) as api:
        assert (await api.signed_url("a")).url == "wss://localhost:1/"


# --- what the log says ------------------------------------------------------------------------


async def test_the_log_has_the_trace_id_and_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    body = {"detail": {"status": "invalid_api_key", "message": f"Invalid key {KEY}"}}
    refusing = Reply(401, body, {"x-trace-id": "trace-7\u00e9"})
    async with rest_server(refusing, SIGNED) as server, client(server.url) as api:
        with pytest.raises(AgentError) as refused:
            await api.signed_url("agent_1")
        await api.signed_url("agent_1")
    record = next(record for record in caplog.records if record.getMessage() == "elevenlabs.refused")
    assert record.__dict__["trace_id"].startswith("trace-7")
    assert record.__dict__["status"] == 401
    everything = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    for text in (everything, str(refused.value), repr(refused.value)):
        assert KEY not in text
        assert "sekrit-canary" not in text


async def test_giving_up_early_leaves_nothing_behind() -> None:
    async def hang(_request: web.Request) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    async with rest_server(hang) as server, client(server.url) as api:
        asking = asyncio.create_task(api.signed_url("a"))
        await _until(lambda: bool(server.requests))
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking


async def _until(is_so: Any) -> None:
    async with asyncio.timeout(5):
        while not is_so():
            await asyncio.sleep(0.005)
