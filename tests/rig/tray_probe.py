"""A program with a red tray icon and a menu; prints a line for everything that happens to them.

Started by the rig's own tests, on the desktop that they make. ``ready`` or ``no tray`` comes first.
"""

from __future__ import annotations

import sys

from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QApplication, QMenu, QSystemTrayIcon


def main() -> int:
    app = QApplication(sys.argv)
    if not QSystemTrayIcon.isSystemTrayAvailable():
        print("no tray", flush=True)
        return 0
    picture = QPixmap(64, 64)
    picture.fill(QColor("#d32f2f"))
    icon = QSystemTrayIcon(QIcon(picture))
    menu = QMenu()
    for text in ("First", "Second"):
        menu.addAction(text).triggered.connect(lambda _checked=False, chosen=text: print(chosen, flush=True))
    icon.setContextMenu(menu)
    icon.activated.connect(lambda reason: print(reason.name, flush=True))
    icon.show()
    print("ready", flush=True)
    return app.exec()


if __name__ == "__main__":
    sys.exit(main())
