"""Where a call's ending may be reported: the rules against being sent after somebody else's server.

A callback URL comes from a caller and is fetched from inside the operator's network. It may therefore only lead to
this computer and private networks, or to what ``CALLBACK_ALLOWED_HOSTS`` names; never to link-local addresses (cloud
metadata lives there) or to groups. What counts is the address a name stands for: the room resolves it and asks here.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, urlsplit

MAX_CHARS: Final = 2048

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

DEFAULT_NETWORKS: Final[tuple[Network, ...]] = tuple(
    ipaddress.ip_network(text)
    for text in ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)
"""Loopback, RFC 1918 and IPv6 unique-local."""


def split_callback_url(url: str) -> SplitResult:
    """The parts of *url*.

    Raises:
        ValueError: It is no address that a report could be POSTed to; the text says what to do.
    """
    if len(url) > MAX_CHARS:
        raise ValueError(f"is longer than {MAX_CHARS} characters")
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise ValueError("has characters that no URL has; percent-encode them")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("is not a URL; give one such as http://127.0.0.1:5678/webhook-waiting/77") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise ValueError("must be an http:// or https:// URL with a host")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must have no user name or password in it")
    return parts


@dataclass(frozen=True, slots=True)
class CallbackRules:
    """Which hosts and addresses callbacks may go to.

    Attributes:
        names: Host names that are allowed whatever (unicast) address they have.
        networks: Address ranges that are allowed, whatever name they go by.
    """

    names: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = field(default=DEFAULT_NETWORKS)

    @classmethod
    def of(cls, allowed_hosts: Iterable[str]) -> CallbackRules:
        """The rules of ``CALLBACK_ALLOWED_HOSTS``: names, addresses, networks (``10.1.0.0/16``); empty: the default."""
        names: set[str] = set()
        networks: list[Network] = []
        for entry in allowed_hosts:
            text = entry.strip().removeprefix("[").removesuffix("]")
            try:
                networks.append(ipaddress.ip_network(text, strict=False))
            except ValueError:
                names.add(_plain(text))
        return cls(frozenset(names), tuple(networks)) if names or networks else cls()

    def allows_name(self, host: str) -> bool:
        """Whether *host* is allowed by its name, wherever (but to a group or a link-local address) it leads."""
        return _plain(host) in self.names

    def allows(self, host: str, addresses: Iterable[str]) -> bool:
        """Whether a callback may go to *host*, which stands for *addresses*: all of them must be allowed."""
        resolved = [_unwrapped(address) for address in addresses]
        if not resolved or any(_is_never_allowed(address) for address in resolved):
            return False
        return self.allows_name(host) or all(self._has(address) for address in resolved)

    def _has(self, address: Address) -> bool:
        return any(address.version == network.version and address in network for network in self.networks)


def why_refused(addresses: Iterable[str]) -> str:
    """What to do about a host that stands for *addresses*, which are not allowed; reads on after its name."""
    if all(_is_never_allowed(_unwrapped(address)) for address in addresses):
        return "leads to an address that callbacks never go to (link-local, multicast or reserved); use another one"
    cure = "add its host to CALLBACK_ALLOWED_HOSTS in the desk's settings"
    return f"leads to an address that callbacks may not go to; {cure}"


def literal_address(host: str) -> str | None:
    """*host* as an address if it is written as one; ``None`` for a name (and for odd spellings: they get resolved)."""
    try:
        return str(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        return None


def _plain(host: str) -> str:
    return host.lower().removesuffix(".")


def _unwrapped(text: str) -> Address:
    address = ipaddress.ip_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _is_never_allowed(address: Address) -> bool:
    is_reserved = address.is_reserved if isinstance(address, ipaddress.IPv4Address) else address.is_site_local
    return address.is_link_local or address.is_multicast or address.is_unspecified or is_reserved
