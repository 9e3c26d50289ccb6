"""A plain client of the practice agent: what it needs to be heard, and no more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import aiohttp
import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from connector_gui.core.agent_api import KEY_HEADER, SIGNED_URL_PATH, SignedUrlReply, parse_reply
from connector_gui.core.errors import ProtocolError
from connector_gui.core.messages import (
    Audio,
    ClientMessage,
    ConversationInitiation,
    Ping,
    Pong,
    ServerMessage,
    UserAudioChunk,
    decode_audio,
    parse_server_message,
)
from connector_gui.dsp.block import Block

T = TypeVar("T")
CHUNK_S = 0.05


@dataclass
class Client:
    """One open socket and all that came over it.

    Attributes:
        log: What came, with its time of arrival by `time.monotonic`.
        unread: Frames that could not be read, or were no text.
    """

    socket: ClientConnection
    answers_pings: bool = True
    log: list[tuple[float, ServerMessage]] = field(default_factory=list)
    unread: list[str | bytes] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self) -> None:
        """Take in frames until the socket closes."""
        try:
            async for frame in self.socket:
                await self._take(frame)
        except ConnectionClosed:
            pass
        finally:
            self.news.set()

    async def _take(self, frame: str | bytes) -> None:
        try:
            message = parse_server_message(frame) if isinstance(frame, str) else None
        except ProtocolError:
            message = None
        if message is None:
            self.unread.append(frame)
        else:
            self.log.append((time.monotonic(), message))
            if isinstance(message, Ping) and self.answers_pings:
                await self.send(Pong(event_id=message.event_id))
        self.news.set()

    async def send(self, message: ClientMessage) -> None:
        """Send one message."""
        await self.socket.send(message.to_json())

    async def speak(self, samples: Block, rate_hz: int = 16_000) -> None:
        """Send *samples* in real time as PCM."""
        size = int(rate_hz * CHUNK_S)
        due_s = time.monotonic()
        for start in range(0, samples.size, size):
            await self.send(UserAudioChunk.of(samples[start : start + size].astype("<i2").tobytes()))
            due_s += CHUNK_S
            await asyncio.sleep(max(0.0, due_s - time.monotonic()))

    async def be_quiet(self, duration_s: float) -> None:
        """Send silence in real time."""
        await self.speak(np.zeros(int(duration_s * 16_000), dtype=np.int16))

    def all(self, kind: type[T]) -> list[T]:
        """What came of one kind."""
        return [message for _, message in self.log if isinstance(message, kind)]

    def sound_bytes(self, event_id: int) -> int:
        """How much audio came under one id."""
        return sum(len(decode_audio(audio.audio_base_64)) for audio in self.all(Audio) if audio.event_id == event_id)

    async def until(self, predicate: Callable[[], bool], timeout_s: float = 8.0) -> None:
        """Wait until what has come satisfies *predicate*."""
        async with asyncio.timeout(timeout_s):
            while not predicate():
                await self.news.wait()
                self.news.clear()

    async def until_came(self, kind: type[T], count: int = 1, timeout_s: float = 8.0) -> list[T]:
        """Wait for *count* messages of one kind."""
        await self.until(lambda: len(self.all(kind)) >= count, timeout_s)
        return self.all(kind)

    async def until_closed(self, timeout_s: float = 8.0) -> tuple[int, str]:
        """Wait for the end; its code (1006 without a close frame) and reason."""
        async with asyncio.timeout(timeout_s):
            await self.socket.wait_closed()
        return self.socket.close_code or 1006, self.socket.close_reason or ""


async def signed_url(base_url: str, agent_id: str = "agent_1", **query: str) -> str:
    """A signed URL from the service."""
    async with (
        aiohttp.ClientSession(headers={KEY_HEADER: "any-key"}) as http,
        http.get(base_url + SIGNED_URL_PATH, params={"agent_id": agent_id, **query}) as reply,
    ):
        return parse_reply(SignedUrlReply, await reply.read()).signed_url


@asynccontextmanager
async def conversation(
    base_url: str, initiation: ConversationInitiation | None = None, *, answers_pings: bool = True
) -> AsyncIterator[Client]:
    """A conversation that has been opened, from signed URL to first frame."""
    # The server must cope with clients that take any frame, and with those that do not.
    async with connect(await signed_url(base_url), max_size=64 * 1024 * 1024, ping_interval=None) as socket:
        client = Client(socket, answers_pings)
        reader = asyncio.create_task(client.read(), name="client.read")
        try:
            await client.send(initiation or ConversationInitiation())
            yield client
        finally:
            await socket.close()
            await reader
