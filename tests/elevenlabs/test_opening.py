"""Opening a link against servers and networks that refuse, stall or lead astray."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import socket
import time
import traceback
from typing import Any, Final

import pytest

from connector_gui.core.errors import AgentError, ProtocolError
from connector_gui.elevenlabs.agent_socket import LinkTiming
from connector_gui.elevenlabs.link import open_link
from tests.fakes.agent_server import Peer, agent_server
from tests.fakes.tcp_server import tcp_server
from tests.fakes.tls import client_tls, server_tls

QUICK: Final = LinkTiming(open_s=2.0, close_s=0.3)


async def nothing(peer: Peer) -> None:
    del peer


async def hang(peer: Peer) -> None:
    await peer.reader.read()


async def fault(url: str, **options: Any) -> AgentError:
    with pytest.raises(AgentError) as raised:
        async with open_link(url, **{"timing": QUICK, **options}):
            pytest.fail("the link opened")
    # A chained error of the library would have the address in its text.
    traceback_text = "".join(traceback.format_exception(raised.value))
    for text in (str(raised.value), repr(raised.value), traceback_text):
        assert "sekrit-canary" not in text
        assert "/v1/" not in text
    return raised.value


def answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} No", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def detail(code: str) -> bytes:
    return json.dumps({"detail": {"status": code, "message": "because"}}).encode()


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        (answer(401), "elevenlabs_error", "address has lapsed"),
        (answer(403, b'{"detail": "no"}'), "elevenlabs_error", "websites"),
        (answer(404), "elevenlabs_error", "HTTP 404"),
        (answer(401, detail("quota_exceeded")), "elevenlabs_quota_exceeded", "credits"),
        (answer(403, detail("missing_permissions")), "elevenlabs_permission_missing", "permission"),
        (answer(429, detail("too_many_concurrent_requests")), "elevenlabs_concurrency", "lines"),
        (answer(429), "elevenlabs_rate_limited", "busy"),
        (answer(500), "elevenlabs_error", "HTTP 500"),
        (answer(503, b"<html>down</html>"), "elevenlabs_error", "HTTP 503"),
        (answer(200, b"<html>Sign in</html>", Content_Type="text/html"), "elevenlabs_error", "sign in"),
        (answer(403, b"<html>blocked</html>", Content_Type="text/html"), "elevenlabs_error", "sign in"),
        (answer(407), "elevenlabs_error", "proxy"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "elevenlabs_error", "protocol"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n", "elevenlabs_error", "protocol"),
        (b"HTTP/1.1 101 Switching Protocols\r\nX: " + b"x" * 100_000, "elevenlabs_error", "protocol"),
        (b"", "elevenlabs_error", "broke"),
        (b"HTTP/1.1 20", "elevenlabs_error", "broke"),
    ],
)
async def test_a_refused_handshake_is_told_in_words(given: bytes, code: str, words: str) -> None:
    async with agent_server(nothing, answer=given) as server:
        error = await fault(server.url)
    assert error.code == code
    assert error.status == 502
    assert words in str(error)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(status: int) -> None:
    async with agent_server(hang) as elsewhere:
        async with agent_server(nothing, answer=answer(status, Location=elsewhere.url)) as server:
            error = await fault(server.url)
        assert "somewhere else" in str(error)
        assert elsewhere.requests == []


async def test_a_handshake_that_hangs_is_given_up() -> None:
    async with agent_server(hang, answer=b"") as server:
        began = time.perf_counter()
        error = await fault(server.url, timing=LinkTiming(open_s=0.3))
    assert time.perf_counter() - began < 5
    assert (error.code, error.status) == ("elevenlabs_timeout", 504)


async def test_a_tls_handshake_that_hangs_is_given_up() -> None:
    async with tcp_server(_listen) as port:
        error = await fault(f"wss://localhost:{port}/?x=sekrit-canary", timing=LinkTiming(open_s=0.3))
    assert error.code == "elevenlabs_timeout"


async def _listen(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def test_a_connection_nobody_takes_is_given_up() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        # The queue is full now: further ones get no answer at all, as in an IPv6 black hole.
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        error = await fault(f"ws://127.0.0.1:{full.getsockname()[1]}/", timing=LinkTiming(open_s=0.3))
        for one in waiting:
            one.close()
    assert error.code == "elevenlabs_timeout"


async def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        error = await fault(f"ws://127.0.0.1:{taken.getsockname()[1]}/")
    assert "refuses connections" in str(error)


async def test_a_host_that_does_not_exist() -> None:
    error = await fault("wss://api.nowhere.invalid/", timing=LinkTiming(open_s=9))
    assert error.code in {"elevenlabs_error", "elevenlabs_timeout"}
    if error.code == "elevenlabs_error":
        assert "cannot be found" in str(error)


async def test_a_certificate_nobody_vouches_for() -> None:
    async with agent_server(hang, tls=server_tls()) as server:
        error = await fault(server.url)
    assert "could not prove" in str(error)
    assert server.requests == []


async def test_a_certificate_of_another_host() -> None:
    async with agent_server(hang, tls=server_tls()) as server:
        error = await fault(server.url.replace("localhost", "127.0.0.1"), tls=client_tls())
    assert "could not prove" in str(error)


async def test_a_server_that_does_not_speak_tls() -> None:
    async with agent_server(hang) as server:
        # What is answered to a TLS greeting: nothing with an end, or something that is no TLS.
        error = await fault(server.url.replace("ws://127.0.0.1", "wss://localhost"), timing=LinkTiming(open_s=0.3))
    assert error.code in {"elevenlabs_timeout", "elevenlabs_error"}


@pytest.mark.parametrize(
    "url",
    [
        "ws://api.elevenlabs.io/?s=sekrit-canary",
        "ws://10.0.0.1/?s=sekrit-canary",
        "http://127.0.0.1/?s=sekrit-canary",
        "wss://user:sekrit-canary@api.elevenlabs.io/",
        "wss://api.elevenlabs.io\n.evil/?s=sekrit-canary",
        "sekrit-canary",
        "",
    ],
)
async def test_an_address_that_must_not_be_used_is_not_connected_to(url: str) -> None:
    error = await fault(url)
    assert isinstance(error, ProtocolError)


async def test_giving_up_while_it_opens_leaves_nothing_behind(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with agent_server(hang, answer=b"") as server:

        async def call() -> None:
            async with open_link(server.url, timing=QUICK):
                pytest.fail("the link opened")

        calling = asyncio.create_task(call())
        async with asyncio.timeout(5):
            while not server.requests:
                await asyncio.sleep(0.005)
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
    everything = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "sekrit-canary" not in everything


async def test_given_up_at_any_moment_no_connection_stays_open() -> None:
    open_here = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal open_here
        open_here += 1
        try:
            await reader.read()  # a client that is gone has ended its stream; one that was forgotten has not
        finally:
            open_here -= 1

    async with tcp_server(serve) as port:

        async def call() -> None:
            async with open_link(f"ws://127.0.0.1:{port}/v1/convai/conversation?t=x", timing=QUICK):
                pytest.fail("the link opened")

        gc.disable()  # it would close what was forgotten, some time
        try:
            for turns in range(60):
                calling = asyncio.create_task(call())
                for _ in range(turns):
                    await asyncio.sleep(0.0001 * (turns % 3))
                calling.cancel()
                await asyncio.wait([calling])
            async with asyncio.timeout(2):
                while open_here:
                    await asyncio.sleep(0.005)
        finally:
            gc.enable()
