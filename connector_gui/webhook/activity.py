"""Keeps the newest requests to be looked at: the answer to “I sent it, why did it not ring?”.

An `Exchange` may hold anything a caller sent, by mistake even a key; what is kept of it (`ShownRequest`) may be
shown, copied and read aloud. Requests come by the thousand when somebody means ill: of those that are refused the
newest are looked at when somebody wants to see them, and none costs more than its share of memory.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol
from urllib.parse import parse_qsl, urlsplit

from connector_gui.core import activity
from connector_gui.core.activity import ShownRequest
from connector_gui.core.metadata import SECRET_PREFIX, redacted
from connector_gui.core.strict_json import StrictJsonError, parse
from connector_gui.core.webhook import EventsQuery, SessionsQuery, TranscriptQuery, WaitQuery
from connector_gui.webhook.exchange import Exchange

KEPT: Final = 200
BODY_CHARS: Final = 4 * 1024
PATH_CHARS: Final = 200
WORD_CHARS: Final = 400
QUERY_FIELDS: Final = 16
_QUERY_NAMES: Final = frozenset(
    name for model in (EventsQuery, SessionsQuery, TranscriptQuery, WaitQuery) for name in model.model_fields
)
_OUR_WORDS: Final = frozenset({"unauthorized", "rate_limited", "not_found", "method_not_allowed", "origin_not_allowed"})
_NOT_FOR_US: Final = "host_not_allowed"


class Server(Protocol):
    """What is used of the server."""

    @property
    def refused(self) -> dict[str, int]:
        """How many requests were refused, by code."""
        ...


@dataclass(slots=True)
class _Noted:
    """A request that nobody has looked at yet.

    Attributes:
        exchange: Without a body that is too large to be shown.
        number: Counts all requests, from 1.
    """

    exchange: Exchange
    number: int
    body_bytes: int

    @classmethod
    def of(cls, exchange: Exchange, number: int) -> _Noted:
        """What is needed of *exchange*."""
        size = len(exchange.raw_body)
        return cls(exchange if size <= BODY_CHARS else replace(exchange, raw_body=b""), number, size)


class Activity:
    """The last `KEPT` requests, whatever server took them: a change of settings makes a new one.

    Attributes:
        on_change: Called after each request, in the main loop.
    """

    def __init__(self, hide: Callable[[str], str]) -> None:
        """*hide* takes known secrets out of a text."""
        self._hide = hide
        self._requests: deque[ShownRequest | _Noted] = deque(maxlen=KEPT)
        self._total = 0
        self._strangers_before = 0
        self._server: Server | None = None
        self.on_change: list[Callable[[], None]] = []

    def follow(self, server: Server) -> None:
        """Count what *server* turns away unseen, after what its predecessor did."""
        self._strangers_before = self.strangers
        self._server = server

    def note(self, exchange: Exchange) -> None:
        """Keep what may be shown of a request."""
        self._total += 1
        noted = _Noted.of(exchange, self._total)
        self._requests.append(noted if exchange.status >= 400 else self._shown(noted))
        for listener in self.on_change:
            listener()

    @property
    def now(self) -> activity.Activity:
        """What is kept."""
        shown = [kept if isinstance(kept, ShownRequest) else self._shown(kept) for kept in self._requests]
        self._requests = deque(shown, maxlen=KEPT)
        return activity.Activity(tuple(reversed(shown)), self._total, self.strangers)

    @property
    def strangers(self) -> int:
        """How many requests were not meant for us."""
        of_this_server = self._server.refused.get(_NOT_FOR_US, 0) if self._server is not None else 0
        return self._strangers_before + of_this_server

    def _shown(self, noted: _Noted) -> ShownRequest:
        exchange = noted.exchange
        path, query = _split(exchange.target)
        return ShownRequest(
            number=noted.number,
            at=exchange.at,
            method=exchange.method[:PATH_CHARS],
            path=self._hide(path[:PATH_CHARS]),
            query=self._shown_query(query),
            status=exchange.status,
            code=exchange.code,
            reason=self._shown_reason(exchange),
            key_name=exchange.key_name[:PATH_CHARS],
            remote_address=exchange.remote_address,
            request_id=exchange.request_id,
            duration_ms=exchange.duration_s * 1000,
            body=self._shown_body(exchange.raw_body),
            body_bytes=noted.body_bytes,
        )

    def _shown_reason(self, exchange: Exchange) -> str:
        """The sentence; of those that come by the thousand nothing is the caller's own."""
        reason = exchange.error[:WORD_CHARS]
        return reason if exchange.code in _OUR_WORDS else self._hide(reason)

    def _shown_query(self, query: str) -> tuple[tuple[str, str], ...]:
        """Of the query what has a meaning here: anything else may be a key in the wrong place."""
        if not query:
            return ()
        try:
            pairs = parse_qsl(query[:WORD_CHARS], keep_blank_values=True, max_num_fields=QUERY_FIELDS)
        except ValueError:
            return ()
        return tuple((name, self._hide(value)) for name, value in pairs if name in _QUERY_NAMES)

    def _shown_body(self, raw_body: bytes) -> str | None:
        if not raw_body or len(raw_body) > BODY_CHARS:
            return None
        try:
            value = parse(raw_body)
        except StrictJsonError:
            return self._shown_text(raw_body)
        value = redacted(value)
        text = json.dumps(value, ensure_ascii=False)
        # One look at the whole; hardly ever is there anything to take out of its parts.
        return text if self._hide(text) == text else json.dumps(self._without_keys(value), ensure_ascii=False)

    def _shown_text(self, raw_body: bytes) -> str | None:
        """What was to be JSON and is not; nothing of it where a secret may be in it that cannot be told apart."""
        text = raw_body.decode("utf-8", "replace")
        may_hide = SECRET_PREFIX in text.lower() or "\\u" in text
        return None if may_hide else self._hide(text)

    def _without_keys(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._hide(value)
        if isinstance(value, dict):
            return {self._hide(name): self._without_keys(member) for name, member in value.items()}
        return [self._without_keys(item) for item in value] if isinstance(value, list) else value


def _split(target: str) -> tuple[str, str]:
    """Path and query of a request target; of an absolute one too, whose host has been found to be ours."""
    if not target.startswith("/"):
        try:
            parts = urlsplit(target)
        except ValueError:
            return target, ""
        return parts.path or "/", parts.query
    path, _, query = target.partition("?")
    return path, query
