"""Looks at the clocks while the operator's presence has an end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from connector_gui.core.desk import Desk
from connector_gui.core.presence import next_morning
from connector_gui.switchboard.ports import Clock
from connector_gui.switchboard.timers import LOOK_S


class PresenceWatch:
    """Tells once the time of the desk's presence is up.

    It looks again and again instead of waiting: the computer may sleep, and the wall clock be set. It sleeps itself
    while there is nothing to wait for.
    """

    def __init__(self, desk: Desk, clock: Clock, is_up: Callable[[], None]) -> None:
        self._desk = desk
        self._clock = clock
        self._is_up = is_up
        self._handle: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Look from now on, until the time is up or there is no end any more."""
        self.stop()
        self._look()

    def stop(self) -> None:
        """Look no more."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _look(self) -> None:
        left_s = self._desk.presence.left_s(self._clock())
        if left_s is None:
            self._handle = None
        elif left_s > 0:
            self._handle = asyncio.get_running_loop().call_later(min(LOOK_S, left_s), self._look)
        else:
            self._handle = None
            self._is_up()


def morning(utc: datetime) -> datetime:
    """When tomorrow begins for an operator in the system's zone, in UTC."""
    local = utc.astimezone().replace(tzinfo=None)
    # Read as local time by the system, which knows whether the clock changes tonight.
    return next_morning(local).astimezone(UTC)
