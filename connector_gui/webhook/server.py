"""The webhook's HTTP server: listens, hands requests to the door, and goes quietly.

sockets → Connections (limits of number and time) → Door (checks) → Routes (handlers) → the desk
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from connector_gui.core.service import DeskPort
from connector_gui.webhook.callback_check import CallbackCheck, Resolver, resolve
from connector_gui.webhook.config import WebhookConfig
from connector_gui.webhook.connection import Connections
from connector_gui.webhook.docs import with_docs
from connector_gui.webhook.door import Door
from connector_gui.webhook.exchange import Exchange
from connector_gui.webhook.guards import HostRules, KeysProvider, bracketed
from connector_gui.webhook.guesses import GuessAlarm, Guesses
from connector_gui.webhook.replies import Clock, utc_now
from connector_gui.webhook.route import Route
from connector_gui.webhook.routes import Routes
from connector_gui.webhook.sockets import AddressInUseError, ListenError, open_sockets
from connector_gui.webhook.tls import server_tls

log = logging.getLogger(__name__)

RETRY_S: Final = 5.0
"""How often a port that is taken is tried again."""
STOP_GRACE_S: Final = 1.5
"""How long requests under way may take to be answered when the server stops."""
HANDSHAKE_TIMEOUT_S: Final = 5.0
BACKLOG: Final = 256
"""Connections that the system keeps for us while we are busy. A caller past that waits for a second or more."""
_ANY_ADDRESS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - recognised, not bound


@dataclass(frozen=True, slots=True)
class WebhookState:
    """Whether callers can reach the desk: exactly one of both is set.

    Attributes:
        url: Where they reach it from this computer.
        problem: Why they cannot, in words with a cure; the port's number is in them where it is the port.
    """

    url: str | None = None
    problem: str | None = None


class WebhookServer:
    """One server, started once and stopped once; a change of settings makes a new one.

    Lives in the loop it is started in and does nothing that blocks it.

    Attributes:
        on_alarm: Called when somebody tries one wrong key after the other.
        on_exchange: Called with every request that was meant for us, once its answer is made.
    """

    def __init__(
        self,
        desk: DeskPort,
        config: WebhookConfig,
        keys: KeysProvider,
        *,
        clock: Clock = utc_now,
        resolver: Resolver = resolve,
        more_routes: Sequence[Route] = (),
    ) -> None:
        """*more_routes* are served beside those of `routes`."""
        self._config = config
        self._keys = keys
        self._clock = clock
        self._more_routes = tuple(more_routes)
        self._guesses = Guesses()
        self.on_exchange: list[Callable[[Exchange], None]] = []
        self._routes = Routes(desk, config, CallbackCheck(config.callback_rules, resolver), clock)
        self._servers: list[asyncio.Server] = []
        self._connections: Connections | None = None
        self._door: Door | None = None
        self._port = config.port

    @property
    def url(self) -> str | None:
        """Where the webhook is reached from this computer; ``None`` while it does not listen."""
        if not self._servers:
            return None
        host = _ANY_ADDRESS.get(self._config.host, self._config.host)
        return f"{self._config.scheme}://{bracketed(host)}:{self._port}"

    @property
    def on_alarm(self) -> list[Callable[[GuessAlarm], None]]:
        """See above."""
        return self._guesses.on_alarm

    @property
    def refused(self) -> Counter[str]:
        """How many requests were refused since the start, by code."""
        return self._door.refused if self._door else Counter()

    @property
    def connection_count(self) -> int:
        """How many connections are open."""
        return self._connections.open_count if self._connections else 0

    @property
    def held_count(self) -> int:
        """How many answers are being kept open: event streams, and calls that are waited for."""
        return self._routes.held_count

    async def serve(self, on_state: Callable[[WebhookState], None], *, retry_s: float = RETRY_S) -> None:
        """Listen until cancelled; while that is not possible, say why and try again every *retry_s*.

        Args:
            on_state: Told of each change.
        """
        try:
            await self._start_when_possible(on_state, retry_s)
            on_state(WebhookState(url=self.url))
            await asyncio.Event().wait()
        finally:
            await self.stop()

    async def start(self) -> None:
        """Listen; returns when requests are taken.

        Raises:
            ListenError: The address cannot be had (`AddressInUseError`: another program has it).
        """
        tls = await self._tls()
        sockets = await open_sockets(self._config.host, self._config.port)
        self._port = sockets[0].getsockname()[1]
        hosts = HostRules.of(self._config.host, self._port, self._config.allowed_hosts)
        table = self._routes.table(self._more_routes)
        if self._config.has_docs:
            table = with_docs(table)
        self._door = Door(table, self._config, hosts, self._keys, self._guesses, self._clock)
        self._door.on_exchange = self.on_exchange
        self._routes.open()
        connections = Connections(self._door, self._config.limits)
        self._connections = connections
        loop = asyncio.get_running_loop()
        handshake_s = HANDSHAKE_TIMEOUT_S if tls else None
        for each in sockets:
            server = await loop.create_server(
                connections, sock=each, ssl=tls, ssl_handshake_timeout=handshake_s, backlog=BACKLOG
            )
            self._servers.append(server)
        log.info("webhook.listening", extra={"url": self.url})

    async def stop(self) -> None:
        """Stop listening, let requests under way be answered (within `STOP_GRACE_S`), close everything."""
        servers, self._servers = self._servers, []
        for server in servers:
            server.close()
        self._routes.close()
        if self._connections is not None:
            await self._connections.close(STOP_GRACE_S)
            self._connections = None

    async def _start_when_possible(self, on_state: Callable[[WebhookState], None], retry_s: float) -> None:
        said: ListenError | None = None
        while True:
            try:
                await self.start()
            except ListenError as error:
                if said is None or _is_news(error, said):
                    said = error
                    log.error("webhook.not_listening", extra={"problem": str(error)})  # noqa: TRY400 - no fault of ours
                    on_state(WebhookState(problem=str(error)))
                await asyncio.sleep(retry_s)
            else:
                return

    async def _tls(self) -> ssl.SSLContext | None:
        cert_file, key_file = self._config.tls_cert_file, self._config.tls_key_file
        if cert_file is None or key_file is None:
            return None
        return await asyncio.to_thread(server_tls, cert_file, key_file)


def _is_news(error: ListenError, said: ListenError) -> bool:
    """Whether *error* tells more than what was *said* last; no longer knowing the program on the port does not."""
    if isinstance(error, AddressInUseError) and isinstance(said, AddressInUseError) and error.owner is None:
        return error.port != said.port
    return str(error) != str(said)
