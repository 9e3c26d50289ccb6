"""Callers of a webhook, in a process of their own: ``python -m tests.bench.webhook_load MODE PORT …``; prints JSON.

    health PORT SECONDS EVERY_MS           asks /health again and again: how long each answer took, in ms;
                                           none at all counts as `TIMEOUT_S`
    hostile PORT SECONDS RATE              RATE requests a second of callers that mean ill: what came of them
    calls PORT COUNT                       places calls and withdraws them: how long each answer took, in ms
    signed_urls BASE_URL COUNT             asks the agent service itself for what each call needs of it, in ms
    streams PORT COUNT                     opens event streams, says so, and reads them until its input is closed

Hostile callers keep their connections while they may; everybody else has one for each request, as n8n has.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import struct
import sys
import time
import urllib.request
from collections import Counter
from typing import Any, Final
from urllib.parse import urlsplit

from tests.e2e.program import KEY

TIMEOUT_S: Final = 10.0
BATCHES_PER_S: Final = 100
CALLERS: Final = 64
"""Hostile callers at once."""
BETWEEN_CALLS_S: Final = 0.25
"""For what the end of a call brings along: its card goes, lists are read anew."""
_RESET: Final = struct.pack("ii", 1, 0)


def _request(start: str, *headers: str, body: bytes = b"") -> bytes:
    lines = [f"{start} HTTP/1.1", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def hostile_requests(port: int) -> list[bytes]:
    """One of each kind: strangers, guessers of keys, browsers, broken bodies, broken HTTP, floods of text."""
    host, json_line, key = f"Host: 127.0.0.1:{port}", "Content-Type: application/json", f"X-API-Key: {KEY}"
    call = "POST /webhook/initiate-call"
    body = b'{"agent_id": "agent_1"}'
    return [
        _request("GET /health", f"Host: evil.example:{port}"),
        _request(call, host, json_line, "X-API-Key: guess", body=body),
        _request(call, host, "Content-Type: text/plain", "Origin: https://evil.example", body=body),
        _request("TRACE /webhook/initiate-call", host),
        _request("GET /../../etc/passwd", host, key),
        _request(call, host, json_line, key, body=b'{"agent_id": ' + b"[" * 2_000),
        _request(call, host, json_line, key, body=b'{"agent_id": "a", "metadata": {"x": "' + b"\\u0000" * 2_000),
        _request(call, host, json_line, key, "Content-Length: 10000000"),
        b"GET /health HTTP/1.1\r\nHost : x\r\nContent-Length: +5\r\nTransfer-Encoding: chunked\r\n\r\n",
        _request("GET /sessions?" + "&".join(f"a{number}=1" for number in range(200)), host, key),
    ]


class Caller:
    """Asks on one connection for as long as the webhook keeps it, as callers do who want to send much."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, data: bytes) -> int:
        """The status of the answer to *data*; 0: the connection was closed instead, or nothing came in time."""
        try:
            async with asyncio.timeout(TIMEOUT_S):
                status, is_kept = await self._ask(data)
        except (EOFError, OSError):
            status, is_kept = 0, False
        if not is_kept:
            self.leave()
        return status

    def leave(self) -> None:
        """Close the connection without a good-bye."""
        if self._streams is not None:
            self._streams[1].transport.abort()
            self._streams = None

    async def _ask(self, data: bytes) -> tuple[int, bool]:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
            # Nothing waits for late packets: thousands of connections would use up the ports.
            made = self._streams[1].get_extra_info("socket")
            made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        reader, writer = self._streams
        writer.write(data)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length or 0))
        # What is no HTTP at all is answered as 1.0 is: that ends with its answer.
        return int(head[9:12]), head.startswith(b"http/1.1") and b"connection: close" not in head


async def health(port: int, seconds: float, every_ms: float) -> list[float]:
    """See above."""
    data = _request("GET /health", f"Host: 127.0.0.1:{port}")
    taken_ms = []
    end_s = time.perf_counter() + seconds
    while (began_s := time.perf_counter()) < end_s:
        caller = Caller(port)
        is_answered = await caller.ask(data) in {200, 503}
        taken_ms.append((time.perf_counter() - began_s if is_answered else TIMEOUT_S) * 1000)
        caller.leave()
        await asyncio.sleep(max(0.0, began_s + every_ms / 1000 - time.perf_counter()))
    return taken_ms


async def hostile(port: int, seconds: float, rate: float) -> dict[str, Any]:
    """See above."""
    kinds = itertools.cycle(hostile_requests(port))
    statuses: Counter[int] = Counter()
    due: asyncio.Queue[bytes] = asyncio.Queue()

    async def send() -> None:
        caller = Caller(port)
        while data := await due.get():
            statuses[await caller.ask(data)] += 1
        caller.leave()

    began_s, used_s = time.perf_counter(), time.process_time()
    put = 0
    async with asyncio.TaskGroup() as tasks:
        for _ in range(CALLERS):
            tasks.create_task(send(), name="bench.hostile")
        while (passed_s := time.perf_counter() - began_s) < seconds:
            for _ in range(int(passed_s * rate) + 1 - put):
                due.put_nowait(next(kinds))
                put += 1
            await asyncio.sleep(1 / BATCHES_PER_S)
        left = due.qsize()
        while not due.empty():  # What the webhook was too slow for.
            due.get_nowait()
        for _ in range(CALLERS):
            due.put_nowait(b"")
    answered = sum(statuses.values())
    per_s = answered / (time.perf_counter() - began_s)
    return {"statuses": statuses, "per_s": per_s, "left": left, "own_cpu_s": time.process_time() - used_s}


def calls(port: int, count: int) -> list[float]:
    """See above."""
    taken_ms = []
    for number in range(count):
        began_s = time.perf_counter()
        _post(port, "/webhook/initiate-call", {"agent_id": "bench", "session_id": f"load-{number}"})
        taken_ms.append((time.perf_counter() - began_s) * 1000)
        _post(port, f"/sessions/load-{number}/end", {})
        time.sleep(BETWEEN_CALLS_S)
    return taken_ms


def signed_urls(base_url: str, count: int) -> list[float]:
    """See above."""
    taken_ms = []
    url = f"{base_url}/v1/convai/conversation/get-signed-url?agent_id=bench"
    for _ in range(count):
        began_s = time.perf_counter()
        with urllib.request.urlopen(
            urllib.request.Request(url, headers={"xi-api-key": "sk_bench_0123456789"})
        ) as reply:
            reply.read()
        taken_ms.append((time.perf_counter() - began_s) * 1000)
    return taken_ms


def _post(port: int, path: str, body: object) -> None:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "X-API-Key": KEY},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as reply:
        reply.read()


async def streams(port: int, count: int) -> None:
    """See above."""
    data = _request("GET /events", f"Host: 127.0.0.1:{port}", f"X-API-Key: {KEY}")
    writers = []
    async with asyncio.TaskGroup() as tasks:
        for _ in range(count):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(data)
            assert b"snapshot" in await reader.readuntil(b"snapshot")
            tasks.create_task(_read_all(reader), name="bench.stream")
            writers.append(writer)
        print("open", flush=True)
        await asyncio.to_thread(sys.stdin.read)
        for writer in writers:
            writer.transport.abort()


async def _read_all(reader: asyncio.StreamReader) -> None:
    while await reader.read(65_536):
        pass


def main(mode: str, target: str, *values: str) -> Any:
    """Do what *mode* says; what came of it."""
    numbers = [float(value) for value in values]
    match mode:
        case "health":
            return asyncio.run(health(int(target), *numbers))
        case "hostile":
            return asyncio.run(hostile(int(target), *numbers))
        case "calls":
            return calls(int(target), int(numbers[0]))
        case "signed_urls":
            return signed_urls(urlsplit(target).geturl(), int(numbers[0]))
        case "streams":
            return asyncio.run(streams(int(target), int(numbers[0])))
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
