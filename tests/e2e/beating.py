"""The real program with a heartbeat: writes down every turn of its main loop that takes long, and what it did then.

    python -m tests.e2e.beating [its arguments]

A turn is measured in processor time of the main thread: on a busy machine a thread waits for its turn without being at
fault, and that does not count. One line of JSON per long turn goes to ``beats.jsonl`` in the working folder.
"""

from __future__ import annotations

import json
import runpy
import signal
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any, Final

from connector_gui.system.qt_import import load_qt

load_qt()
from PySide6 import QtWidgets  # noqa: E402 - as the program does it
from PySide6.QtCore import QAbstractEventDispatcher, QObject, QTimer  # noqa: E402

FILE: Final = "beats.jsonl"
LONG_S: Final = 0.020
"""A turn this long is written down; what is allowed is the test's to say."""
LOOK_S: Final = 0.005


class Heart(QObject):
    """Listens to the main loop."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file
        self._began_cpu_s, self._began_s = time.thread_time(), time.monotonic()
        self._seen: list[str] = []
        self._clock = time.pthread_getcpuclockid(threading.get_ident())
        self._main = threading.get_ident()
        dispatcher = QAbstractEventDispatcher.instance()
        assert dispatcher is not None
        # With one kind of loop a turn lies between the two, with another around them.
        dispatcher.awake.connect(self._beat)
        dispatcher.aboutToBlock.connect(self._beat)
        signal.signal(signal.SIGUSR2, self._note)
        threading.Thread(target=self._look, name="heart", daemon=True).start()

    def _beat(self) -> None:
        cpu_s, now_s = time.thread_time(), time.monotonic()
        took_s = cpu_s - self._began_cpu_s
        if took_s >= LONG_S:
            turn = {"cpu_ms": round(took_s * 1000, 1), "ms": round((now_s - self._began_s) * 1000), "did": self._seen}
            with self._file.open("a") as file:
                file.write(json.dumps(turn) + "\n")
        self._seen = []
        self._began_cpu_s, self._began_s = cpu_s, now_s

    def _look(self) -> None:
        """Have it noted what the main thread does while a turn lasts long; for whoever has to mend it."""
        while True:
            time.sleep(LOOK_S)
            if time.clock_gettime(self._clock) - self._began_cpu_s >= LONG_S / 2 and len(self._seen) < 20:
                # In the main thread itself: to walk over the frames of a thread that runs has crashed Python.
                signal.pthread_kill(self._main, signal.SIGUSR2)

    def _note(self, _number: int, frame: FrameType | None) -> None:
        places = traceback.extract_stack(frame)[-9:]
        self._seen.append(" > ".join(f"{Path(one.filename).stem}:{one.lineno} {one.name}" for one in places))


class BeatingApplication(QtWidgets.QApplication):
    """Begins to listen with the first turn of the loop."""

    def __init__(self, arguments: Sequence[str]) -> None:
        super().__init__(arguments)
        self._heart: Heart | None = None
        QTimer.singleShot(0, self, self._begin)

    def _begin(self) -> None:
        self._heart = Heart(Path(FILE).absolute())


if __name__ == "__main__":
    # Before the program takes the name for itself.
    widgets: Any = QtWidgets
    widgets.QApplication = BeatingApplication
    sys.argv[0] = "agent-connector"
    runpy.run_module("connector_gui", run_name="__main__", alter_sys=True)
