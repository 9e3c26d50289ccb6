"""Take secrets out of any text, by what they are and by what they look like.

Two nets, because each has holes: keys in use are known by their value wherever they turn up, and
signed URLs, headers and tokens are known by their shape even if nobody announced them.
"""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from pydantic import SecretStr

MASK: Final = "***"
SIGNED_URLS_KEPT: Final = 32
"""Signed URLs live 15 minutes; the newest ones are known by value, all of them by shape."""
SHORT_SECRET_CHARS: Final = 8
"""A secret shorter than this is only replaced where it stands as a word of its own."""
MAX_DEPTH: Final = 6

_SENSITIVE_NAME: Final = re.compile(
    r"api[_-]?key|authorization|password|secret|signature|signed_url|websocket_url|database_url|(?<![a-z])token(?!s)",
    re.IGNORECASE,
)
# What may stand after a name: a quoted text, a scheme and a token, or a word.
_VALUE: Final = r"""(?:b?"(?:[^"\\]|\\.)*"?|b?'(?:[^'\\]|\\.)*'?|(?:bearer|basic|token)\s+[^\s"',;]+|[^\s"',;&})\]]+)"""
_PATTERNS: Final = (
    # A header, assignment, JSON member or pair: xi-api-key: …, 'X-API-Key': '…', (b'authorization', b'…'), …
    (
        re.compile(
            r"""((?:xi-api-key|x-api-key|(?:proxy-)?authorization|elevenlabs_api_key|api_keys?|conversation_signature"""
            r"""|signature|(?:access_|auth_|conversation_)?token|password|secret__\w+)["']?\s*[:=,]\s*)""" + _VALUE,
            re.IGNORECASE,
        ),
        rf"\1{MASK}",
    ),
    (re.compile(r"(wss?://[^\s\"'<>?]*)\?[^\s\"'<>]*", re.IGNORECASE), rf"\1?{MASK}"),
    (re.compile(r"://[^\s/\"'<>@]+@"), f"://{MASK}@"),
    (re.compile(r"\b(bearer|basic)\s+[A-Za-z0-9+/=._~-]{8,}", re.IGNORECASE), rf"\1 {MASK}"),
    (re.compile(r"\bsk_[A-Za-z0-9_-]{4,}"), f"sk_{MASK}"),
)

_HINTS: Final = ("key", "authorization", "signature", "token", "password", "secret__", "://", "bearer", "basic", "sk_")
"""No pattern matches a text without one of these; to look for them is 20 times as quick."""


class Redactor:
    """Knows the secrets in use and masks them. May be used by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: set[str] = set()
        self._signed_urls: deque[str] = deque(maxlen=SIGNED_URLS_KEPT)
        self._known: re.Pattern[str] | None = None

    def add_key(self, key: SecretStr) -> None:
        """Mask *key* from now on, for as long as the program runs."""
        with self._lock:
            self._keys.add(key.get_secret_value())
            self._known = _any_of(self._keys.union(self._signed_urls))

    def add_signed_url(self, url: str) -> None:
        """Mask the address of a conversation, until newer ones have taken its place."""
        with self._lock:
            self._signed_urls.append(url)
            self._known = _any_of(self._keys.union(self._signed_urls))

    def clean(self, text: str) -> str:
        """*text* with every secret in it replaced by ``***``."""
        if self._known is not None:
            text = self._known.sub(MASK, text)
        lowered = text.lower()
        if any(hint in lowered for hint in _HINTS):
            for pattern, replacement in _PATTERNS:
                text = pattern.sub(replacement, text)
        return text

    def clean_value(self, value: Any, depth: int = 0) -> Any:
        """A log field made of JSON types alone and without secrets: in members, items and names too."""
        if value is None or isinstance(value, bool | int | float):
            return value
        if depth < MAX_DEPTH and isinstance(value, Mapping):
            return {
                self.clean(str(name)): self.clean_field(str(name), member, depth + 1) for name, member in value.items()
            }
        if depth < MAX_DEPTH and isinstance(value, list | tuple | set | frozenset):
            return [self.clean_value(item, depth + 1) for item in value]
        return self.clean(str(value))

    def clean_field(self, name: str, value: Any, depth: int = 0) -> Any:
        """The *value* that a field called *name* may show."""
        if value is not None and not isinstance(value, bool) and _SENSITIVE_NAME.search(name):
            return MASK
        return self.clean_value(value, depth)


def _any_of(secrets: set[str]) -> re.Pattern[str] | None:
    """A pattern for all of *secrets*, also as they look inside a URL, in JSON or in a ``repr``."""
    spellings: set[str] = set()
    for secret in filter(None, secrets):
        spellings |= {secret, quote(secret), quote(secret, safe=""), repr(secret)[1:-1], secret.replace('"', '\\"')}
    if not spellings:
        return None
    return re.compile("|".join(_bounded(spelling) for spelling in sorted(spellings, key=len, reverse=True)))


def _bounded(secret: str) -> str:
    escaped = re.escape(secret)
    return rf"(?<!\w){escaped}(?!\w)" if len(secret) < SHORT_SECRET_CHARS else escaped
