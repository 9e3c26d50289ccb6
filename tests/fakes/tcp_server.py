"""A TCP server on loopback that leaves nothing behind: the ground for servers that misbehave."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def tcp_server(
    handler: Handler, *, sock: socket.socket | None = None, limit: int = 1 << 16
) -> AsyncIterator[int]:
    """Runs *handler* for each connection and cuts it off when that returns; yields the port.

    A client that goes ends its handler without a word. Leaving waits until every connection is closed.

    Raises:
        Exception: On leaving, what a handler raised: its assertions are part of the test.
    """
    tasks: set[asyncio.Task[None]] = set()
    faults: list[Exception] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await handler(reader, writer)
        except (OSError, EOFError, asyncio.CancelledError):
            pass
        except Exception as fault:
            faults.append(fault)
        finally:
            writer.transport.abort()

    listener = await asyncio.start_server(
        serve, None if sock else "127.0.0.1", None if sock else 0, sock=sock, limit=limit
    )
    try:
        yield int(listener.sockets[0].getsockname()[1])
    finally:
        listener.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks)
        # An aborted transport closes its socket in the loop's next turn.
        await asyncio.sleep(0)
    if faults:
        raise faults[0]
