"""An agent's socket on loopback, byte by byte: for the faults that no decent server can be talked into.

A test gives a script, which runs once per connection after the opening handshake:

    async def script(peer: Peer) -> None:
        await peer.say({"type": "ping", "ping_event": {"event_id": 1}})
        assert await peer.hear() == {"type": "pong", "event_id": 1}
        await peer.close(1000)
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from tests.fakes.tcp_server import tcp_server

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
SIGNED_PATH: Final = "/v1/convai/conversation?agent_id=a&conversation_signature=sekrit-canary"
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, reserved: int = 0, declared: int = -1) -> bytes:
    """One unmasked frame, correct or not.

    Args:
        reserved: The three reserved bits, 0–7.
        declared: Length to declare instead of the payload's own.
    """
    length = len(payload) if declared < 0 else declared
    head = (0x80 if fin else 0) | reserved << 4 | opcode
    if length < 126:
        return struct.pack("!BB", head, length) + payload
    if length < 1 << 16:
        return struct.pack("!BBH", head, 126, length) + payload
    return struct.pack("!BBQ", head, 127, length) + payload


class ClientLeftError(ConnectionError):
    """The client said goodbye where a message was expected; ends a script without a fault."""


class Peer:
    """The server's end of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        """Bytes as they are."""
        self.writer.write(data)
        await self.writer.drain()

    async def say(self, message: Any) -> None:
        """A JSON text frame; a text is sent as it is."""
        text = message if isinstance(message, str) else json.dumps(message)
        await self.send(frame(TEXT, text.encode()))

    async def close(self, code: int | None = 1000, reason: str = "") -> None:
        """A close frame; TCP stays open."""
        payload = b"" if code is None else struct.pack("!H", code) + reason.encode()
        await self.send(frame(CLOSE, payload))

    async def read_frame(self) -> tuple[int, bytes]:
        """Opcode and payload of the client's next frame.

        Raises:
            asyncio.IncompleteReadError: The client is gone.
        """
        head, length = await self.reader.readexactly(2)
        length &= 0x7F
        if length == 126:
            (length,) = struct.unpack("!H", await self.reader.readexactly(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", await self.reader.readexactly(8))
        mask = await self.reader.readexactly(4)
        data = await self.reader.readexactly(length)
        whole = int.from_bytes(data, "big") ^ int.from_bytes((mask * (length // 4 + 1))[:length], "big")
        return head & 0x0F, whole.to_bytes(length, "big")

    async def hear(self) -> Any:
        """The client's next text frame, parsed; pings of its socket are answered on the way.

        Raises:
            ClientLeftError: It says goodbye instead.
        """
        while True:
            opcode, payload = await self.read_frame()
            if opcode == PING:
                await self.send(frame(PONG, payload))
            elif opcode == TEXT:
                return json.loads(payload)
            elif opcode == CLOSE:
                raise ClientLeftError
            else:
                raise AssertionError(f"unexpected frame {opcode:#x}: {payload!r}")

    async def hear_close(self) -> int:
        """The code of the client's close frame, whatever comes before it."""
        while True:
            opcode, payload = await self.read_frame()
            if opcode == CLOSE:
                return int(struct.unpack("!H", payload[:2])[0]) if payload else 1005

    def drop(self) -> None:
        """Reset TCP."""
        self.writer.transport.abort()


Script = Callable[[Peer], Awaitable[None]]


@dataclass
class AgentServer:
    """A running server.

    Attributes:
        url: Address of a conversation on it, signed so to speak.
        port: Where it listens.
        requests: Head of each opening handshake.
    """

    url: str = ""
    port: int = 0
    requests: list[str] = field(default_factory=list)

    def header(self, name: str) -> str | None:
        """A header of the latest handshake."""
        for line in self.requests[-1].split("\r\n")[1:]:
            key, _, value = line.partition(":")
            if key.lower() == name.lower():
                return value.strip()
        return None


async def _accept(peer: Peer, head: str, *, subprotocol: bool) -> None:
    key = next(
        line.split(":")[1].strip() for line in head.split("\r\n") if line.lower().startswith("sec-websocket-key")
    )
    answer = base64.b64encode(hashlib.sha1(key.encode() + _GUID, usedforsecurity=False).digest()).decode()
    lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"]
    lines += [f"Sec-WebSocket-Accept: {answer}"] + (["Sec-WebSocket-Protocol: convai"] if subprotocol else [])
    await peer.send(("\r\n".join(lines) + "\r\n\r\n").encode())


@asynccontextmanager
async def agent_server(
    script: Script, *, answer: bytes | None = None, subprotocol: bool = True, tls: ssl.SSLContext | None = None
) -> AsyncIterator[AgentServer]:
    """A server that plays *script* to each client, or sends *answer* in place of an opening handshake.

    Raises:
        Exception: On leaving, whatever a script raised: its assertions are part of the test.
    """
    server = AgentServer()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if tls is not None:
            # Here and not by the listener, so that a handshake that fails leaves no transport behind.
            await writer.start_tls(tls)
        peer = Peer(reader, writer)
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        server.requests.append(head)
        if answer is not None:
            await peer.send(answer)
        else:
            await _accept(peer, head, subprotocol=subprotocol)
        await script(peer)

    async with tcp_server(serve) as server.port:
        host, scheme = ("localhost", "wss") if tls else ("127.0.0.1", "ws")
        server.url = f"{scheme}://{host}:{server.port}{SIGNED_PATH}"
        yield server
