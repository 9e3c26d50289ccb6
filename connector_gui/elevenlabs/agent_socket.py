"""The WebSocket under a link: `websockets`, with the deadlines and limits that a conversation needs.

What the library leaves open and is settled here:

- It waits for the far end to close TCP after the goodbye, without a limit: here `close_s`.
- Its keepalive waits for room to send its ping, and on a dead line with the microphone on there is none: here what
  counts is when something was heard last, whatever it was.
- It follows redirects, even to other hosts: here none.
- It logs requests with their signed URLs at DEBUG: here its own log is off.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
from dataclasses import dataclass
from typing import Any, Final

import websockets
from aiohappyeyeballs import start_connection
from websockets.asyncio.client import ClientConnection, connect
from websockets.protocol import State
from websockets.typing import Subprotocol

from connector_gui.core.addresses import is_loopback
from connector_gui.core.call_events import CloseFrame
from connector_gui.core.endings import ABNORMAL_CLOSURE, NORMAL_CLOSURE
from connector_gui.core.errors import AgentError, ProtocolError
from connector_gui.core.sentence import sentence
from connector_gui.elevenlabs import refusals
from connector_gui.elevenlabs.http_client import USER_AGENT
from connector_gui.elevenlabs.network import default_tls, timed_out, unreachable
from connector_gui.elevenlabs.proxies import proxy_for
from connector_gui.elevenlabs.refusals import Answer
from connector_gui.elevenlabs.signed_url import Origin, origin_of

log = logging.getLogger(__name__)

# Outside the tree of loggers, so that no configuration can turn it on.
_LIBRARY_LOG: Final = logging.Logger("websockets", level=logging.CRITICAL + 1)  # noqa: LOG001

MAX_MESSAGE_BYTES: Final = 16 * 1024 * 1024
"""One audio message can be over a megabyte; the official Python client takes as much as this."""
MAX_WAITING_FRAMES: Final = 4
"""Frames kept by the library; more wait in the network. Four of the greatest are 64 MiB."""
MAX_UNSENT_BYTES: Final = 1024 * 1024
"""What may wait in the socket's own buffer: an initiation fits, a flood of answered pings does not."""
NEXT_ADDRESS_S: Final = 0.25
"""How long one address may keep silent before the next is tried beside it (RFC 8305)."""
KERNEL_QUEUE_BYTES: Final = 4096
"""Unsent bytes that the system may keep for us: about 100 ms of sound. It would keep a minute's worth."""


@dataclass(frozen=True, slots=True)
class LinkTiming:
    """Deadlines of a link, in s.

    Attributes:
        open_s: For the name, TCP, TLS and the opening handshake together.
        ping_after_s: Silence after which the far end is asked for a sign of life.
        give_up_after_s: Silence after which the connection is dead; 20 s are promised (docs/faults.md, W4).
        close_s: For the far end to answer our goodbye.
    """

    open_s: float = 10.0
    ping_after_s: float = 9.0
    give_up_after_s: float = 18.0
    close_s: float = 1.0


class AgentSocket(ClientConnection):
    """One WebSocket to the agent.

    Attributes:
        heard_s: When any byte came last, on the loop's clock.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.heard_s = self.loop.time()
        self._drop_timer: asyncio.TimerHandle | None = None

    @property
    def is_blocked(self) -> bool:
        """Whether the network takes no more for now."""
        return self.paused

    @property
    def close_frame(self) -> CloseFrame | None:
        """How it closed; ``None`` while it is open. When *we* found fault with what came, that is the reason."""
        if self.state is not State.CLOSED:
            return None
        closed = self.protocol.close_exc
        sent, received = closed.sent, closed.rcvd
        if sent is not None and sent.code != NORMAL_CLOSURE and not closed.rcvd_then_sent:
            return CloseFrame(int(sent.code), sent.reason)
        return CloseFrame(int(received.code), received.reason) if received else CloseFrame(ABNORMAL_CLOSURE)

    def drop(self) -> None:
        """Let go of the connection without a word."""
        self.transport.abort()

    # --- asyncio's callbacks ----------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        _keep_queues_short(self.transport)

    def data_received(self, data: bytes) -> None:
        self.heard_s = self.loop.time()
        super().data_received(data)
        if self._drop_timer is None and self.protocol.close_expected():
            self._drop_timer = self.loop.call_later(self.close_timeout or 0, self.transport.abort)
        if self.transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            # Somebody sends pings and does not read the answers.
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._drop_timer is not None:
            self._drop_timer.cancel()
        super().connection_lost(exc)


class _Connect(connect):
    def process_redirect(self, exc: Exception) -> Exception:
        return exc  # The signed URL goes to the host that was checked, and nowhere else.


async def open_socket(url: str, timing: LinkTiming, tls: ssl.SSLContext | None = None) -> AgentSocket:
    """A socket that is open, at a signed *url*.

    Raises:
        AgentError: It could not be opened; the text says why and never has the URL in it.
    """
    origin = origin_of(url)
    if origin is None or not (origin.scheme == "wss" or (origin.scheme == "ws" and is_loopback(origin.host))):
        raise ProtocolError(sentence("The conversation's address is not one that this program may connect to."))
    try:
        async with asyncio.timeout(timing.open_s):
            return await _open(url, origin, timing, tls)
    except TimeoutError:
        raise timed_out(timing.open_s) from None
    except websockets.InvalidStatus as error:
        raise _handshake_refused(error) from None
    except (OSError, ssl.SSLError, websockets.WebSocketException) as error:
        log.warning("link.unreachable", extra={"host": origin.host, "kind": type(error).__name__})
        raise unreachable(error, origin.host) from None


async def _open(url: str, origin: Origin, timing: LinkTiming, tls: ssl.SSLContext | None) -> AgentSocket:
    proxy = await asyncio.to_thread(proxy_for, origin.host)
    options: dict[str, Any] = {}
    if origin.scheme == "wss":
        options["ssl"] = tls or await default_tls()
    if proxy is None:
        options["sock"] = await _connected(origin.host, origin.port)
    connection = await _Connect(
        url,
        # No Origin: it is for browsers.
        subprotocols=[Subprotocol("convai")],
        compression=None,
        user_agent_header=USER_AGENT,
        proxy=proxy.full_url if proxy else None,
        open_timeout=None,
        ping_interval=None,
        close_timeout=timing.close_s,
        max_size=MAX_MESSAGE_BYTES,
        max_queue=MAX_WAITING_FRAMES,
        # Blocked as soon as the system takes no more, so that sound is kept, and dropped, in the outbox.
        write_limit=1,
        logger=_LIBRARY_LOG,
        create_connection=AgentSocket,
        **options,
    )
    assert isinstance(connection, AgentSocket)
    return connection


async def _connected(host: str, port: int) -> socket.socket:
    """A connection to the first address that answers, of either family."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    # WORKAROUND: asyncio's own race of addresses, cancelled, leaves a connection open until it is collected
    # (seen with Python 3.11). This one is aiohttp's.
    return await start_connection(found, happy_eyeballs_delay=NEXT_ADDRESS_S)


def _handshake_refused(error: websockets.InvalidStatus) -> AgentError:
    response = error.response
    answer = Answer(response.status_code, response.headers, bytes(response.body or b""))
    log.warning("link.refused", extra={"status": answer.status, "trace_id": answer.trace_id})
    if answer.status in {401, 403, 404} and not answer.is_web_page and not refusals.names_its_cause(answer):
        return AgentError(
            sentence(
                "ElevenLabs did not let the call in (HTTP {status}): its address has lapsed, or "
                "the agent was deleted or lets only certain websites in. Call again; if it goes "
                "on, check the agent's security settings.",
                status=answer.status,
            )
        )
    return refusals.refusal(answer)


def _keep_queues_short(transport: asyncio.WriteTransport) -> None:
    """Let little wait below the outbox, for what is there can no longer be taken back."""
    # WORKAROUND: under TLS asyncio has a second transport with a buffer of 64 KiB, which no public name reaches.
    protocol = getattr(transport, "_ssl_protocol", None)
    below = getattr(protocol, "_transport", None)
    if isinstance(below, asyncio.WriteTransport):
        below.set_write_buffer_limits(high=1)
    lowest = transport.get_extra_info("socket")
    if lowest is None:
        return
    with contextlib.suppress(OSError):
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):
            lowest.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, KERNEL_QUEUE_BYTES)
        else:
            lowest.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * KERNEL_QUEUE_BYTES)
