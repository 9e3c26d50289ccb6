"""Turns away at the connection what needs no more than a look: refusals that cost a twelfth of an ordinary answer.

    bytes ──▶ aiohttp's parser ──▶ whole request, nothing before it unanswered ──▶ refused: answered here and now
                                └─▶ anything else ──────────────────────────────▶ aiohttp: task, handler, answer

Whoever means ill sends by the thousand, and all of it shares a processor with the sound of a call. Here a refusal
needs no task, no request and no response object, and no other turn of the loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Protocol

from aiohttp import StreamReader
from aiohttp.http import HttpVersion11, RawRequestMessage
from aiohttp.http_exceptions import HttpProcessingError

Messages = Sequence[tuple[RawRequestMessage, StreamReader]]
_HANDLED: Final[tuple[Messages, bool, bytes]] = ((), False, b"")


class Gate(Protocol):
    """The connection that the parser belongs to."""

    @property
    def is_free(self) -> bool:
        """Whether an answer written now would be the one to the next request, and would not have to wait."""
        ...

    def turn_away(self, message: RawRequestMessage, content: StreamReader) -> bool:
        """Answer a request that is whole, if that is a refusal; whether it was."""
        ...

    def turn_away_malformed(self, reason: str) -> None:
        """Answer bytes that are no request, and close."""
        ...

    def let_in(self, count: int) -> None:
        """So many requests go on to aiohttp."""
        ...


class Sieve:
    """Stands in place of a connection's parser."""

    def __init__(self, parser: Any, gate: Gate) -> None:
        self._parser = parser
        self._gate = gate

    def __getattr__(self, name: str) -> Any:
        """What else aiohttp asks of its parser."""
        return getattr(self._parser, name)

    def feed_data(self, data: bytes) -> tuple[Messages, bool, bytes]:
        """The requests in *data* that are left to aiohttp; see its parsers."""
        gate = self._gate
        try:
            found: tuple[Messages, bool, bytes] = self._parser.feed_data(data)
        except HttpProcessingError as error:
            if not gate.is_free:
                gate.let_in(1)
                raise
            gate.turn_away_malformed(error.message)
            return _HANDLED
        messages = found[0]
        # Of several at once each is answered in its turn, by aiohttp, which holds back what is too much.
        if len(messages) == 1 and gate.is_free:
            message, content = messages[0]
            is_plain = message.version == HttpVersion11 and not message.upgrade
            if is_plain and content.is_eof() and gate.turn_away(message, content):
                self._parser.message_consumed()
                return _HANDLED
        if messages:
            gate.let_in(len(messages))
        return found
