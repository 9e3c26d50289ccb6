"""Sends one report to its receiver, and to nobody else.

What a name stood for at the door does not matter here: the gate looks at each address just before a socket is made
for it. No proxy is asked, for it would choose the address itself; no redirect is followed; of an answer a few
kilobytes are read. Each report has a connection of its own, so that no receiver can hold up another one's.
"""

from __future__ import annotations

import asyncio
import errno
import functools
import io
import logging
import socket
import ssl
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from connector_gui import __version__
from connector_gui.core.callback_url import CallbackRules, split_callback_url
from connector_gui.webhook.callback_answer import Result, Verdict, needs_body, read_answer
from connector_gui.webhook.callback_report import SIGNATURE_HEADER

log = logging.getLogger(__name__)

READ_BYTES: Final = 4096
"""How much of an answer is looked at."""
LOOKUPS: Final = 4
"""Names looked up at once: each occupies a thread, for as long as a name server keeps silent."""

Lookup = Callable[[str], Sequence[str]]
"""The addresses of a host; may block. Raises `OSError` when there are none."""


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
        self._names = _Names(lookup or look_up)

    async def __call__(self, url: str, body: bytes, signature: str) -> Result:
        """Post *body* to *url* once; whatever happens is a result."""
        try:
            target = URL(split_callback_url(url).geturl(), encoded=True)
            host, receiver = target.raw_host or "", receiver_of(url)
        except ValueError:
            return _UNREADABLE
        gate = _Gate(host, self._rules())
        try:
            async with asyncio.timeout(self._timing.total_s):
                return await self._post(target, body, signature, gate, receiver)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return _failure(error, gate, receiver)

    async def _post(self, target: URL, body: bytes, signature: str, gate: _Gate, receiver: str) -> Result:
        async with (
            self._session(gate, await self._trusted()) as session,
            session.post(
                target, data=io.BytesIO(body), headers={SIGNATURE_HEADER: signature}, allow_redirects=False
            ) as response,
        ):
            answer = await _beginning(response) if needs_body(response.status) else b""
            response.close()  # Nothing that follows is of interest, and it may never end.
            return read_answer(response.status, answer, receiver)

    def _session(self, gate: _Gate, tls: ssl.SSLContext) -> aiohttp.ClientSession:
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


def look_up(host: str) -> Sequence[str]:
    """The addresses that *host* stands for on this computer.

    Raises:
        OSError: It stands for none.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise socket.gaierror(socket.EAI_NONAME, "no name that could be looked up") from error
    return [str(entry[4][0]) for entry in found]


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


class _Gate:
    """Makes sockets for addresses that reports may go to, and for no others.

    Attributes:
        has_refused: There was another one.
    """

    def __init__(self, host: str, rules: CallbackRules) -> None:
        self._host = host
        self._rules = rules
        self.has_refused = False

    def __call__(self, info: aiohttp.AddrInfoType) -> socket.socket:
        """A socket for the address in *info*, which is connected to next.

        Raises:
            PermissionError: It may not be.
        """
        family, kind, protocol, _, address = info
        if not self._rules.allows(self._host, [str(address[0])]):
            self.has_refused = True
            raise PermissionError(errno.EACCES, "callbacks may not go there")
        return socket.socket(family, kind, protocol)


class _Names(AbstractResolver):
    """Finds hosts in threads of its own: a name server that keeps silent must not use up everybody's."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._threads = ThreadPoolExecutor(LOOKUPS, thread_name_prefix="callback.names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of *host*.

        Raises:
            OSError: There are none.
        """
        del family  # Of any: the gate decides.
        addresses = await asyncio.get_running_loop().run_in_executor(self._threads, self._lookup, host)
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "a name without an address")
        return [_found(host, port, address) for address in addresses]

    async def close(self) -> None:
        """Lookups that wait are given up; called when no report will follow."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _found(host: str, port: int, address: str) -> ResolveResult:
    return ResolveResult(
        hostname=host,
        host=address,
        port=port,
        family=socket.AF_INET6 if ":" in address else socket.AF_INET,
        proto=socket.IPPROTO_TCP,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )


def _failure(error: Exception, gate: _Gate, receiver: str) -> Result:
    """What a try without an answer means. The exceptions of aiohttp end here: they may have the whole URL in them."""
    log.debug("callback.no_answer", extra={"receiver": receiver, "kind": type(error).__name__})
    if isinstance(error, aiohttp.InvalidURL):
        return _UNREADABLE
    if gate.has_refused:
        words = (
            "{receiver} leads to an address that callbacks may not go to; add its host to CALLBACK_ALLOWED_HOSTS in "
            "the settings"
        )
    else:
        words = _words(error)
    return Result(Verdict.LATER, words.replace("{receiver}", receiver) + ".")


def _words(error: Exception) -> str:
    cause: Any = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        cause = error.certificate_error
    match cause:
        case aiohttp.ConnectionTimeoutError():
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
