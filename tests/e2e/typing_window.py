"""A window as large as the screen that somebody types into; prints the whole text at each change.

``--full-screen`` leaves not even the panel in sight.
"""

from __future__ import annotations

import sys

from PySide6.QtWidgets import QApplication, QLineEdit

TITLE = "typing"


def main() -> int:
    app = QApplication(sys.argv)
    line = QLineEdit()
    line.setWindowTitle(TITLE)
    line.textChanged.connect(lambda text: print(text, flush=True))
    line.returnPressed.connect(lambda: print("return", flush=True))
    if "--full-screen" in sys.argv:
        line.showFullScreen()
    else:
        line.showMaximized()
    line.activateWindow()
    return app.exec()


if __name__ == "__main__":
    sys.exit(main())
