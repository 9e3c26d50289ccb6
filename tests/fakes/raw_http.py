"""HTTP as bytes: what a test sends goes out untouched, and what comes back is taken apart strictly."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

PATIENCE_S = 10.0


@dataclass(frozen=True)
class RawAnswer:
    """One answer; names of headers in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class RawConnection:
    """One connection to a server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    def finish_sending(self) -> None:
        self._writer.write_eof()

    async def answer(self, *, has_body: bool = True) -> RawAnswer:
        """The next answer.

        Raises:
            asyncio.IncompleteReadError: The server closed the connection instead.
        """
        async with asyncio.timeout(PATIENCE_S):
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            start, *lines = head.strip().split("\r\n")
            headers = {}
            for line in lines:
                name, value = line.split(": ", 1)
                assert name.lower() not in headers, f"two {name} headers"
                headers[name.lower()] = value
            length = int(headers.get("content-length", "0")) if has_body else 0
            return RawAnswer(int(start.split(" ")[1]), headers, await self._reader.readexactly(length))

    async def until(self, mark: bytes) -> bytes:
        """What comes up to *mark*, and that."""
        async with asyncio.timeout(PATIENCE_S):
            return await self._reader.readuntil(mark)

    async def rest(self) -> bytes:
        """What else comes until the server closes the connection; a reset is a close, too."""
        async with asyncio.timeout(PATIENCE_S):
            try:
                return await self._reader.read()
            except ConnectionError:
                return b""


@asynccontextmanager
async def connect(port: int, host: str = "127.0.0.1") -> AsyncIterator[RawConnection]:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        yield RawConnection(reader, writer)
    finally:
        writer.transport.abort()


async def exchange(port: int, data: bytes, host: str = "127.0.0.1", *, has_body: bool = True) -> RawAnswer:
    """The answer to *data* on a connection of its own."""
    async with connect(port, host) as connection:
        await connection.send(data)
        return await connection.answer(has_body=has_body)


def request(method: str, target: str, *headers: str, body: bytes = b"", host: str | None = "127.0.0.1") -> bytes:
    """A request as bytes; *headers* are lines. With a *body* its length is told."""
    lines = [f"{method} {target} HTTP/1.1"]
    if host is not None:
        lines.append(f"Host: {host}")
    lines += headers
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("utf-8") + body
