"""Deadlines of calls, on the main loop."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from typing import Final

from connector_gui.core.call_commands import Timer

LOOK_S: Final = 1.0
"""The longest wait without a look at the clock: the loop's own clock may have stood still in sleep."""


def seconds_through_sleep() -> float:
    """A monotonic clock that goes on while the computer sleeps; Python's own does so on Windows alone."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    if sys.platform == "darwin":
        return time.clock_gettime(time.CLOCK_MONOTONIC)
    return time.monotonic()


class Timers:
    """Runs any number of named deadlines per call.

    A computer that sleeps past a deadline meets it as it wakes: nobody is rung for a caller who gave up
    an hour ago. The loop's clock may stand still while it sleeps, so each looks at ours every `LOOK_S`.
    """

    def __init__(
        self, expired: Callable[[str, Timer], None], clock: Callable[[], float] = seconds_through_sleep
    ) -> None:
        self._expired = expired
        self._clock = clock
        self._handles: dict[tuple[str, Timer], asyncio.TimerHandle] = {}

    def start(self, session_id: str, timer: Timer, after_s: float) -> None:
        """Report *timer* of a call after *after_s*; replaces one that runs."""
        self.stop(session_id, timer)
        self._arm(session_id, timer, self._clock() + after_s)

    def stop(self, session_id: str, timer: Timer) -> None:
        """Forget *timer*; one that does not run is no error."""
        handle = self._handles.pop((session_id, timer), None)
        if handle is not None:
            handle.cancel()

    def stop_all(self) -> None:
        """Forget every deadline."""
        for handle in self._handles.values():
            handle.cancel()
        self._handles.clear()

    def _arm(self, session_id: str, timer: Timer, due_s: float) -> None:
        delay_s = min(LOOK_S, max(0.0, due_s - self._clock()))
        handle = asyncio.get_running_loop().call_later(delay_s, self._fire, session_id, timer, due_s)
        self._handles[session_id, timer] = handle

    def _fire(self, session_id: str, timer: Timer, due_s: float) -> None:
        if self._clock() < due_s:
            self._arm(session_id, timer, due_s)
            return
        del self._handles[session_id, timer]
        self._expired(session_id, timer)
