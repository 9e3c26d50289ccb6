"""One open socket to the agent, as the voice thread uses it.

    socket → _read: pong, count, skip → inbox → messages()
    send() → outbox → _write → socket
    _watch: nothing heard for too long → drop the connection

Nobody waits for the network but these three tasks: `send` only queues, and a pong does not wait for whoever deals
with the messages.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final

from websockets import ConnectionClosed

from connector_gui.core.call_events import CloseFrame
from connector_gui.core.errors import ProtocolError
from connector_gui.core.messages import (
    Audio,
    ClientMessage,
    Ping,
    Pong,
    ServerMessage,
    UnknownMessage,
    UserAudioChunk,
    parse_server_message,
)
from connector_gui.core.quoting import excerpt
from connector_gui.core.sentence import sentence
from connector_gui.elevenlabs.agent_socket import AgentSocket, LinkTiming, open_socket
from connector_gui.elevenlabs.inbox import Inbox
from connector_gui.elevenlabs.outbox import Outbox

log = logging.getLogger(__name__)

MAX_UNREADABLE_RUN: Final = 50
"""So many messages in a row that make no sense end the conversation."""
KINDS_LOGGED: Final = 32
"""Different oddities logged per link; more are only counted."""
WIRE_CHARS: Final = 300
"""How much of one message the log shows."""


@dataclass(slots=True)
class LinkStats:
    """What a link counted, for diagnosis.

    Attributes:
        messages: Messages from the agent that were understood.
        unreadable: Messages that were not, skipped.
        unknown: Messages of types this program does not know, skipped.
        pings: Pings answered.
        dropped_chunks: Chunks of sound that a blocked network kept until they were stale.
        dropped_messages: Other messages that a blocked network left no room for.
        silent_s: Since anything at all was heard from the far end.
        agent_silent_s: Since the agent's last message.
    """

    messages: int = 0
    unreadable: int = 0
    unknown: int = 0
    pings: int = 0
    dropped_chunks: int = 0
    dropped_messages: int = 0
    silent_s: float = 0.0
    agent_silent_s: float = 0.0


class AgentLink:
    """An open link; made by `open_link`, used in the loop it was opened in."""

    def __init__(self, socket: AgentSocket, timing: LinkTiming) -> None:
        self._socket = socket
        self._timing = timing
        self._inbox: Inbox[ServerMessage] = Inbox()
        self._outbox = Outbox()
        self._is_something_to_send = asyncio.Event()
        self._is_all_sent = asyncio.Event()
        self._stats = LinkStats()
        self._agent_heard_s = socket.loop.time()
        self._unreadable_run = 0
        self._logged: set[str] = set()

    # --- what `core.link.Link` promises -----------------------------------------------------

    async def send(self, message: ClientMessage) -> None:
        """Queue one message; returns at once. On a closed link it does nothing."""
        text = message.to_json()
        _log_wire(">", message, text)
        if isinstance(message, UserAudioChunk):
            self._outbox.put_audio(text, self._socket.loop.time(), is_blocked=self._socket.is_blocked)
        else:
            self._outbox.put(text)
        self._is_something_to_send.set()

    async def messages(self) -> AsyncIterator[ServerMessage]:
        """What the agent sends, in order, until the socket closes; then it ends without an error.

        Raises:
            ProtocolError: Too many messages in a row made no sense.
        """
        while (message := await self._inbox.get()) is not None:
            yield message

    async def close(self) -> None:
        """Say goodbye (1000) and wait for the answer, `LinkTiming.close_s` at most; safe to call twice."""
        self._stop_sending()
        await self._inbox.finish()
        await self._close_socket(1000)

    @property
    def close_frame(self) -> CloseFrame | None:
        """How the socket closed; ``None`` while it is open. 1006 when it broke without a word."""
        return self._socket.close_frame

    # --- beyond that -----------------------------------------------------------------------

    @property
    def stats(self) -> LinkStats:
        """The counters as they stand now."""
        now_s = self._socket.loop.time()
        return replace(
            self._stats,
            dropped_chunks=self._outbox.dropped_chunks,
            dropped_messages=self._outbox.dropped_messages,
            silent_s=now_s - self._socket.heard_s,
            agent_silent_s=now_s - self._agent_heard_s,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Read, write and watch while inside; leaving closes the link."""
        error: Exception | None = None
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._read(), name="link.read")
            tasks.create_task(self._write(), name="link.write")
            watch = tasks.create_task(self._watch(), name="link.watch")
            try:
                yield
            except Exception as exc:
                # The group would wrap it, and its caller could not catch it by its name.
                error = exc
            finally:
                await self.close()
                watch.cancel()
                self._log_end()
        if error is not None:
            raise error

    def _stop_sending(self) -> None:
        self._outbox.close()
        self._is_something_to_send.set()

    async def _close_socket(self, code: int, reason: str = "") -> None:
        """Send what still waits, then the close frame; drop the connection when that takes too long."""
        self._stop_sending()
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._timing.close_s):
                    await self._is_all_sent.wait()
                    await self._socket.close(code, reason)
        finally:
            self._socket.drop()
            await self._socket.wait_closed()

    # --- the three tasks -------------------------------------------------------------------

    async def _read(self) -> None:
        error: ProtocolError | None = None
        try:
            with contextlib.suppress(ConnectionClosed):
                while True:
                    await self._take(await self._socket.recv())
        except ProtocolError as exc:
            error = exc
            await self._close_socket(1002, "too many unreadable messages")
        finally:
            self._stop_sending()
            await self._inbox.finish(error)

    async def _take(self, text: str | bytes) -> None:
        message = self._parse(text)
        if isinstance(message, Ping):
            self._stats.pings += 1
            await self.send(Pong(event_id=message.event_id))
        if message is not None:
            _log_wire("<", message, text)
            await self._inbox.put(message, len(text))
        # A burst of small messages must keep neither the pong nor the other calls waiting.
        await asyncio.sleep(0)

    async def _write(self) -> None:
        try:
            with contextlib.suppress(ConnectionClosed):
                while (text := await self._next_to_send()) is not None:
                    await self._socket.send(text)
        finally:
            self._outbox.close()
            self._is_all_sent.set()

    async def _next_to_send(self) -> str | None:
        while True:
            text = self._outbox.take()
            if text is not None or self._outbox.is_closed:
                return text
            self._is_something_to_send.clear()
            await self._is_something_to_send.wait()

    async def _watch(self) -> None:
        """Drop the connection once nothing was heard for too long, having asked before."""
        timing, clock = self._timing, self._socket.loop.time
        while (silent_s := clock() - self._socket.heard_s) < timing.give_up_after_s:
            if self.close_frame is not None:
                return
            if silent_s < timing.ping_after_s:
                await asyncio.sleep(timing.ping_after_s - silent_s)
            else:
                await self._ask_for_a_sign(timing.give_up_after_s - silent_s)
        if self.close_frame is None:
            log.warning("link.dead", extra={"silent_s": round(silent_s, 1)})
            self._socket.drop()

    async def _ask_for_a_sign(self, wait_s: float) -> None:
        with contextlib.suppress(TimeoutError, ConnectionClosed):
            async with asyncio.timeout(wait_s):
                # On a blocked line this waits for room; the deadline holds all the same.
                await (await self._socket.ping())

    # --- what cannot be followed -------------------------------------------------------------

    def _parse(self, text: str | bytes) -> ServerMessage | None:
        """The message in *text*; ``None`` for one to be skipped.

        Raises:
            ProtocolError: One too many in a row.
        """
        try:
            message = parse_server_message(text)
        except ProtocolError as error:
            self._skip_unreadable(str(error), len(text))
            return None
        self._unreadable_run = 0
        self._agent_heard_s = self._socket.loop.time()
        if isinstance(message, UnknownMessage):
            self._stats.unknown += 1
            self._log_once(logging.INFO, "link.unknown_message", message.type)
            return None
        self._stats.messages += 1
        return message

    def _skip_unreadable(self, reason: str, size: int) -> None:
        self._stats.unreadable += 1
        self._unreadable_run += 1
        self._log_once(logging.WARNING, "link.unreadable_message", reason, size=size)
        if self._unreadable_run > MAX_UNREADABLE_RUN:
            raise ProtocolError(
                sentence(
                    "What came from the agent could not be followed, again and again. Call "
                    "again; if it goes on, a proxy or security program on the way may be "
                    "changing the data."
                ),
                code="agent_unreadable",
            )

    def _log_end(self) -> None:
        close, stats = self.close_frame, self.stats
        fields = {"close_code": close.code if close else None, "reason": excerpt(close.reason) if close else ""}
        came = {"messages": stats.messages, "unreadable": stats.unreadable, "unknown": stats.unknown}
        lost = {"dropped_chunks": stats.dropped_chunks, "dropped_messages": stats.dropped_messages}
        log.info("link.closed", extra={**fields, **came, **lost})

    def _log_once(self, level: int, event: str, what: str, **fields: int) -> None:
        if what not in self._logged and len(self._logged) < KINDS_LOGGED:
            self._logged.add(what)
            log.log(level, event, extra={"what": what, **fields})


@asynccontextmanager
async def open_link(
    signed_url: str, *, timing: LinkTiming | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[AgentLink]:
    """A context in which the link to the agent at *signed_url* is open; leaving it closes the socket.

    Raises:
        AgentError: On entering: the socket could not be opened. The text never has the URL in it.
    """
    timing = timing or LinkTiming()
    link = AgentLink(await open_socket(signed_url, timing, tls), timing)
    async with link.running():
        yield link


def _log_wire(direction: str, message: ClientMessage | ServerMessage, text: str | bytes) -> None:
    """The wire at DEBUG, sound as its size; `repr` of our messages has no secrets in it."""
    if log.isEnabledFor(logging.DEBUG):
        shown = type(message).__name__ if isinstance(message, Audio | UserAudioChunk) else repr(message)[:WIRE_CHARS]
        log.debug("link.wire", extra={"frame": f"{direction} {shown}", "size": len(text)})
