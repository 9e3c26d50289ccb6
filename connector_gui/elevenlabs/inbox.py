"""What came from the agent and was not taken yet; bounded in bytes, so that a flood waits in the network instead."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final, Generic, TypeVar

MAX_WAITING_BYTES: Final = 16 * 1024 * 1024
"""A reply of several minutes. One message may exceed it, for an empty inbox takes any."""

T = TypeVar("T")


class Inbox(Generic[T]):
    """A queue between the one who reads the socket and the one who deals with what comes."""

    def __init__(self, max_bytes: int = MAX_WAITING_BYTES) -> None:
        self._max_bytes = max_bytes
        self._items: deque[tuple[T, int]] = deque()
        self._bytes = 0
        self._error: Exception | None = None
        self._is_finished = False
        self._changed = asyncio.Condition()

    async def put(self, item: T, size: int) -> None:
        """Add *item*, which takes *size* bytes, as soon as there is room; forgotten after `finish`."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._bytes < self._max_bytes or self._is_finished)
            if self._is_finished:
                return
            self._items.append((item, size))
            self._bytes += size
            self._changed.notify_all()

    async def finish(self, error: Exception | None = None) -> None:
        """Nothing more comes; *error* is raised to the one who takes, after what is left."""
        async with self._changed:
            self._is_finished = True
            self._error = self._error or error
            self._changed.notify_all()

    async def get(self) -> T | None:
        """The next item; ``None`` once it is finished and empty.

        Raises:
            Exception: What `finish` was given.
        """
        async with self._changed:
            await self._changed.wait_for(lambda: bool(self._items) or self._is_finished)
            if self._items:
                item, size = self._items.popleft()
                self._bytes -= size
                self._changed.notify_all()
                return item
            if self._error is not None:
                raise self._error
            return None
