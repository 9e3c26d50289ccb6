"""A receiver of reports on loopback that takes down what it gets, and a record of calls to report."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from connector_gui.core.call import CallState, Outcome
from connector_gui.core.errors import StorageFullError
from connector_gui.core.moment import Moment
from connector_gui.core.record import CallbackState, CallRecord

START = datetime(2026, 11, 22, 12, 41, tzinfo=UTC)


@dataclass(frozen=True)
class Got:
    """One request; names of headers in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """Answers with `answers` one after the other, the last one again and again.

    Attributes:
        misbehave: Takes the connection over after the request was read, if set.
        most_at_once: The largest number of requests that were under way at the same time.
    """

    port: int = 0
    answers: list[tuple[int, bytes]] = field(default_factory=lambda: [(200, b'{"message":"Workflow was started"}')])
    got: list[Got] = field(default_factory=list)
    misbehave: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]] | None = None
    connections: int = 0
    under_way: int = 0
    most_at_once: int = 0
    scheme: str = "http"

    def url(self, path: str = "/webhook-waiting/8?signature=sekrit-canary", host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"

    async def until(self, count: int) -> None:
        """Until so many requests have come."""
        async with asyncio.timeout(10):
            while len(self.got) < count:
                await asyncio.sleep(0.005)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        try:
            self.got.append(await _read(reader))
            if self.misbehave is not None:
                await self.misbehave(reader, writer)
                return
            status, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            writer.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (status, len(body)) + body)
            await writer.drain()
            await reader.read()
        finally:
            self.under_way -= 1


async def _read(reader: asyncio.StreamReader) -> Got:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    start, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    method, target, _ = start.split(" ")
    return Got(method, target, headers, await reader.readexactly(int(headers["content-length"])))


@asynccontextmanager
async def receiving(tls: ssl.SSLContext | None = None, **values: Any) -> AsyncIterator[Receiver]:
    """A receiver on a free port of 127.0.0.1; *values* are its attributes."""
    receiver = Receiver(**values, scheme="https" if tls else "http")
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await receiver.serve(reader, writer)
        except (OSError, EOFError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    receiver.port = listener.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        listener.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks)
        await asyncio.sleep(0)


class Clocks:
    """Both clocks, moved by hand."""

    def __init__(self) -> None:
        self.utc = START
        self.monotonic_s = 1000.0

    def __call__(self) -> Moment:
        return Moment(self.utc, self.monotonic_s)

    def advance(self, seconds: float) -> None:
        self.utc += timedelta(seconds=seconds)
        self.monotonic_s += seconds


def real_clocks() -> Moment:
    return Moment(datetime.now(UTC), time.monotonic())


class OutboxStore:
    """The part of the record that reports need, in memory."""

    def __init__(self) -> None:
        self.records: dict[str, CallRecord] = {}
        self.amended: list[CallRecord] = []
        self.is_full = False
        self.looks = 0

    def add(self, session_id: str, url: str, **values: Any) -> CallRecord:
        """A call that has just ended and is to be reported to *url*."""
        usual: dict[str, Any] = {
            "status": CallState.ENDED,
            "outcome": Outcome.COMPLETED,
            "agent_id": "agent_1",
            "created_at": START,
            "ring_expires_at": START,
            "ended_at": START,
            "placed_by": "n8n",
            "callback": CallbackState(state="pending"),
            "callback_url": url,
            "callback_due_at": START,
        }
        record = CallRecord(session_id=session_id, **{**usual, **values})
        self.records[session_id] = record
        return record

    async def callbacks_due(self, now: datetime, limit: int) -> Sequence[CallRecord]:
        self._check()
        self.looks += 1
        due = [one for one in self.records.values() if one.callback_due_at is not None and one.callback_due_at <= now]
        return sorted(due, key=lambda one: one.callback_due_at or now)[:limit]

    async def get(self, session_id: str) -> CallRecord | None:
        self._check()
        return self.records.get(session_id)

    async def amend(self, session_id: str, values: dict[str, object]) -> None:
        self._check()
        self.records[session_id] = self.records[session_id].model_copy(update=values)
        self.amended.append(self.records[session_id])

    async def until_amended(self, count: int) -> CallRecord:
        """What was written last, once so much was."""
        async with asyncio.timeout(10):
            while len(self.amended) < count:
                await asyncio.sleep(0.005)
        return self.amended[-1]

    def _check(self) -> None:
        if self.is_full:
            raise StorageFullError("The disk is full: free some space.")
