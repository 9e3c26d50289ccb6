"""How to get out of here: the system's HTTPS proxy, never used for this computer itself."""

from __future__ import annotations

import base64
import urllib.request
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from connector_gui.core.addresses import is_loopback
from connector_gui.core.errors import AgentError
from connector_gui.core.sentence import sentence


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy.

    Attributes:
        url: Without name and password.
        authorization: Value of ``Proxy-Authorization``; ``None`` where the proxy wants none.
        full_url: As it was set, name and password included.
    """

    url: str
    authorization: str | None = field(default=None, repr=False)
    full_url: str = field(default="", repr=False)


def proxy_for(host: str) -> Proxy | None:
    """The proxy that leads to *host*; ``None`` for a direct connection.

    From ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY``, or the system's settings on Windows and macOS. May ask the
    registry or a name server: not to be called from an event loop.

    Raises:
        AgentError: The setting cannot be used, e.g. a SOCKS proxy.
    """
    if is_loopback(host) or urllib.request.proxy_bypass(host):
        return None
    proxies = urllib.request.getproxies()
    setting = proxies.get("https") or proxies.get("all")
    return _read(setting if "://" in setting else f"http://{setting}") if setting else None


def _read(setting: str) -> Proxy:
    try:
        parts = urlsplit(setting)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise _unusable() from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise _unusable()
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    url = f"{parts.scheme}://{host}:{port}"
    if parts.username is None:
        return Proxy(url, full_url=url)
    name_and_password = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    token = base64.b64encode(name_and_password.encode()).decode("ascii")
    login = f"{parts.username}:{parts.password or ''}"
    return Proxy(url, f"Basic {token}", f"{parts.scheme}://{login}@{host}:{port}")


def _unusable() -> AgentError:
    return AgentError(
        sentence(
            "The proxy in this computer's settings (HTTPS_PROXY) cannot be used: it must be an "
            "http:// or https:// address."
        )
    )
