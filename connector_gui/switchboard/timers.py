"""Deadlines of calls, on the main loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from connector_gui.core.call import Timer


class Timers:
    """Runs any number of named deadlines per call.

    Qt's timers under qasync may fire up to 5 % early: one that does is armed again for the rest.
    """

    def __init__(self, expired: Callable[[str, Timer], None]) -> None:
        self._expired = expired
        self._handles: dict[tuple[str, Timer], asyncio.TimerHandle] = {}

    def start(self, session_id: str, timer: Timer, after_s: float) -> None:
        """Report *timer* of a call after *after_s*; replaces one that runs."""
        self.stop(session_id, timer)
        self._arm(session_id, timer, time.monotonic() + after_s)

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
        delay_s = max(0.0, due_s - time.monotonic())
        handle = asyncio.get_running_loop().call_later(delay_s, self._fire, session_id, timer, due_s)
        self._handles[session_id, timer] = handle

    def _fire(self, session_id: str, timer: Timer, due_s: float) -> None:
        if time.monotonic() < due_s:
            self._arm(session_id, timer, due_s)
            return
        del self._handles[session_id, timer]
        self._expired(session_id, timer)
