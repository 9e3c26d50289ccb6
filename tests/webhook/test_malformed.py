"""Bytes that are almost HTTP: one meaning or none, for both parsers that aiohttp may be using.

The corpus follows aiohttp's and llhttp's own tests and the list in RFC 9112, section 11.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from types import SimpleNamespace

import pytest
from aiohttp import StreamReader
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_parser import HttpRequestParser, HttpRequestParserPy

from connector_gui.core.errors import RefusedError
from connector_gui.webhook import Limits, body
from tests.fakes.raw_http import connect
from tests.fakes.webhook import KEY_LINE, assert_error, serving

POST = f"POST /webhook/initiate-call HTTP/1.1\r\nHost: localhost\r\n{KEY_LINE}\r\nContent-Type: application/json\r\n"
CALL_BODY = '{"agent_id": "smuggled"}'
SMUGGLED = f"{POST}Content-Length: {len(CALL_BODY)}\r\n\r\n{CALL_BODY}"
GET = "GET /health HTTP/1.1\r\nHost: localhost\r\n"

REFUSED = {
    "length and chunks": f"{POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{SMUGGLED}",
    "chunks and length": f"{POST}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n{SMUGGLED}",
    "two lengths": f"{POST}Content-Length: 0\r\nContent-Length: {len(SMUGGLED)}\r\n\r\n{SMUGGLED}",
    "equal lengths": f"{POST}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{{}}{SMUGGLED}",
    "list of lengths": f"{POST}Content-Length: 0, 0\r\n\r\n{SMUGGLED}",
    "signed length": f"{POST}Content-Length: +2\r\n\r\n{{}}{SMUGGLED}",
    "negative length": f"{POST}Content-Length: -2\r\n\r\n{SMUGGLED}",
    "hexadecimal length": f"{POST}Content-Length: 0x2\r\n\r\n{{}}{SMUGGLED}",
    "underscored length": f"{POST}Content-Length: 1_0\r\n\r\n{SMUGGLED}",
    "empty length": f"{POST}Content-Length:\r\n\r\n{SMUGGLED}",
    "chunks twice": f"{POST}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n{SMUGGLED}",
    "chunks not last": f"{POST}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{SMUGGLED}",
    "folded header": f"{GET}X-Folded: a\r\n b\r\n\r\n{SMUGGLED}",
    "space before colon": f"{POST}Content-Length : 0\r\n\r\n{SMUGGLED}",
    "space in a name": f"{GET}X Y: 1\r\n\r\n{SMUGGLED}",
    "no colon": f"{GET}Nothing\r\n\r\n{SMUGGLED}",
    "empty name": f"{GET}: 1\r\n\r\n{SMUGGLED}",
    "zero byte": f"{GET}X: a\0b\r\n\r\n{SMUGGLED}",
    "bare return": f"{GET}X: a\rTransfer-Encoding: chunked\r\n\r\n{SMUGGLED}",
    "version of tomorrow": "GET /health HTTP/9.9x\r\nHost: localhost\r\n\r\n",
    "odd method": "G<T /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "TLS": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + "\0" * 40 + "\r\n\r\n",
}

BROKEN_BODIES = {
    "chunk size with sign": f"{POST}Transfer-Encoding: chunked\r\n\r\n+2\r\n{{}}\r\n0\r\n\r\n{SMUGGLED}",
    "chunk size with prefix": f"{POST}Transfer-Encoding: chunked\r\n\r\n0x2\r\n{{}}\r\n0\r\n\r\n{SMUGGLED}",
    "chunk size that lies": f"{POST}Transfer-Encoding: chunked\r\n\r\n1\r\n{{}}\r\n0\r\n\r\n{SMUGGLED}",
    "chunk size that is no number": f"{POST}Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n0\r\n\r\n{SMUGGLED}",
}


@pytest.fixture(params=["C", "Python"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Either of aiohttp's parsers; the second one serves where no binary wheel fits."""
    if request.param == "Python":
        monkeypatch.setattr("aiohttp.web_protocol.HttpRequestParser", HttpRequestParserPy)
    else:
        assert HttpRequestParser is not HttpRequestParserPy


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("data", (REFUSED | BROKEN_BODIES).values(), ids=list(REFUSED | BROKEN_BODIES))
async def test_what_could_be_read_in_two_ways_is_refused_and_the_connection_closed(
    data: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving() as served, connect(served.port) as connection:
        await connection.send(data.encode("latin-1"))
        assert_error(await connection.answer(), 400, "invalid_request")
        assert await connection.rest() == b"", "a second answer: a second request was seen"
        assert served.desk.requests == []
        assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.usefixtures("parser")
async def test_a_chunk_size_without_end_runs_out_of_time() -> None:
    async with serving(limits=Limits(body_s=0.5, linger_s=0.5)) as served, connect(served.port) as connection:
        await connection.send(f"{POST}Transfer-Encoding: chunked\r\n\r\n".encode() + b"0" * 20_000)
        answer = await connection.answer()
        assert answer.status in {400, 408}
        assert_error(answer, answer.status, "invalid_request")
        assert await connection.rest() == b""


@pytest.mark.usefixtures("parser")
async def test_a_request_of_1991_is_refused() -> None:
    async with serving() as served, connect(served.port) as connection:
        await connection.send(b"GET /health\r\n\r\n")
        answer = await connection.answer()
        assert answer.status in {400, 421}
        assert_error(answer, answer.status, "invalid_request" if answer.status == 400 else "host_not_allowed")


@pytest.mark.usefixtures("parser")
async def test_bare_newlines_make_no_second_request() -> None:
    async with serving() as served, connect(served.port) as connection:
        await connection.send((GET + "\n").replace("\r\n", "\n").encode() + SMUGGLED.encode())
        await connection.answer()
        await connection.rest()
        assert served.desk.requests == []


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    "body", ["2;note=x\r\n{}\r\n0\r\n\r\n", "2\r\n{}\r\n0\r\nX-Trailer: 1\r\n\r\n"], ids=["extension", "trailer"]
)
async def test_legal_oddities_are_one_request(body: str) -> None:
    async with serving() as served, connect(served.port) as connection:
        await connection.send(f"{POST}Transfer-Encoding: chunked\r\n\r\n{body}{GET}\r\n".encode())
        assert_error(await connection.answer(), 422, "invalid_request", "agent_id is missing")
        assert (await connection.answer()).status == 200


@pytest.mark.usefixtures("parser")
async def test_requests_sent_in_a_row_are_answered_in_order() -> None:
    async with serving() as served, connect(served.port) as connection:
        await connection.send((f"{GET}\r\n" + f"{GET}\r\n".replace("/health", "/nothing") + SMUGGLED).encode())
        assert [(await connection.answer()).status for _ in range(3)] == [200, 404, 202]
        assert [request.agent_id for request in served.desk.requests] == ["smuggled"]


@pytest.mark.usefixtures("parser")
async def test_an_offer_to_switch_protocols_is_declined() -> None:
    async with serving() as served, connect(served.port) as connection:
        upgrade = f"{GET}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n"
        await connection.send(upgrade.encode())
        assert (await connection.answer()).status == 200


@pytest.mark.usefixtures("parser")
async def test_a_tunnel_is_refused() -> None:
    async with serving() as served, connect(served.port) as connection:
        await connection.send(b"CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert_error(await connection.answer(), 421, "host_not_allowed")


async def test_a_caller_that_leaves_in_the_middle_disturbs_nobody(caplog: pytest.LogCaptureFixture) -> None:
    async with serving() as served:
        for data in (
            f"{POST}Content-Length: 100\r\n\r\n{{",
            SMUGGLED,
            f"{POST}Transfer-Encoding: chunked\r\n\r\n5\r\n{{",
        ):
            async with connect(served.port) as connection:
                await connection.send(data.encode())
        assert (await served.ask("GET", "/health")).status == 200
        assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_callers_that_are_dropped_before_they_are_refused_disturb_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nor do they fill the log: a body that is refused is not waited for where nobody sends it any more."""
    heads = [f"{POST}Content-Length: 99999999\r\n\r\n", f"{POST}Content-Length: 9\r\n\r\n".replace(KEY_LINE, "X: 1")]
    async with serving(limits=Limits(connections=3)) as served:
        for _ in range(5):
            with contextlib.ExitStack() as callers:
                for head in heads * 20:  # All is there before the server gets to look, and more than it takes.
                    caller = callers.enter_context(socket.create_connection(("127.0.0.1", served.port)))
                    caller.sendall(head.encode())
                await asyncio.sleep(0.1)
        async with asyncio.timeout(5):
            while served.server.connection_count:
                await asyncio.sleep(0.01)
        assert (await served.ask("GET", "/health")).status == 200
        assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_the_body_of_a_lost_connection_is_no_fault_of_ours() -> None:
    """aiohttp has an error of its own for who asks for more after the connection was lost."""
    loop = asyncio.get_running_loop()
    content = StreamReader(BaseProtocol(loop), 2**16, loop=loop)
    with pytest.raises(RuntimeError):
        await content.readany()
    lost = SimpleNamespace(content=content, content_length=9, headers={})
    await body.spend(lost, Limits())  # type: ignore[arg-type]
    with pytest.raises(RefusedError):
        await body.read(lost, Limits())  # type: ignore[arg-type]
