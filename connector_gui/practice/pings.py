"""The agent's own pings: when they are due, and how long their pongs took."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from connector_gui.core.messages import Ping

OUTSTANDING: Final = 100
"""Pings remembered while their pong is missing; a client that never answers must not fill the memory."""


class Pinger:
    """Pings of one conversation: the first without `ping_ms`, the second with null, then the measured round trip."""

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._next_s: float | None = None
        self._sent: OrderedDict[int, float] = OrderedDict()
        self._last_id = 0
        self._round_trip_ms: int | None = None

    def start(self, now_s: float) -> None:
        """Ping from *now_s* on, at once first."""
        self._next_s = now_s

    @property
    def wake_s(self) -> float | None:
        """When the next ping is due; None before `start`."""
        return self._next_s

    def due(self, now_s: float) -> Ping | None:
        """The ping whose time has come."""
        if self._next_s is None or now_s < self._next_s:
            return None
        self._next_s = now_s + self._interval_s
        self._last_id += 1
        self._sent[self._last_id] = now_s
        if len(self._sent) > OUTSTANDING:
            self._sent.popitem(last=False)
        if self._last_id == 1:
            return Ping(event_id=1)
        return Ping(event_id=self._last_id, ping_ms=self._round_trip_ms if self._last_id > 2 else None)

    def answered(self, event_id: int, now_s: float) -> float | None:
        """How long the pong of ping *event_id* took, in s; None for a ping that is not outstanding."""
        sent_s = self._sent.pop(event_id, None)
        if sent_s is None:
            return None
        self._round_trip_ms = round((now_s - sent_s) * 1000)
        return now_s - sent_s
