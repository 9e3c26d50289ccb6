"""The installed PySide6 is one that a long-running program can live with."""

from __future__ import annotations

import sys

from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

CALLBACKS = 2000


def test_callbacks_drop_no_references_to_none(qtbot: QtBot) -> None:
    """PySide6 6.12.0 does on Python 3.11; after a few thousand callbacks the process aborts."""
    fired = 0

    def fire() -> None:
        nonlocal fired
        fired += 1

    timer = QTimer()
    timer.timeout.connect(fire)
    before = sys.getrefcount(None)
    timer.start(0)
    qtbot.waitUntil(lambda: fired >= CALLBACKS, timeout=20_000)
    timer.stop()
    assert sys.getrefcount(None) > before - CALLBACKS // 2
