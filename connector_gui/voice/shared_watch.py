"""One watch for the devices of all lines: on Linux each watch is a program that runs as long as it is open."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Hashable

from connector_gui.voice.sound import DeviceNews, DeviceWatch, Direction, Whereabouts


class SharedWatch:
    """Begins to watch for the first who asks, and ends with the last. From any thread."""

    def __init__(self, begin: Callable[[], DeviceWatch]) -> None:
        self._begin = begin
        self._watch: DeviceWatch | None = None
        self._shares = 0
        self._lock = threading.Lock()

    def begin(self) -> DeviceWatch:
        """A watch of one's own, to all appearances."""
        with self._lock:
            if self._watch is None:
                self._watch = self._begin()
            self._shares += 1
            return _Share(self._watch, self._end)

    def _end(self) -> None:
        with self._lock:
            self._shares -= 1
            watch = self._watch
            if self._shares or watch is None:
                return
            self._watch = None
        watch.close()


class _Share:
    """See `DeviceWatch` for all of it."""

    def __init__(self, watch: DeviceWatch, end: Callable[[], None]) -> None:
        self._watch = watch
        self._end: Callable[[], None] | None = end

    @property
    def is_informed(self) -> bool:
        return self._watch.is_informed

    def news(self) -> DeviceNews:
        return self._watch.news()

    @property
    def streams(self) -> Hashable:
        return self._watch.streams

    def whereabouts(
        self,
        direction: Direction,
        client: int | None = None,
        *,
        taken: Collection[int] = (),
        near: str = "",
        newer: int = 0,
    ) -> Whereabouts | None:
        return self._watch.whereabouts(direction, client, taken=taken, near=near, newer=newer)

    def close(self) -> None:
        end, self._end = self._end, None
        if end is not None:
            end()
