"""Keeps reports from being led to addresses that they may not go to.

A name may stand for one address when a call is placed and for another one when its report is sent (DNS rebinding). So
the rules are asked once more, about the very address that is connected to, just before a socket is made for it.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from connector_gui.core.callback_url import CallbackRules

LOOKUPS: Final = 4
"""Names looked up at once: each occupies a thread, for as long as a name server keeps silent."""

Lookup = Callable[[str], Sequence[str]]
"""The addresses of a host; may block. Raises `OSError` when there are none."""


class Gate:
    """Makes sockets for addresses that reports may go to, and for no others.

    Attributes:
        refused: The others that there were.
    """

    def __init__(self, host: str, rules: CallbackRules) -> None:
        self._host = host
        self._rules = rules
        self.refused: list[str] = []

    def __call__(self, info: aiohttp.AddrInfoType) -> socket.socket:
        """A socket for the address in *info*, which is connected to next.

        Raises:
            PermissionError: It may not be.
        """
        family, kind, protocol, _, address = info
        if not self._rules.allows(self._host, [str(address[0])]):
            self.refused.append(str(address[0]))
            raise PermissionError(errno.EACCES, "callbacks may not go there")
        return socket.socket(family, kind, protocol)


class Names(AbstractResolver):
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


def _found(host: str, port: int, address: str) -> ResolveResult:
    return ResolveResult(
        hostname=host,
        host=address,
        port=port,
        family=socket.AF_INET6 if ":" in address else socket.AF_INET,
        proto=socket.IPPROTO_TCP,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )
