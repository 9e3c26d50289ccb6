"""When a missed call counts as seen: its row was in front of the operator for a moment, or was selected."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

SEEN_S: Final = 1.0
_TICK_MS: Final = 200


class SeenWatch(QObject):
    """Asks what is in sight only while something there is news; tells each call once."""

    seen = Signal(object)
    """Session ids of missed calls, a tuple of str."""

    def __init__(
        self,
        news_in_sight: Callable[[], Iterable[str]],
        parent: QObject | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """*news_in_sight* names missed calls that nobody has seen and that stand before an operator now."""
        super().__init__(parent)
        self._news_in_sight = news_in_sight
        self._clock = clock
        self._since_s: dict[str, float] = {}
        self._told: set[str] = set()
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self.look)

    def look(self) -> None:
        """Something came into sight, or time went by."""
        now_s = self._clock()
        news = [one for one in self._news_in_sight() if one not in self._told]
        self._since_s = {one: self._since_s.get(one, now_s) for one in news}
        self.tell([one for one, since_s in self._since_s.items() if now_s - since_s >= SEEN_S])
        if self._since_s and not self._timer.isActive():
            self._timer.start()
        elif not self._since_s:
            self._timer.stop()

    def tell(self, session_ids: Iterable[str]) -> None:
        """These count as seen now."""
        fresh = tuple(one for one in session_ids if one not in self._told)
        self._told.update(fresh)
        for one in fresh:
            self._since_s.pop(one, None)
        if fresh:
            self.seen.emit(fresh)

    def forget(self) -> None:
        """What was told could not be kept: it is news again."""
        self._told.clear()
