"""A network that is narrow, slow or loses packets: a TCP relay to one port of this computer.

Lost packets are not seen over TCP, their repetition is: the stream stands still for a moment.
"""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.fakes.tcp_server import tcp_server

SEGMENT_BYTES = 1024
RECEIVE_BUFFER_BYTES = 8192
"""Small, so that a sender notices soon that nothing more is taken."""
REPEATED_AFTER_S = 0.25
"""The least that TCP waits before it sends a lost packet again is 0.2 s on Linux."""


@dataclass
class PoorNetwork:
    """How bad it is; may be changed while it runs.

    Attributes:
        up_bytes_per_s: What the way to the server takes; 0 for any amount.
        delay_s: From one end to the other.
        loss: Part of the packets that are lost, 0 to 1.
        port: Where it listens.
    """

    up_bytes_per_s: float = 0.0
    delay_s: float = 0.0
    loss: float = 0.0
    port: int = 0

    async def relay(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, is_up: bool) -> None:
        """Carry one direction until its source ends."""
        chance = random.Random(is_up)
        on_its_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        async with asyncio.TaskGroup() as tasks:
            delivering = tasks.create_task(_deliver(on_its_way, target), name="network.deliver")
            while data := await source.read(SEGMENT_BYTES):
                if is_up and self.up_bytes_per_s:
                    await asyncio.sleep(len(data) / self.up_bytes_per_s)
                if chance.random() < self.loss:
                    await asyncio.sleep(REPEATED_AFTER_S)
                on_its_way.put_nowait((asyncio.get_running_loop().time() + self.delay_s, data))
            delivering.cancel()
        target.transport.abort()


async def _deliver(on_its_way: asyncio.Queue[tuple[float, bytes]], target: asyncio.StreamWriter) -> None:
    while True:
        due_s, data = await on_its_way.get()
        await asyncio.sleep(due_s - asyncio.get_running_loop().time())
        target.write(data)
        await target.drain()


@asynccontextmanager
async def poor_network(target_port: int) -> AsyncIterator[PoorNetwork]:
    """A running relay to *target_port*; perfect until it is told otherwise."""
    network = PoorNetwork()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", target_port, limit=SEGMENT_BYTES)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(network.relay(reader, there_writer, is_up=True), name="network.up")
                tasks.create_task(network.relay(there_reader, writer, is_up=False), name="network.down")
        except* OSError:
            pass
        finally:
            there_writer.transport.abort()

    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
    listening.bind(("127.0.0.1", 0))
    async with tcp_server(serve, sock=listening, limit=SEGMENT_BYTES) as network.port:
        yield network
