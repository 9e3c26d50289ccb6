"""Answers that stay open: event streams, and calls whose caller waits for what becomes of them.

Each keeps a connection to itself for minutes. There is a bound to them, well below that of connections, so
that those who just want to ask something always find one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from connector_gui.webhook.connection import Connection

T = TypeVar("T")


class HeldAnswers:
    """Counts them, and ends them all when the server stops."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._count = 0
        self._endings: set[Callable[[], object]] = set()
        self.is_closed = False

    @property
    def count(self) -> int:
        """How many there are."""
        return self._count

    def take(self) -> bool:
        """Take a place, to be given back with `free`; ``False`` when there is none left."""
        if self.is_closed or self._count >= self._most:
            return False
        self._count += 1
        return True

    def free(self) -> None:
        """Give a place back."""
        self._count -= 1

    @contextmanager
    def ending_with(self, end: Callable[[], object]) -> Iterator[None]:
        """Call *end* when the server stops while inside."""
        if self.is_closed:
            end()
        self._endings.add(end)
        try:
            yield
        finally:
            self._endings.discard(end)

    async def wait(self, coming: Coroutine[Any, Any, T], connection: Connection, *, name: str) -> T | None:
        """What *coming* comes to; ``None`` when nobody waits for it any more, or the server stops before."""
        waiting = asyncio.create_task(coming, name=name)
        try:
            with connection.telling_when_lost(waiting.cancel), self.ending_with(waiting.cancel):
                await asyncio.wait([waiting])
        finally:
            waiting.cancel()
        return None if waiting.cancelled() else waiting.result()

    def close(self) -> None:
        """The server stops: end them all; there will be no more."""
        self.is_closed = True
        for end in tuple(self._endings):
            end()
