"""Who may ask at all: the checks before a request's body is looked at, each a rule on plain values.

A web page must not reach the desk, though the browser that shows it runs on the same computer. Three locks:
the `Host` has to be ours (a rebound DNS name is not), an `Origin` or `Sec-Fetch-Site` of another page is turned
away, and a key has to be known.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from connector_gui.core.errors import RefusedError

KeysProvider = Callable[[], Mapping[str, SecretStr]]
"""The webhook keys of now, by name; raises `KeyringError` while they cannot be had."""

OWN_NAMES: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
_HOST: Final = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[^\[\]:/?#@\s]+)(?::(?P<port>[0-9]{1,5}))?", re.ASCII)
_WHERE_KEYS_ARE: Final = "Copy the key from Agent Connector (Settings, Webhook) into the credential."


def bracketed(address: str) -> str:
    """*address* as it stands in a URL or a `Host` header."""
    return f"[{address}]" if ":" in address else address


@dataclass(frozen=True, slots=True)
class HostRules:
    """Which `Host` headers are ours.

    Attributes:
        own: Names that pass with our port or none.
        allowed: Names of ``ALLOWED_HOSTS``, which pass with any port.
        port: The port we listen on.
    """

    own: frozenset[str]
    allowed: frozenset[str]
    port: int

    @classmethod
    def of(cls, host: str, port: int, allowed_hosts: Iterable[str]) -> HostRules:
        """The rules of a server bound to *host* and *port*."""
        allowed = (_HOST.fullmatch(bracketed_entry(entry)) for entry in allowed_hosts)
        names = frozenset(_plain(match["name"]) for match in allowed if match)
        return cls(OWN_NAMES | {_plain(bracketed(host))}, names, port)

    @lru_cache(maxsize=256)  # noqa: B019 - what it keeps alive is one set of rules for each start of the server
    def accept(self, host: str, local_address: str) -> bool:
        """Whether *host* is ours on a connection that came in at *local_address*.

        The latter is the bound address too where we listen on all of them: no rebound name can be an address.
        """
        match = _HOST.fullmatch(host.lower())
        if match is None:
            return False
        name, port = _plain(match["name"]), match["port"]
        if name in self.allowed:
            return True
        return (name in self.own or name == bracketed(local_address)) and port in {None, str(self.port)}


def bracketed_entry(entry: str) -> str:
    """An entry of ``ALLOWED_HOSTS`` as a `Host` header would have it: IPv6 addresses may come without brackets."""
    text = entry.strip().lower()
    return f"[{text}]" if text.count(":") > 1 and not text.startswith("[") else text


def check_framing(encodings: Sequence[str]) -> None:
    """Make sure that there is one way only to see where a request ends; the parsers leave some doubt.

    Args:
        encodings: All headers `Transfer-Encoding` of the request.

    Raises:
        RefusedError: ``invalid_request``.
    """
    if encodings and [encoding.strip().lower() for encoding in encodings] != ["chunked"]:
        raise RefusedError("This is not a valid HTTP request.", code="invalid_request", status=400)


def check_host(rules: HostRules, hosts: Sequence[str], target: str, local_address: str) -> None:
    """Make sure that a request is meant for us.

    Args:
        hosts: All its `Host` headers.
        target: Its request target; one with a host in it (absolute form) has to name us too.

    Raises:
        RefusedError: ``host_not_allowed``; the same words whatever was asked for.
    """
    named = list(hosts)
    if not target.startswith("/"):
        named.append(_authority(target))
    if len(hosts) != 1 or not all(rules.accept(host, local_address) for host in named):
        raise host_not_allowed()


def host_not_allowed() -> RefusedError:
    """The refusal of a request that is not meant for us."""
    return RefusedError(
        "The host name in the URL is none of this desk's. Use http://127.0.0.1 with the desk's port, "
        "or add the name to ALLOWED_HOSTS in the desk's settings.",
        code="host_not_allowed",
        status=421,
    )


def check_origin(
    origins: Sequence[str], fetch_sites: Sequence[str], *, own_origin: str, allowed: Iterable[str]
) -> None:
    """Turn away what a browser sends for somebody else's page.

    Args:
        origins, fetch_sites: All headers `Origin` and `Sec-Fetch-Site` of the request.
        own_origin: Scheme and host that the request came in under.
        allowed: Origins of ``ALLOWED_ORIGINS``; empty outside development.

    Raises:
        RefusedError: ``origin_not_allowed``.
    """
    if origins:
        is_ours = len(origins) == 1 and is_listed(origins[0], [own_origin, *allowed])
    else:
        is_ours = all(site.lower() in {"none", "same-origin"} for site in fetch_sites)
    if not is_ours:
        raise RefusedError(
            "Web pages may not call this desk. Send the request from a server or an n8n workflow, without an Origin "
            "header; for a page of your own under development, add its origin to ALLOWED_ORIGINS.",
            code="origin_not_allowed",
            status=403,
        )


def is_listed(origin: str, listed: Iterable[str]) -> bool:
    """Whether *origin* is one of the *listed* ones; in any case, with or without a slash at the end there."""
    return origin.lower() in {entry.lower().rstrip("/") for entry in listed}


class WrongKeyError(RefusedError):
    """A key came, and it is none of ours."""


def sent_keys(api_keys: Sequence[str], authorizations: Sequence[str], *, takes_bearer: bool) -> Sequence[str]:
    """The keys that came with a request.

    Args:
        api_keys, authorizations: All its headers `X-API-Key` and `Authorization`.
        takes_bearer: A bearer token will do where there is no `X-API-Key`.
    """
    if api_keys or not takes_bearer:
        return api_keys
    schemes = [value.partition(" ") for value in authorizations]
    return [token.strip() for scheme, _, token in schemes if scheme.lower() == "bearer"]


def check_key(keys: Mapping[str, SecretStr], sent: Sequence[str]) -> str:
    """The name of the key that came with a request.

    Every key is compared, on digests of equal length, so that the time taken tells nothing.

    Args:
        sent: All that came; see `sent_keys`.

    Raises:
        RefusedError: ``unauthorized``; a `WrongKeyError` where a key was tried.
    """
    if not sent:
        raise _unauthorized(f"The header X-API-Key is missing. {_WHERE_KEYS_ARE}")
    if len(sent) > 1:
        raise _unauthorized("There are several X-API-Key headers. Send one.")
    given = _digest(sent[0])
    found = None
    for name, key in keys.items():
        if hmac.compare_digest(_digest(key.get_secret_value()), given):
            found = name
    if found is None:
        sentence = f"The X-API-Key is not one of this desk's keys. {_WHERE_KEYS_ARE}"
        raise WrongKeyError(sentence, code="unauthorized", status=401)
    return found


def check_content_type(types: Sequence[str], encodings: Sequence[str]) -> None:
    """Make sure that a body is plain JSON in UTF-8.

    Args:
        types, encodings: All headers `Content-Type` and `Content-Encoding` of the request.

    Raises:
        RefusedError: ``unsupported_media_type``.
    """
    if len(types) != 1 or not _is_json(types[0]):
        raise _unsupported("The body has to be JSON in UTF-8: send the header Content-Type: application/json.")
    if any(encoding.strip().lower() != "identity" for encoding in encodings):
        raise _unsupported("The body must not be compressed: send it without Content-Encoding.")


def _is_json(content_type: str) -> bool:
    kind, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charsets = [
        value.strip('"') for name, _, value in (part.partition("=") for part in parameters) if name == "charset"
    ]
    return kind == "application/json" and all(charset in {"utf-8", "utf8"} for charset in charsets)


def _plain(name: str) -> str:
    return name if name.startswith("[") else name.lower().removesuffix(".")


def _authority(target: str) -> str:
    """The host that an absolute *target* names; nothing that could be ours when it names none."""
    try:
        parts = urlsplit(target)
    except ValueError:
        return ""
    return parts.netloc if parts.scheme in {"http", "https"} else ""


def _digest(secret: str) -> bytes:
    # A header can hold bytes that are no UTF-8; they must lead to 401, not to an error.
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


def _unauthorized(message: str) -> RefusedError:
    return RefusedError(message, code="unauthorized", status=401)


def _unsupported(message: str) -> RefusedError:
    return RefusedError(message, code="unsupported_media_type", status=415)
