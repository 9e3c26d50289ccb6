"""Lets a signal block the main thread of a Python program that knows nothing of it: put this folder on ``PYTHONPATH``.

SIGUSR1: 500 ms in a system call, as a slow disk or dialog would. SIGUSR2: 500 ms of Python code, which shares the
interpreter's lock with all threads.
"""

from __future__ import annotations

import signal
import time

BLOCKED_S = 0.5


def _sleep(*_signal: object) -> None:
    time.sleep(BLOCKED_S)


def _compute(*_signal: object) -> None:
    until_s = time.monotonic() + BLOCKED_S
    while time.monotonic() < until_s:
        pass


signal.signal(signal.SIGUSR1, _sleep)
signal.signal(signal.SIGUSR2, _compute)
