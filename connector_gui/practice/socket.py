"""The agent's end of one WebSocket: frames in, frames out, and every way in which a connection can end or break."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Final, NoReturn

from aiohttp import WSMsgType, web

from connector_gui.practice.conversation import Closer, Closing

INBOX_FRAMES: Final = 1_000
SEND_TIMEOUT_S: Final = 10.0
"""A client that has stopped reading is dropped after this."""
HOLD_LIMIT_S: Final = 120.0
"""How long a connection that plays dead is kept before it is cut."""
HOLD_STEP_S: Final = 0.1
LONGEST_REASON_BYTES: Final = 123
"""What fits into a close frame."""
ABNORMAL: Final = 1006
"""Stands for a connection that ended without a close frame."""

WAKE: Final = ""
"""Stands in the inbox for "look around": no frame of the protocol is empty."""


class ConnectionOverError(Exception):
    """The connection has ended.

    Attributes:
        closing: How.
        plays_dead: It is to be held for a while without a word, as if it were still there.
    """

    def __init__(self, closing: Closing, *, plays_dead: bool = False) -> None:
        super().__init__(closing.code)
        self.closing = closing
        self.plays_dead = plays_dead


class AgentSocket:
    """One open socket; for one conversation, and from the server's loop only."""

    def __init__(self, websocket: web.WebSocketResponse, transport: asyncio.Transport, *, answers_close: bool) -> None:
        self._websocket = websocket
        self._transport = transport
        self._answers_close = answers_close
        self._inbox: asyncio.Queue[str | bytes | None] = asyncio.Queue(INBOX_FRAMES)

    # In

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        """A context in which frames are read; a full inbox stops the reading, and so the client."""
        async with asyncio.TaskGroup() as tasks:
            reader = tasks.create_task(self._read(), name="practice.read")
            try:
                yield
            finally:
                reader.cancel()

    async def _read(self) -> None:
        async for frame in self._websocket:
            if frame.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                await self._inbox.put(frame.data)
        await self._inbox.put(None)

    def wake(self) -> None:
        """Make `next_frame` return."""
        if self._inbox.empty():
            self._inbox.put_nowait(WAKE)

    async def next_frame(self, wake_s: float) -> str | bytes:
        """The next frame, or `WAKE` once *wake_s* of the monotonic clock has come.

        Raises:
            ConnectionOverError: The client has closed the connection, or it broke.
        """
        rest_s = wake_s - time.monotonic()
        try:
            async with asyncio.timeout(None if rest_s == math.inf else max(0.0, rest_s)):
                frame = await self._inbox.get()
        except TimeoutError:
            return WAKE
        if frame is None:
            code = self._websocket.close_code or ABNORMAL
            closing = _closing(code, "", by="network" if code == ABNORMAL else "client")
            raise ConnectionOverError(closing, plays_dead=not self._answers_close)
        return frame

    # Out

    async def send_text(self, text: str) -> None:
        """Send one text frame.

        Raises:
            ConnectionOverError: The client is gone or has stopped reading.
        """
        await self._written(self._websocket.send_str(text))

    async def send_binary(self, data: bytes) -> None:
        """Send one binary frame; raises as `send_text` does."""
        await self._written(self._websocket.send_bytes(data))

    def write_raw(self, data: bytes) -> None:
        """Write *data* to the TCP stream, past the WebSocket."""
        self._transport.write(data)

    async def _written(self, sending: Awaitable[None]) -> None:
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await sending
        except ConnectionError as error:
            raise ConnectionOverError(_closing(self._websocket.close_code or ABNORMAL, "", by="network")) from error
        except TimeoutError as error:
            self._transport.abort()
            raise ConnectionOverError(_closing(ABNORMAL, "", by="network")) from error

    # Ends

    async def close(self, code: int, reason: str) -> NoReturn:
        """Close the connection as the protocol has it."""
        fitting = reason.encode()[:LONGEST_REASON_BYTES].decode(errors="ignore")
        await self._websocket.close(code=code, message=fitting.encode())
        raise ConnectionOverError(_closing(code, reason, by="agent"))

    def drop(self) -> NoReturn:
        """Cut the connection without a word."""
        self._transport.abort()
        raise ConnectionOverError(_closing(ABNORMAL, "", by="agent"))

    def stop_reading(self, for_s: float) -> None:
        """Take nothing from the client for a while, as a network does that is too narrow for what it sends."""
        self._transport.pause_reading()
        asyncio.get_running_loop().call_later(for_s, self._read_on)

    def _read_on(self) -> None:
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def freeze(self) -> NoReturn:
        """Neither read nor write any more, but keep the connection."""
        self._transport.pause_reading()
        raise ConnectionOverError(_closing(ABNORMAL, "", by="agent"), plays_dead=True)

    async def play_dead(self) -> None:
        """Keep the connection without a word until the client is gone, then cut it."""
        deadline_s = time.monotonic() + HOLD_LIMIT_S
        try:
            # A transport tells nobody that it closes, so this has to look.
            while time.monotonic() < deadline_s and not self._transport.is_closing():  # noqa: ASYNC110
                await asyncio.sleep(HOLD_STEP_S)
        finally:
            self._transport.abort()


def _closing(code: int, reason: str, *, by: Closer) -> Closing:
    return Closing(code, reason, by, time.monotonic())
