"""The main loop: asyncio within Qt's, in turns.

    call_soon, sockets, threads ──▶ ready ──▶ one wake-up on its way to Qt ──▶ turn: runs what is ready, TURN_S at most
    call_at, call_later ──▶ scheduled ──▶ one timer of Qt's ──▶ turn: what is due becomes ready

qasync gives each callback a timer of Qt's, which costs more than most callbacks do, runs those of a few milliseconds'
difference in any order, may call them too early, and keeps cancelled ones until they would have been due. Here both
queues are asyncio's own, with its order and its handles; running, sockets and executors stay qasync's.
"""

# ruff: noqa: SLF001 - handles are asyncio's, and to run them is what a loop is for
from __future__ import annotations

import asyncio
import heapq
import logging
import math
from collections.abc import Callable
from contextvars import Context
from typing import Any, Final

# PySide6 before qasync, which would take another binding if it found one first.
from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication
from qasync import QEventLoop

log = logging.getLogger(__name__)

TURN_S: Final = 0.005
"""After that long it is Qt's turn: a window is painted, a click is heard."""
LONGEST_S: Final = 24 * 3600.0
"""Qt's timers count milliseconds in 32 bits."""
FEW: Final = 100
"""Timers up to this number are not searched for cancelled ones."""


class _Waker(QObject):
    """Has Qt call back: as soon as it comes to it, or some time later."""

    _wanted = Signal()

    def __init__(self, turn: Callable[[], None]) -> None:
        super().__init__()
        self._turn = turn
        # Queued in its own thread too: never within the call that wakes.
        self._wanted.connect(self._on_time, Qt.ConnectionType.QueuedConnection)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_time)

    def wake(self) -> None:
        """Soon; from any thread."""
        self._wanted.emit()

    def wake_in(self, seconds: float) -> None:
        """Once that long has passed; takes the place of an earlier wish of the kind."""
        self._timer.start(math.ceil(min(seconds, LONGEST_S) * 1000))

    @property
    def is_set(self) -> bool:
        """Whether `wake_in` is still to come true."""
        return self._timer.isActive()

    def rest(self) -> None:
        """Never again."""
        self._wanted.disconnect()
        self._timer.stop()

    @Slot()
    def _on_time(self) -> None:
        self._turn()


class MainLoop(QEventLoop):  # type: ignore[misc]  # qasync has no types
    """An asyncio loop for the thread that Qt runs in."""

    def __init__(self, app: QApplication) -> None:
        # Before all else: asyncio may queue something while it is being made.
        self._waker = _Waker(self._turn)
        self._is_woken = False
        self._timer_due_s = math.inf
        self._scheduled: list[Any]  # asyncio.TimerHandle, with what only loops know of it
        super().__init__(app)

    def run_forever(self) -> int:
        """Run until `stop`; what is left of an earlier run comes first."""
        self._wake()
        status: int = super().run_forever()
        return status

    def close(self) -> None:
        """See asyncio."""
        super().close()
        self._waker.rest()

    # --- what is to be done -----------------------------------------------------------------------

    def call_soon(self, callback: Callable[..., object], *args: Any, context: Context | None = None) -> asyncio.Handle:
        """See asyncio."""
        handle = asyncio.BaseEventLoop.call_soon(self, callback, *args, context=context)
        if not self._is_woken:
            self._wake()
        return handle

    # One end of the queue is all that both threads touch, and to wake Qt is allowed from everywhere. Whoever finds the
    # loop woken can rely on it: the mark goes before the queue is looked at.
    call_soon_threadsafe = call_soon

    def call_later(
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """See asyncio."""
        return self.call_at(self.time() + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """See asyncio."""
        handle = asyncio.BaseEventLoop.call_at(self, when, callback, *args, context=context)
        if when < self._timer_due_s:
            self._set_timer()
        return handle

    def _add_callback(self, handle: asyncio.Handle) -> asyncio.Handle:
        """For asyncio's own use: of signals."""
        if not handle._cancelled:
            self._ready.append(handle)
            self._wake()
        return handle

    # --- turns ------------------------------------------------------------------------------------

    def _wake(self) -> None:
        self._is_woken = True
        self._waker.wake()

    def _turn(self) -> None:
        """Run what is ready by now, in its order; what that brings along comes with the next turn."""
        self._is_woken = False
        if not self.is_running():  # Somebody lets Qt work after the end; what is left waits for the next run.
            return
        if self._scheduled:
            self._take_due()
        ready = self._ready
        left = len(ready)
        if left > 1:
            # A callback may open a dialog, within which Qt goes on: the others are not to wait for its end.
            self._wake()
        ends_s = self.time() + TURN_S
        try:
            while left and ready:
                left -= 1
                handle = ready.popleft()
                if not handle._cancelled:
                    self._run(handle)
                if self.time() >= ends_s:
                    break
        finally:
            if ready and not self._is_woken:
                self._wake()

    def _run(self, handle: asyncio.Handle) -> None:
        if not self._debug:
            handle._run()
            return
        began_s = self.time()
        self._current_handle: asyncio.Handle | None = handle
        try:
            handle._run()
        finally:
            self._current_handle = None
        taken_s = self.time() - began_s
        if taken_s >= self.slow_callback_duration:
            log.warning("loop.slow", extra={"callback": repr(handle), "seconds": round(taken_s, 3)})

    # --- timers -----------------------------------------------------------------------------------

    def _take_due(self) -> None:
        """Move timers that are due to what is ready, the earliest first; set Qt's timer to the next one."""
        if len(self._scheduled) > FEW and self._timer_cancelled_count > len(self._scheduled) / 2:
            self._drop_cancelled()
        scheduled, due_s = self._scheduled, self.time() + self._clock_resolution
        while scheduled and (scheduled[0]._cancelled or scheduled[0]._when < due_s):
            handle = heapq.heappop(scheduled)
            handle._scheduled = False
            if handle._cancelled:
                self._timer_cancelled_count -= 1
            else:
                self._ready.append(handle)
        # Qt's timer is over, or was set for one that has been taken now.
        if not scheduled:
            self._timer_due_s = math.inf
        elif scheduled[0]._when != self._timer_due_s or not self._waker.is_set:
            self._set_timer()

    def _drop_cancelled(self) -> None:
        for handle in self._scheduled:
            handle._scheduled = not handle._cancelled
        self._scheduled = [handle for handle in self._scheduled if handle._scheduled]
        heapq.heapify(self._scheduled)
        self._timer_cancelled_count = 0

    def _set_timer(self) -> None:
        """Let Qt call when the next timer is due."""
        self._timer_due_s = self._scheduled[0]._when
        self._waker.wake_in(max(0.0, self._timer_due_s - self.time()))
