"""The address at which one conversation can be had; a secret, and checked before anything is sent to it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from connector_gui.core.addresses import is_loopback
from connector_gui.core.errors import ProtocolError
from connector_gui.core.sentence import sentence

MAX_URL_CHARS: Final = 4096
HOST_FAMILIES: Final = ("elevenlabs.io",)
"""Domains whose hosts may stand for each other: `api.us.elevenlabs.io` may answer for `api.elevenlabs.io`."""

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_ADDRESS: Final = re.compile(r"[0-9a-f:]*:[0-9a-f:.]*")


@dataclass(frozen=True, slots=True)
class SignedUrl:
    """Where a conversation can be had, for 15 minutes from its making.

    Attributes:
        url: The secret itself; opaque, and in no repr.
        fetched_at_s: When it was asked for, on the monotonic clock.
    """

    url: str = field(repr=False)
    fetched_at_s: float


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port of a URL, in the one spelling that can be compared.

    Attributes:
        host: Lower case, without a trailing dot and without brackets.
        port: As written, or the scheme's own.
    """

    scheme: str
    host: str
    port: int


_DEFAULT_PORTS: Final = {"https": 443, "wss": 443, "http": 80, "ws": 80}


def origin_of(url: str) -> Origin | None:
    """The origin of *url*; ``None`` when it is written in a way that two parsers could read differently.

    That is: anything but printable ASCII, a backslash, a user name before the host, a fragment, an odd host.
    """
    if len(url) > MAX_URL_CHARS or not all("!" <= char <= "~" for char in url) or "\\" in url or "#" in url:
        return None
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").removesuffix("."), parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS or "@" in parts.netloc or not _is_host(host) or port == 0:
        return None
    return Origin(scheme, host, port or _DEFAULT_PORTS[scheme])


def check_signed_url(url: str, base_url: str) -> None:
    """Make sure that *url* leads to the service at *base_url* and nowhere else.

    Encrypted, on the host family of the base URL; unencrypted only from loopback to loopback.

    Raises:
        ProtocolError: It does not; the text has nothing of the URL but its host.
    """
    origin, base = origin_of(url), origin_of(base_url)
    if origin is None or base is None:
        raise _foreign(sentence("is written in a way that no address of ElevenLabs is"))
    is_local = is_loopback(origin.host) and is_loopback(base.host)
    if not is_local and not (_same_family(origin.host, base.host) and origin.port in {443, base.port}):
        raise _foreign(sentence("leads to another host ({host})", host=origin.host))
    if origin.scheme != "wss" and not (origin.scheme == "ws" and base.scheme == "http" and is_local):
        raise _foreign(sentence("is not encrypted (wss://)"))


def _is_host(host: str) -> bool:
    return len(host) <= 253 and (_NAME.fullmatch(host) or _ADDRESS.fullmatch(host)) is not None


def _same_family(host: str, base_host: str) -> bool:
    """Whether *host* is *base_host*, lies below it, or shares one of `HOST_FAMILIES` with it."""
    if any(_is_within(host, family) and _is_within(base_host, family) for family in HOST_FAMILIES):
        return True
    # Below a numeric address there is nothing, and 1.10.0.0.1 is not below 10.0.0.1.
    return host == base_host or (_is_within(host, base_host) and not base_host.rpartition(".")[2].isdecimal())


def _is_within(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")


def _foreign(what: str) -> ProtocolError:
    return ProtocolError(
        sentence(
            "The conversation's address that ElevenLabs gave {what}, so it is not used. Check ELEVENLABS_BASE_URL.",
            what=what,
        )
    )
