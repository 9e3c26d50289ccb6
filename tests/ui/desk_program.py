"""A program with the tray and the panel but no calls: shows views by name, prints all that is asked for.

Started by `test_desktop` on desktops of its own. Each line of standard input names a view of `VIEWS`, or
is ``open``; each line of standard output is what a person or the desktop did.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QSocketNotifier
from PySide6.QtWidgets import QApplication, QLineEdit

from connector_gui.core.view import DeskView
from connector_gui.ui.panel import Panel
from connector_gui.ui.status_notifier import StatusNotifierSigns
from connector_gui.ui.theme import Theme
from connector_gui.ui.tray import Tray
from connector_gui.ui.tray_host import TrayHost
from connector_gui.ui.xembed import xembed_probe
from tests.fakes.desk_views import idle, in_call, ringing

# Shorter than in the real program, for the tests' sake.
PATIENCE_S: Final = 1.0
XEMBED_PATIENCE_S: Final = 0.5
POLL_S: Final = 0.5

VIEWS: Final[dict[str, Callable[[], DeskView]]] = {
    "idle": idle,
    "ring": lambda: idle(calls=(ringing(until_s=time.monotonic() + 30),)),
    "call": in_call,
}


def say(*words: object) -> None:
    print(*words, flush=True)


class Program:
    """Tray and panel, joined as `app` joins them."""

    def __init__(self, app: QApplication) -> None:
        theme = Theme(app)
        self.panel, self.tray = Panel(theme), Tray(theme)
        # Something to type in, so that it is seen whether its keys are taken away.
        self.typing = QLineEdit()
        self.typing.setWindowTitle("typing")
        self.host = TrayHost(
            StatusNotifierSigns(),
            xembed_probe(),
            patience_s=PATIENCE_S,
            xembed_patience_s=XEMBED_PATIENCE_S,
            poll_s=POLL_S,
        )
        self.host.found.connect(self._on_found)
        self.host.missing.connect(self._on_missing)
        self.tray.clicked.connect(lambda: say("clicked"))
        for source in (self.tray, self.panel):
            source.action_requested.connect(lambda session_id, action: say(action, session_id))
            source.settings_requested.connect(lambda: say("settings"))
            source.quit_requested.connect(app.quit)
        self.typing.textChanged.connect(lambda text: say("typed", text))
        self.input = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
        self.input.activated.connect(self._on_line)
        self.host.start()

    def _on_found(self) -> None:
        self.tray.show()
        self.panel.show_tray_missing(False)
        say("found")

    def _on_missing(self) -> None:
        self.panel.show_tray_missing(True)
        say("missing", "panel" if self.panel.isVisible() else "nothing")

    def _on_line(self) -> None:
        command = sys.stdin.readline().strip()
        if command == "open":
            self.panel.open()
        elif command == "type":
            self.typing.show()
            self.typing.activateWindow()
        else:
            view = VIEWS[command]()
            self.panel.show_view(view)
            self.tray.show_view(view)
        say("shown", command)


def main() -> int:
    app = QApplication(sys.argv)
    app.setQuitOnLastWindowClosed(False)
    program = Program(app)
    status = app.exec()
    del program
    return status


if __name__ == "__main__":
    sys.exit(main())
