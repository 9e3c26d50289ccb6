"""A network that can stop: a TCP relay that, once frozen, neither reads nor writes nor hangs up.

That is what a pulled cable or a sleeping router looks like from both ends. Its receive buffer is small, so that a
sender notices soon that nothing is taken any more.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.fakes.tcp_server import tcp_server

RECEIVE_BUFFER_BYTES = 8192


class FrozenProxy:
    """A relay to one port of this computer.

    Attributes:
        port: Where it listens.
        forwarded_bytes: How much went from client to server.
    """

    def __init__(self) -> None:
        self.port = 0
        self.forwarded_bytes = 0
        self._flows = asyncio.Event()
        self._flows.set()

    def freeze(self) -> None:
        """Let nothing through any more."""
        self._flows.clear()

    def thaw(self) -> None:
        """Let everything through again, what waits first."""
        self._flows.set()

    async def pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, counts: bool) -> None:
        while True:
            await self._flows.wait()
            data = await source.read(1024)
            await self._flows.wait()
            if not data:
                target.transport.abort()
                return
            self.forwarded_bytes += len(data) if counts else 0
            target.write(data)
            await target.drain()


@asynccontextmanager
async def frozen_proxy(target_port: int) -> AsyncIterator[FrozenProxy]:
    """A running relay to *target_port*; it flows until it is frozen."""
    proxy = FrozenProxy()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", target_port, limit=1024)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(proxy.pump(reader, there_writer, counts=True), name="proxy.up")
                tasks.create_task(proxy.pump(there_reader, writer, counts=False), name="proxy.down")
        except* OSError:
            pass
        finally:
            there_writer.transport.abort()

    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
    listening.bind(("127.0.0.1", 0))
    async with tcp_server(serve, sock=listening, limit=1024) as proxy.port:
        yield proxy
