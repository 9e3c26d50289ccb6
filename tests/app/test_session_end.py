"""The user logs off: the program has ended before the system is told that it may."""

from __future__ import annotations

import subprocess
import sys

import pytest

# The program's main loop, with a stop that takes a while as calls do, and a log-off as Qt would tell of it.
SCRIPT = """
import asyncio, sys, time
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from connector_gui.app import start
from connector_gui.app.main_loop import MainLoop

app = QApplication([])
app.setQuitOnLastWindowClosed(False)
takes_s, grace_s = float(sys.argv[1]), float(sys.argv[2])
ended = []

async def program():
    stop = asyncio.Event()

    def session_ends():
        began_s = time.monotonic()
        start._end_with_session(stop, None, grace_s)
        print("told", bool(ended), round(time.monotonic() - began_s, 1), flush=True)

    QTimer.singleShot(0, session_ends)
    await stop.wait()
    await asyncio.sleep(takes_s)
    ended.append(True)

with asyncio.Runner(loop_factory=lambda: MainLoop(app)) as runner:
    runner.run(program())
"""


@pytest.mark.parametrize(("takes_s", "grace_s", "is_ended"), [(0.3, 20.0, "True"), (5.0, 0.5, "False")])
def test_the_system_is_answered_when_all_is_over_or_the_grace_is(takes_s: float, grace_s: float, is_ended: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(takes_s), str(grace_s)], capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    word, ended, took_s = ran.stdout.split()
    assert (word, ended) == ("told", is_ended)
    assert float(took_s) < 4.0
