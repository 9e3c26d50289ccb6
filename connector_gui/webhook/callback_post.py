"""Sends one report to its receiver, and to nobody else.

What a name stood for at the door does not matter here: see `callback_gate`. No proxy is asked, for it would choose
the address itself; no redirect is followed; of an answer a few kilobytes are read. Each report has a connection of its
own, so that no receiver can hold up another one's.
"""

from __future__ import annotations

import asyncio
import errno
import functools
import io
import logging
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
from yarl import URL

from connector_gui import __version__
from connector_gui.core.callback_url import CallbackRules, split_callback_url, why_refused
from connector_gui.webhook.callback_answer import Result, Verdict, needs_body, read_answer
from connector_gui.webhook.callback_gate import Gate, Lookup, Names, look_up
from connector_gui.webhook.callback_report import SIGNATURE_HEADER

log = logging.getLogger(__name__)

READ_BYTES: Final = 4096
"""How much of an answer is looked at."""


@dataclass(frozen=True, slots=True)
class PostTiming:
    """How long a receiver may take.

    Attributes:
        connect_s: Until it is found, connected and has proven who it is.
        total_s: Until it has answered.
    """

    connect_s: float = 5.0
    total_s: float = 15.0


class CallbackPost:
    """Posts reports; used from one event loop.

    Args:
        rules: Where reports may go now.
        tls: Whose certificates are trusted; the system's unless given.
        lookup: Finds hosts.
    """

    def __init__(
        self,
        rules: Callable[[], CallbackRules],
        *,
        timing: PostTiming | None = None,
        tls: ssl.SSLContext | None = None,
        lookup: Lookup | None = None,
    ) -> None:
        self._rules = rules
        self._timing = timing or PostTiming()
        self._tls = tls
        self._names = Names(lookup or look_up)

    async def __call__(self, url: str, body: bytes, signature: str) -> Result:
        """Post *body* to *url* once; whatever happens is a result."""
        try:
            receiver, target = receiver_of(url), URL(url, encoded=True)
        except ValueError:
            return _UNREADABLE
        gate = Gate(target.raw_host or "", self._rules())
        try:
            async with asyncio.timeout(self._timing.total_s):
                return await self._post(target, body, signature, gate, receiver)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return _failure(error, gate, receiver)

    async def _post(self, target: URL, body: bytes, signature: str, gate: Gate, receiver: str) -> Result:
        async with (
            self._session(gate, await self._trusted()) as session,
            session.post(
                target, data=io.BytesIO(body), headers={SIGNATURE_HEADER: signature}, allow_redirects=False
            ) as response,
        ):
            answer = await _beginning(response) if needs_body(response.status) else b""
            response.close()  # Nothing that follows is of interest, and it may never end.
            return read_answer(response.status, answer, receiver)

    def _session(self, gate: Gate, tls: ssl.SSLContext) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            ssl=tls, socket_factory=gate, resolver=self._names, use_dns_cache=False, force_close=True
        )
        return aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=None, connect=self._timing.connect_s),
            headers=_HEADERS,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
        )

    async def aclose(self) -> None:
        """Let go of what is held between reports."""
        await self._names.close()

    async def _trusted(self) -> ssl.SSLContext:
        # Read once, in a thread: it takes tens of milliseconds.
        if self._tls is None:
            self._tls = await asyncio.to_thread(_system_tls)
        return self._tls


_HEADERS: Final = {
    "User-Agent": f"agent-connector/{__version__}",
    "Content-Type": "application/json",
    "Accept": "application/json",
    "Accept-Encoding": "identity",
}
_UNREADABLE: Final = Result(Verdict.NEVER, "The callback_url is not an address that a report can be sent to.")


def receiver_of(url: str) -> str:
    """Host and port of a callback URL: all of it that may be shown, for its path and query can be a secret."""
    return split_callback_url(url).netloc.lower()


@functools.cache
def _system_tls() -> ssl.SSLContext:
    return ssl.create_default_context()


async def _beginning(response: aiohttp.ClientResponse) -> bytes:
    """The answer's first bytes; what came of them when the receiver breaks off."""
    body = bytearray()
    try:
        while len(body) < READ_BYTES and (piece := await response.content.read(READ_BYTES - len(body))):
            body += piece
    except aiohttp.ClientError as error:
        log.debug("callback.cut_answer", extra={"kind": type(error).__name__})
    return bytes(body)


def _failure(error: Exception, gate: Gate, receiver: str) -> Result:
    """What a try without an answer means. The exceptions of aiohttp end here: they may have the whole URL in them."""
    log.debug("callback.no_answer", extra={"receiver": receiver, "kind": type(error).__name__})
    if isinstance(error, aiohttp.InvalidURL):
        return _UNREADABLE
    words = f"{{receiver}} {why_refused(gate.refused)}" if gate.refused else _words(error)
    return Result(Verdict.LATER, words.replace("{receiver}", receiver) + ".")


def _words(error: Exception) -> str:
    cause: Any = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        cause = error.certificate_error
    match cause:
        case aiohttp.ConnectionTimeoutError() | OSError(errno=errno.ETIMEDOUT):
            return "{receiver} could not be reached in time. Check that its computer is on and lets connections in"
        case TimeoutError():
            return "{receiver} did not answer in time. In n8n, let the Webhook or Wait node respond immediately"
        case ssl.SSLCertVerificationError(verify_message=why):
            return (
                f"{{receiver}} could not prove who it is ({why}). Install its certificate's authority on this computer"
            )
        case ssl.SSLError() | aiohttp.ClientConnectorSSLError():
            return (
                "No secure connection to {receiver} could be made; if it speaks plain HTTP, begin its URL with http://"
            )
        case socket.gaierror():
            return "The host of {receiver} cannot be found; check its name, and the name server"
        case ConnectionRefusedError():
            return "Nobody listens at {receiver}. Start the program there (n8n), or correct the port"
        case OSError(errno=errno.ENETUNREACH | errno.EHOSTUNREACH):
            return "There is no way to {receiver} from here; check the network"
        case aiohttp.ClientResponseError() | ValueError():
            return "What {receiver} answered is no HTTP; check the port, and whether the URL needs https://"
        case _:
            return "The connection to {receiver} broke before it had answered"
