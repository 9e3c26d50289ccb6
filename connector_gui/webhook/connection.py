"""Connections and their limits: how long one may take to ask, how many there may be.

aiohttp gives a connection an hour to send its headers, arms a timer for each and never counts them.
Here one sweep a quarter of a second looks after all of them:

    connected ──header_s──▶ request ──▶ idle ──keep_alive_s──▶ closed
                              ▲           │
                              └─header_s──┘ first byte of the next request

Whoever does not take in the answer is dropped too, ``stalled_s`` after the last bytes that went through. Most of
what is refused is so in `data_received` already (see `sieve`), and a flood of it in its turn (see `pace`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol

from aiohttp import StreamReader, web
from aiohttp.http import RawRequestMessage

from connector_gui.webhook.config import Limits
from connector_gui.webhook.pace import Pace
from connector_gui.webhook.sieve import Sieve

log = logging.getLogger(__name__)

SWEEP_S: Final = 0.25
READ_BYTES: Final = 16 * 1024
"""Read at once. Of asyncio's own 256 KiB in chunks of one byte each nobody else would be served for 35 ms."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The whole answer to what is turned away at once.

    Attributes:
        closes: The connection ends with it.
    """

    data: bytes
    closes: bool


class Doorkeeper(Protocol):
    """Who answers."""

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer *request*; never raises but for cancellation."""
        ...

    def refuse_at_once(
        self, message: RawRequestMessage, content: StreamReader, connection: Connection
    ) -> Refusal | None:
        """The refusal of a request with all its *content*, if it has to be refused and that can be told at once."""
        ...

    def malformed(self, status: int, reason: str) -> web.StreamResponse:
        """The answer to something that is no request at all, of a status and the parser's own words for it."""
        ...

    def refuse_malformed(self, reason: str) -> Refusal:
        """The same at once."""
        ...


class Connection(web.RequestHandler):
    """One connection; tells the room's `Connections` what it waits for.

    Attributes:
        local_address, remote_address: Of both ends, without ports.
        seen: What the doorkeeper found out about a request with this content, for when it comes as a whole.
        lost_at_s: When it ended, on the loop's clock; ``None`` while it stands.
    """

    def __init__(self, connections: Connections, loop: asyncio.AbstractEventLoop, **options: Any) -> None:
        super().__init__(connections, loop=loop, **options)
        self.connections = connections
        self.deadline_s: float | None = None
        self.is_between_requests = False
        self.local_address = ""
        self.remote_address = ""
        self.lost_at_s: float | None = None
        self._when_lost: list[Callable[[], object]] = []
        self.seen: tuple[StreamReader, object] | None = None
        self._unanswered = 0
        # A refusal that waits for its turn, and what came after that request.
        self._held: Refusal | None = None
        self._late = b""
        self._parser: Any = Sieve(self._parser, self)
        # aiohttp arms a keep-alive timer only where there is none: ours is the sweep.
        self._keepalive_handle = asyncio.Handle(_nothing, (), loop)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        sockname = transport.get_extra_info("sockname")
        self.local_address = str(sockname[0]).partition("%")[0] if sockname else ""
        peername = transport.get_extra_info("peername")
        self.remote_address = str(peername[0]).partition("%")[0] if peername else ""
        if hasattr(transport, "max_size"):
            transport.max_size = READ_BYTES
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """See `asyncio.Protocol`."""
        super().connection_lost(exc)
        self.lost_at_s = self._loop.time()
        if self._held is not None:
            self._held = None
            self.connections.pace.forget(self)
        for tell in tuple(self._when_lost):
            tell()

    def pause_writing(self) -> None:
        """See `asyncio.Protocol`."""
        super().pause_writing()
        self.connections.stalls(self)

    def resume_writing(self) -> None:
        """See `asyncio.Protocol`."""
        super().resume_writing()
        self.connections.flows_again(self)

    @property
    def is_gone(self) -> bool:
        """Nobody is at the other end any more."""
        return self.transport is None or self.transport.is_closing()

    @contextmanager
    def telling_when_lost(self, tell: Callable[[], object]) -> Iterator[None]:
        """Call *tell* when the connection is lost while inside; at once where it is gone already."""
        if self.is_gone:
            tell()
        self._when_lost.append(tell)
        try:
            yield
        finally:
            self._when_lost.remove(tell)

    def break_off(self) -> None:
        """Close now, whatever has not gone out yet: its reader may never take it."""
        transport = self.transport
        self.force_close()
        if transport is not None:
            transport.abort()

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        if self._held is not None:
            self._late += data
            if self.transport is not None:
                self.transport.pause_reading()
            return
        if self.is_between_requests:
            self.is_between_requests = False
            self.connections.header_begins(self)
        super().data_received(data)

    # --- for the sieve --------------------------------------------------------------------------------

    @property
    def is_free(self) -> bool:
        """See `sieve.Gate`."""
        return not (self._unanswered or self._held or self.writing_paused or self.is_gone)

    def turn_away(self, message: RawRequestMessage, content: StreamReader) -> bool:
        """See `sieve.Gate`."""
        refusal = self.connections.doorkeeper.refuse_at_once(message, content, self)
        if refusal is None:
            return False
        self._refuse(refusal)
        return True

    def turn_away_malformed(self, reason: str) -> None:
        """See `sieve.Gate`."""
        self._refuse(self.connections.doorkeeper.refuse_malformed(reason))

    def let_in(self, count: int) -> None:
        """See `sieve.Gate`."""
        self._unanswered += count

    def was_answered(self) -> None:
        """A request that aiohttp was given has got its answer, whole."""
        self._unanswered -= 1

    def _refuse(self, refusal: Refusal) -> None:
        pace = self.connections.pace
        if pace.take():
            self._write_off(refusal)
        else:
            self._held = refusal
            pace.wait(self, self._go_on)

    def _go_on(self) -> None:
        """It is this connection's turn: what was held goes out, what came since then comes in."""
        refusal, self._held = self._held, None
        late, self._late = self._late, b""
        if refusal is None or self.is_gone:
            return
        self._write_off(refusal)
        if late and not refusal.closes and self.transport is not None:
            self.transport.resume_reading()
            self.data_received(late)

    def _write_off(self, refusal: Refusal) -> None:
        assert self.transport is not None
        self.transport.write(refusal.data)
        if refusal.closes:
            self.force_close()
        else:
            self.is_between_requests = True
            self.connections.answered(self)

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """Answer what could not be parsed, or what went wrong outside our own handler, in the contract's shape."""
        if status >= 500:
            log.error("webhook.failed", exc_info=exc)
        if request.writer.output_size > 0:
            raise ConnectionError("The answer is on its way already.")
        response = self.connections.doorkeeper.malformed(status, message or "")
        response.force_close()
        return response


class Connections(web.Server):
    """All open connections of the webhook."""

    def __init__(self, doorkeeper: Doorkeeper, limits: Limits) -> None:
        super().__init__(
            self._serve,
            logger=log,
            access_log=None,
            # Encoded bodies are refused; nothing is ever inflated.
            auto_decompress=False,
            # What lies ahead of a refused body is read by `body.linger`, which counts.
            lingering_time=0,
            # See Connection: no timer per connection.
            keepalive_timeout=0,
        )
        self.doorkeeper = doorkeeper
        self._limits = limits
        self.pace = Pace(self._loop, limits.refusals_per_s, limits.refusals_at_once)
        self._open: set[Connection] = set()
        # Those without a request to answer, the one that has waited longest first.
        self._waiting: dict[Connection, None] = {}
        # Those that take in nothing of their answer, and since when.
        self._stalled: dict[Connection, float] = {}
        self._sweeping: asyncio.TimerHandle | None = None

    def __call__(self) -> Connection:
        """A new connection's protocol."""
        return Connection(self, self._loop, **self._kwargs)

    @property
    def open_count(self) -> int:
        """How many connections there are."""
        return len(self._open)

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """Take in a connection; if there are too many, drop the one that has waited longest for its request."""
        super().connection_made(handler, transport)
        assert isinstance(handler, Connection)
        self._open.add(handler)
        self._wait(handler, self._limits.header_s)
        if len(self._open) > self._limits.connections:
            self._drop(next(iter(self._waiting)))

    def connection_lost(self, handler: web.RequestHandler, exc: BaseException | None = None) -> None:
        """Forget a connection."""
        super().connection_lost(handler, exc)
        assert isinstance(handler, Connection)
        self._open.discard(handler)
        self._waiting.pop(handler, None)
        self._stalled.pop(handler, None)

    def stalls(self, connection: Connection) -> None:
        """Its reader takes in nothing more for now."""
        self._stalled[connection] = self._loop.time()

    def flows_again(self, connection: Connection) -> None:
        """Its reader has taken in some more."""
        self._stalled.pop(connection, None)

    def header_begins(self, connection: Connection) -> None:
        """The first byte of a later request has come; its place among those that wait stays."""
        if connection in self._waiting:
            connection.deadline_s = self._loop.time() + self._limits.header_s

    async def turn(self, connection: Connection) -> None:
        """Return when a refusal may go out on it; meanwhile it is as good as any to be dropped."""
        if self.pace.take():
            return
        self._wait(connection, self._limits.keep_alive_s)
        with connection.telling_when_lost(lambda: self.pace.tell(connection)):
            await self.pace.turn(connection)
        self._waiting.pop(connection, None)
        connection.deadline_s = None

    def answered(self, connection: Connection) -> None:
        """It has got an answer, and may ask again."""
        self._wait(connection, self._limits.keep_alive_s)

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        connection = request.protocol
        assert isinstance(connection, Connection)
        self._waiting.pop(connection, None)
        connection.deadline_s = None
        connection.is_between_requests = False
        try:
            answer = await self.doorkeeper.handle(request)
            if answer.keep_alive:
                connection.was_answered()
            return answer
        finally:
            if connection in self._open:
                connection.is_between_requests = True
                self.answered(connection)

    def _wait(self, connection: Connection, for_s: float) -> None:
        connection.deadline_s = self._loop.time() + for_s
        self._waiting.pop(connection, None)
        self._waiting[connection] = None
        if self._sweeping is None:
            self._sweeping = self._loop.call_later(SWEEP_S, self._sweep)

    def _sweep(self) -> None:
        now_s = self._loop.time()
        late = [one for one in self._waiting if one.deadline_s is not None and one.deadline_s <= now_s]
        late += [one for one, since_s in self._stalled.items() if now_s - since_s >= self._limits.stalled_s]
        for connection in late:
            self._drop(connection)
        self._sweeping = self._loop.call_later(SWEEP_S, self._sweep) if self._open else None

    def _drop(self, connection: Connection) -> None:
        self._open.discard(connection)
        self._waiting.pop(connection, None)
        self._stalled.pop(connection, None)
        connection.break_off()

    async def close(self, grace_s: float) -> None:
        """Close idle connections now, the others when their request is answered, *grace_s* at most."""
        self.pace.close()
        self.pre_shutdown()
        await self.shutdown(grace_s / 2)  # aiohttp waits twice: for the handler, then for its task.
        if self._sweeping is not None:
            self._sweeping.cancel()
            self._sweeping = None


def _nothing() -> None:
    """Stands where aiohttp keeps its timer."""
