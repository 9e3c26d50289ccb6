"""What is refused at the connection is refused as everything else is, in its turn, and for less."""

from __future__ import annotations

import asyncio

import pytest

from connector_gui.webhook import Exchange
from connector_gui.webhook.connection import Connection
from tests.fakes.raw_http import RawAnswer, connect, request
from tests.fakes.webhook import JSON_LINE, KEY_LINE, Served, assert_error, serving

CALL = "/webhook/initiate-call"
UNKNOWN = "X-API-Key: of-somebody-else"
BODY = b'{"agent_id": "agent_1"}'
CHANGING = {"x-request-id", "date", "content-length", "connection"}
"""What may differ between two equal refusals; aiohttp takes what is no HTTP for 1.0, which closes without a word."""
REFUSED = {
    "host": request("GET", "/health", host="evil.example"),
    "route": request("GET", "/nothing", KEY_LINE),
    "method": request("DELETE", "/health"),
    "origin": request("POST", CALL, "Origin: https://evil.example", KEY_LINE, JSON_LINE, body=BODY),
    "key": request("POST", CALL, UNKNOWN, JSON_LINE, body=BODY),
    "no key": request("GET", "/sessions"),
    "type": request("POST", CALL, KEY_LINE, "Content-Type: text/plain", body=BODY),
    "json": request("POST", CALL, KEY_LINE, JSON_LINE, body=b'{"agent_id":'),
    "query": request("GET", "/sessions?" + "&".join(["a=1"] * 40), KEY_LINE),
    "no http": b"GET / HTTP/1.1\r\nBad Name: 1\r\n\r\n",
}


def tasks_made(served: Served) -> int:
    """How many requests have been given to aiohttp."""
    connections = served.server._connections
    assert connections is not None
    return int(connections.requests_count)


def is_queued(served: Served) -> bool:
    """Whether a request waits on the only connection."""
    connections = served.server._connections
    assert connections is not None
    (connection,) = connections._open
    return bool(connection._messages)


async def at_once(served: Served, data: bytes) -> RawAnswer:
    async with connect(served.port) as connection:
        await connection.send(data)
        return await connection.answer()


async def in_parts(served: Served, data: bytes) -> RawAnswer:
    """The same, with a request before it that is being answered: it has to wait in aiohttp's queue."""
    served.desk.is_open.clear()
    async with connect(served.port) as connection:
        await connection.send(request("POST", CALL, KEY_LINE, JSON_LINE, body=BODY))
        while not tasks_made(served):
            await asyncio.sleep(0)
        await connection.send(data)
        while not is_queued(served):
            await asyncio.sleep(0)
        served.desk.is_open.set()
        assert (await connection.answer()).status == 202
        answer = await connection.answer()
        assert tasks_made(served) == 2
        return answer


@pytest.mark.parametrize("name", REFUSED)
async def test_a_refusal_needs_nothing_of_aiohttp(name: str) -> None:
    async with serving() as served:
        assert (await at_once(served, REFUSED[name])).status in range(400, 430)
        assert tasks_made(served) == 0


@pytest.mark.parametrize("name", REFUSED)
async def test_it_is_the_refusal_that_aiohttp_would_send(name: str) -> None:
    async with serving() as served:
        here, there = await at_once(served, REFUSED[name]), await in_parts(served, REFUSED[name])
    assert_error(here, there.status, there.json["code"], there.json["error"])
    changing = {"request_id": "", "timestamp": ""}
    assert here.json | changing == there.json | changing
    plain = [{name: value for name, value in one.headers.items() if name not in CHANGING} for one in (here, there)]
    assert plain[0] == plain[1]


async def test_a_refusal_is_counted_noted_and_limited_once() -> None:
    noted: list[Exchange] = []
    async with serving() as served:
        served.server.on_exchange.append(noted.append)
        for _ in range(3):
            assert_error(await at_once(served, REFUSED["key"]), 401, "unauthorized")
        assert served.server.refused == {"unauthorized": 3}
        assert (await served.place()).status == 202
    assert [exchange.status for exchange in noted] == [401, 401, 401, 202]
    assert [exchange.key_name for exchange in noted] == ["", "", "", "n8n"]


async def test_the_connection_goes_on_after_a_refusal() -> None:
    async with serving() as served, connect(served.port) as connection:
        for _ in range(3):
            await connection.send(REFUSED["key"])
            assert_error(await connection.answer(), 401, "unauthorized")
            await connection.send(request("POST", CALL, KEY_LINE, JSON_LINE, body=BODY))
            assert (await connection.answer()).status == 202
        assert served.server.connection_count == 1


@pytest.mark.parametrize("name", ["json", "no http"])
async def test_nothing_follows_what_was_not_understood(name: str) -> None:
    async with serving() as served, connect(served.port) as connection:
        await connection.send(REFUSED[name])
        answer = await connection.answer()
        assert answer.headers["connection"] == "close"
        assert await connection.rest() == b""


async def test_whoever_wants_the_connection_closed_gets_that() -> None:
    async with serving() as served, connect(served.port) as connection:
        await connection.send(request("GET", "/nothing", "Connection: close"))
        assert (await connection.answer()).headers["connection"] == "close"
        assert await connection.rest() == b""


async def test_head_is_refused_without_a_body() -> None:
    async with serving() as served, connect(served.port) as connection:
        await connection.send(request("HEAD", "/nothing") + request("GET", "/health"))
        assert (await connection.answer(has_body=False)).status == 404
        assert (await connection.answer()).status == 200
        await connection.send(request("HEAD", "/nothing"))
        answer = await connection.answer(has_body=False)
        assert int(answer.headers["content-length"]) > 0
        await connection.send(request("GET", "/health"))
        assert (await connection.answer()).status == 200


async def test_answers_keep_the_order_of_their_requests() -> None:
    """A refusal that could be told at once waits for the answer to the request before it."""
    async with serving() as served, connect(served.port) as connection:
        served.desk.is_open.clear()
        await connection.send(request("POST", CALL, KEY_LINE, JSON_LINE, body=BODY))
        while not tasks_made(served):
            await asyncio.sleep(0)
        await connection.send(REFUSED["key"])
        await connection.send(REFUSED["route"])
        served.desk.is_open.set()
        assert [(await connection.answer()).status for _ in range(3)] == [202, 401, 404]


async def test_a_body_that_comes_in_parts_is_refused_when_it_is_there() -> None:
    async with serving() as served, connect(served.port) as connection:
        whole = REFUSED["json"]
        await connection.send(whole[:-4])
        while served.server.connection_count == 0:
            await asyncio.sleep(0)
        await connection.send(whole[-4:])
        assert_error(await connection.answer(), 400, "invalid_json")


async def test_a_refusal_of_a_page_under_development_can_be_read_by_it() -> None:
    async with serving(allowed_origins=("http://localhost:3000",)) as served:
        answer = await at_once(served, request("GET", "/sessions", "Origin: http://localhost:3000"))
        assert_error(answer, 401, "unauthorized")
        assert answer.headers["access-control-allow-origin"] == "http://localhost:3000"
        assert tasks_made(served) == 0


async def test_who_reads_no_answers_is_not_written_to_without_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the transport holds back, refusals go the way of aiohttp, which waits for the reader."""
    async with serving() as served, connect(served.port) as connection:
        monkeypatch.setattr(Connection, "writing_paused", property(lambda _self: True))
        await connection.send(REFUSED["route"])
        assert_error(await connection.answer(), 404, "not_found")
        assert tasks_made(served) == 1
