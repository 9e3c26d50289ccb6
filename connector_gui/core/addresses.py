"""Which addresses only mean this computer, and which may be asked over the network or opened."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def is_web_address(url: str) -> bool:
    """Whether *url* may be asked or opened: ``https://``, or ``http://`` on this computer; no password in it."""
    if not url.isascii() or not url.isprintable() or set(url) & set(" \\"):
        return False
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    if not host or "@" in parts.netloc:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))


def is_loopback(host: str) -> bool:
    """Whether *host* (a name or an address without brackets) can only mean this computer."""
    if host.rstrip(".").lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
