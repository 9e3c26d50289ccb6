"""The sockets that the webhook listens on, opened so that no other program can share them."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import os
import socket
import sys
from collections.abc import Sequence
from typing import Final

from connector_gui.core.addresses import is_loopback
from connector_gui.core.errors import ConfigError
from connector_gui.core.sentence import sentence
from connector_gui.webhook.port_owner import port_owner

PORT_TRIES: Final = 5
"""A port that is free on IPv4 may be taken on IPv6; with port 0 another one is as good."""

PORTS_LOOKED_AT: Final = 20
"""For one that is free near one that is taken."""
_NO_IPV6: Final = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT})


class ListenError(ConfigError):
    """The webhook cannot listen where the settings say; the text says why and what to do."""


class AddressInUseError(ListenError):
    """Another program has the port."""

    def __init__(self, port: int, owner: str | None = None, free: int | None = None) -> None:
        """*owner* is the program's name, where the system tells; *free* a port that could be had instead."""
        program = sentence("another program ({name})", name=owner) if owner else sentence("another program")
        if free:
            told = sentence(
                "Port {port} is taken by {program}, so no calls can come in. "
                "Close that program, or set PORT to another number: {free} is free.",
                port=port,
                program=program,
                free=free,
            )
        else:
            told = sentence(
                "Port {port} is taken by {program}, so no calls can come in. "
                "Close that program, or set PORT to another number.",
                port=port,
                program=program,
            )
        super().__init__(told)
        self.port = port
        self.owner = owner


async def open_sockets(host: str, port: int) -> list[socket.socket]:
    """Bound sockets for *host* and *port*; on a loopback *host* one for ``::1`` too, where there is IPv6.

    Raises:
        ListenError: The address is taken, not ours, or not allowed.
    """
    for tries_left in reversed(range(PORT_TRIES if port == 0 else 1)):
        try:
            return await _open_all(host, port)
        except AddressInUseError as error:
            if not tries_left:
                owner = await asyncio.to_thread(port_owner, error.port)
                # Only named, never taken: callers have the number that is set.
                raise AddressInUseError(error.port, owner, await _free_port_after(host, error.port)) from None
    raise AssertionError("unreachable: the last try returns or raises")


async def _free_port_after(host: str, port: int) -> int | None:
    """The next port that could be listened on now; ``None`` where none is near."""
    for candidate in range(port + 1, min(port + 1 + PORTS_LOOKED_AT, 65_536)):
        with contextlib.suppress(ListenError):
            for bound in await _open_all(host, candidate):
                bound.close()
            return candidate
    return None


async def _open_all(host: str, port: int) -> list[socket.socket]:
    with contextlib.ExitStack() as opened:
        sockets: list[socket.socket] = []
        for address in await _addresses(host):
            chosen_port = sockets[0].getsockname()[1] if sockets else port
            bound = _bind(address, chosen_port, is_optional=bool(sockets) and is_loopback(host))
            if bound is not None:
                sockets.append(opened.enter_context(bound))
        opened.pop_all()
        return sockets


async def _addresses(host: str) -> Sequence[str]:
    """The addresses to listen on, the one that has to work first."""
    if host.rstrip(".").lower() == "localhost":
        return ["127.0.0.1", "::1"]
    with contextlib.suppress(ValueError):
        address = ipaddress.ip_address(host)
        return [host, "::1"] if address.is_loopback and address.version == 4 else [host]
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        raise ListenError(
            sentence("HOST={host} cannot be found. Set HOST to 127.0.0.1 or an address of this computer.", host=host)
        ) from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _bind(address: str, port: int, *, is_optional: bool) -> socket.socket | None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        bound = socket.socket(family, socket.SOCK_STREAM)
    except OSError:
        if is_optional:
            return None
        raise ListenError(
            sentence("This computer cannot listen on {address}. Set HOST to 127.0.0.1.", address=address)
        ) from None
    try:
        _make_exclusive(bound)
        bound.setblocking(False)
        bound.bind((address, port))
        # Listening is what claims the port on every system; asyncio does it again with its own backlog.
        bound.listen()
    except OSError as error:
        bound.close()
        if is_optional and error.errno in _NO_IPV6:
            return None
        raise _listen_error(address, port, error) from None
    return bound


def _make_exclusive(bound: socket.socket) -> None:
    if bound.family == socket.AF_INET6:
        bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    if sys.platform == "win32":
        # On Windows SO_REUSEADDR would let any program take the port over; this forbids it.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    elif os.name == "posix":
        # Lets a restart have the port back at once (TIME_WAIT); two listeners are still impossible.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)


def _listen_error(address: str, port: int, error: OSError) -> ListenError:
    if error.errno == errno.EADDRINUSE:
        return AddressInUseError(port)
    if error.errno == errno.EACCES:
        # Windows says this of a port that another program holds exclusively, too.
        return AddressInUseError(port) if sys.platform == "win32" else _needs_rights(port)
    if error.errno == errno.EADDRNOTAVAIL:
        return ListenError(
            sentence("HOST={host} is no address of this computer. Set HOST to 127.0.0.1 or one that is.", host=address)
        )
    return ListenError(
        sentence(
            "The webhook cannot listen on {address}, port {port}: {reason}.",
            address=address,
            port=port,
            reason=error.strerror,
        )
    )


def _needs_rights(port: int) -> ListenError:
    return ListenError(sentence("Port {port} needs administrator rights. Set PORT to 1024 or more.", port=port))
